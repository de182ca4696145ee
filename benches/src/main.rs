//! Load and cost of the product's own work, each beside a reference measured in the same run.
//!
//! `just bench` builds the server with the release profile and runs this. It prints one table as
//! Markdown and writes the same as JSON. Nothing fails on a time: machines differ, ratios less so.

#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::expect_used, clippy::panic)]
// A measurement is about the clock.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]
#![allow(clippy::cast_precision_loss)]

mod load;
mod reference;
mod report;
mod rows;
mod server;

use std::path::PathBuf;

use report::Report;

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let binary = PathBuf::from(arguments.next().expect("usage: twinlock-benches SERVER-BINARY [JSON-FILE]"));
    let json = arguments.next().map(PathBuf::from);
    let mut report = Report::default();
    rows::size(&binary, &mut report);
    rows::start_and_memory(&binary, &mut report).await;
    rows::session_check(&binary, &mut report).await;
    rows::password_sign_in(&binary, &mut report).await;
    rows::second_step(&binary, &mut report).await;
    println!("{}", report.markdown());
    if let Some(file) = json {
        std::fs::write(&file, report.json()).expect("the JSON file");
    }
}
