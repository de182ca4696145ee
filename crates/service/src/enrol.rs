//! Enrolling a second factor. What opens an enrollment (`admit`) and what ends it
//! (`Admitted::finish`) is the same for every kind; each kind has a file of its own for what is
//! between them.

mod admit;
pub mod app;
mod confirmation;
mod finish;
mod first_codes;
mod judge;
mod sheet;

pub(crate) use admit::{Admitted, admit};
pub use admit::{NotAdmitted, precheck, precheck_end};
pub(crate) use finish::Confirmed;
pub use finish::Enrolled;
pub(crate) use first_codes::FirstCodes;

/// Second factors an account may have, of all kinds together.
pub const MAX_FACTORS: u32 = 10;
