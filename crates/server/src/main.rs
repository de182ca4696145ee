//! The `twinlock` binary.
fn main() {}
