//! Load and cost of the product's own work, each beside a reference measured in the same run.
//!
//! `just bench` builds the server as it is shipped and runs this. It prints one table as
//! Markdown and writes the same as JSON. Nothing fails on a time: machines differ, ratios less so.

#![allow(clippy::print_stdout, clippy::print_stderr)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
// A measurement is about the clock.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]
#![allow(clippy::cast_precision_loss)]

mod crowd;
mod database;
mod key;
mod load;
mod reference;
mod report;
mod rows;
mod server;
mod sign_in;
mod stats;

use std::path::PathBuf;

use clap::Parser;

use report::Report;

/// Measures a server binary.
#[derive(Parser)]
#[command(name = "twinlock-benches")]
pub struct Options {
    /// The server's binary, built with the profile `dist`
    server: PathBuf,
    /// Also write the table to this file, as JSON
    #[arg(long)]
    json: Option<PathBuf>,
    /// Only the rows of these names, with commas between them
    #[arg(long, value_delimiter = ',', value_name = "ROW,…")]
    only: Vec<String>,
    /// Length of one measurement, in seconds
    #[arg(long, default_value_t = 2, value_name = "SECONDS")]
    seconds: u64,
    /// Pairs of measurement and reference; the pair of the median ratio is reported
    #[arg(long, default_value_t = 5, value_name = "NUMBER")]
    rounds: usize,
    /// Samples of each group where timings are compared
    #[arg(long, default_value_t = 500, value_name = "NUMBER")]
    samples: usize,
    /// Live sessions whose use fills the memory
    #[arg(long, default_value_t = 100_000, value_name = "NUMBER")]
    sessions: usize,
    /// People of the organisation that is compared with one of a thousand
    #[arg(long, default_value_t = 1_000_000, value_name = "NUMBER", value_parser = people)]
    people: usize,
    /// Where databases are made: a real disk, for commits are part of what is measured
    #[arg(long, default_value_os_t = std::env::temp_dir(), value_name = "FOLDER")]
    scratch: PathBuf,
}

fn people(text: &str) -> Result<usize, String> {
    let most = crowd::MOST;
    let number = text.parse().ok().filter(|number| (rows::FEW_PEOPLE..=most).contains(number));
    number.ok_or_else(|| format!("expected a number from {} to {most}", rows::FEW_PEOPLE))
}

#[tokio::main]
async fn main() {
    let options = Options::parse();
    let unknown = options.only.iter().find(|name| rows::ALL.iter().all(|(known, _)| known != name));
    if let Some(name) = unknown {
        let known: Vec<_> = rows::ALL.iter().map(|(name, _)| *name).collect();
        eprintln!("there is no row {name}; there are: {}", known.join(", "));
        std::process::exit(2);
    }
    let mut report = Report::default();
    for (name, measure) in rows::ALL {
        if options.only.is_empty() || options.only.iter().any(|wanted| wanted == name) {
            eprintln!("measuring {name}");
            report.extend(measure(&options).await);
        }
    }
    println!("{}", report.markdown());
    if let Some(file) = &options.json {
        std::fs::write(file, report.json()).expect("the JSON file");
    }
}
