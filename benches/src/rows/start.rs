//! Start on an existing database, and what a server takes that does nothing.

use super::MIB;
use crate::{
    Options,
    report::{Figure, Row},
    server::{Mode, Site},
    stats::median,
};

const STARTS: usize = 11;

#[expect(clippy::unused_async, reason = "every row is measured the same way")]
pub async fn measure(options: &Options) -> Vec<Row> {
    let site = Site::make(options, Mode::default());
    let took = median((0..STARTS).map(|_| site.start().took.as_secs_f64() * 1000.0).collect());
    let start = Figure::new(took, 0, " ms").noting(format!("median of {STARTS}"));
    let (all, own) = site.start().resident();
    let idle =
        Figure::new(all / MIB, 1, " MiB").noting(format!("{:.1} without the binary's pages", own / MIB));
    vec![
        Row::below("cold start to `readyz` on an existing database", start, 50.0),
        Row::below("resident memory, idle", idle, 15.0),
    ]
}
