//! Who is asking: a rule is an argument of the handler, before what they sent.

pub mod administrative;
mod client;
mod logged_in;
mod mfa;
mod own;

pub use administrative::{ActingOperator, Approver, Inviter, May, Operator};
pub use client::RequestClient;
pub use logged_in::{LoggedIn, MayEnrol, OwnSession};
pub use mfa::MfaAvailable;
pub use own::{ConfirmingApp, ConfirmingKey, Enrolling, OwnFactors, OwnPassword};
