//! Size of the binary.

use super::MIB;
use crate::{
    Options,
    report::{Figure, Row},
};

#[expect(clippy::unused_async, reason = "every row is measured the same way")]
pub async fn measure(options: &Options) -> Vec<Row> {
    let bytes = std::fs::metadata(&options.server).expect("the binary").len() as f64;
    vec![Row::below("binary, stripped, all assets inside", Figure::new(bytes / MIB, 1, " MiB"), 25.0)]
}
