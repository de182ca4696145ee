//! The rows of the table: a file for each kind of work, and one list of them all.

mod alike_codes;
mod alike_sign_ins;
mod many_people;
mod many_sessions;
mod password;
mod per_person;
mod second_step;
mod second_step_key;
mod session_check;
mod size;
mod start;

use std::pin::Pin;

use crate::{Options, report::Row};

pub use many_people::FEW as FEW_PEOPLE;

/// Measures something; answers its rows.
type Measure = for<'a> fn(&'a Options) -> Pin<Box<dyn Future<Output = Vec<Row>> + 'a>>;

/// Everything there is to measure, in the order of the table.
pub const ALL: [(&str, Measure); 11] = [
    ("session-check", |options| Box::pin(session_check::measure(options))),
    ("password", |options| Box::pin(password::measure(options))),
    ("second-step", |options| Box::pin(second_step::measure(options))),
    ("second-step-key", |options| Box::pin(second_step_key::measure(options))),
    ("many-people", |options| Box::pin(many_people::measure(options))),
    ("start", |options| Box::pin(start::measure(options))),
    ("many-sessions", |options| Box::pin(many_sessions::measure(options))),
    ("size", |options| Box::pin(size::measure(options))),
    ("per-person", |options| Box::pin(per_person::measure(options))),
    ("alike-sign-ins", |options| Box::pin(alike_sign_ins::measure(options))),
    ("alike-codes", |options| Box::pin(alike_codes::measure(options))),
];

/// Bytes of a MiB.
const MIB: f64 = 1024.0 * 1024.0;
