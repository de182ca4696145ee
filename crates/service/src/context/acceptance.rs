//! What a check came to.

/// A refusal is no fault of the check, and mostly leaves something behind: a count, an event. Whoever gets one ends the
/// act with [`Work::refuse`](super::Work::refuse).
pub(crate) enum Acceptance<T, R> {
    /// It stands.
    Accepted(T),
    /// It does not, and why.
    Refused(R),
}
