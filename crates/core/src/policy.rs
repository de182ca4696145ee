//! Whether a person owes a second factor, and by when: one pure decision.

use crate::clock::Timestamp;

/// What a person owes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Obligation {
    /// Nothing: no policy asks for a second factor, or they have one.
    #[default]
    None,
    /// A second factor by this time; until then the password alone signs in.
    DueBy(Timestamp),
    /// A second factor before anything else.
    DueNow,
}
