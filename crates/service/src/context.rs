//! What every use case is done with.

mod own;
mod work;

pub(crate) use own::OwnWork;
pub(crate) use work::Work;
