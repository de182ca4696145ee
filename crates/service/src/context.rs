//! What every use case is done with.

mod work;

pub(crate) use work::{Origin, Work};
