//! Puts the faces of the server together: the API and the pages, behind what both stand on.
//!
//! Those are crates of their own that do not know each other; here are their routers, and nothing else.

mod router;

pub use router::{operations, router};
pub use twinlock_api::api;
pub use twinlock_http::{Demo, WebState, http};
