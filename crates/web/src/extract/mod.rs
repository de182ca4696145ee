//! Who is asking: a rule is an argument of the handler.

mod client;
mod logged_in;
mod mfa;

pub use client::RequestClient;
pub use logged_in::{LoggedIn, MayEnrol, Operating, OwnSession};
pub use mfa::MfaAvailable;
