//! The `twinlock` binary: settings, command line, telemetry, and the wiring of everything else.
//!
//! The only crate that knows the machine's clock and randomness.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod background;
mod cli;
mod commands;
mod config;
mod data;
mod demo;
mod failure;
mod foundation;
mod http;
mod keyfile;
mod output;
mod seeds;
mod serve;
mod system;
mod telemetry;

use std::process::ExitCode;

use clap::Parser;
use rustix::{fs::Mode, process::umask};
use tokio::runtime::Runtime;

use crate::{
    cli::{Cli, Command},
    failure::Failure,
};

fn main() -> ExitCode {
    // Whatever is made here, by a library too, is nobody else's to read.
    umask(Mode::RWXG | Mode::RWXO);
    let cli = Cli::parse();
    let outcome = Runtime::new().map_err(Failure::failed).and_then(|runtime| {
        let outcome = runtime.block_on(run(cli));
        // What still runs (a mail on its way) has had its time.
        runtime.shutdown_background();
        outcome
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output::warn(&failure);
            ExitCode::from(failure.code())
        }
    }
}

async fn run(cli: Cli) -> Result<(), Failure> {
    let place = &cli.place;
    match cli.command {
        Command::Serve(options) => serve::serve(place, options).await,
        Command::Demo(options) => demo::demo(place, options).await,
        Command::Migrate => commands::migrate(place).await,
        Command::Backup(options) => commands::backup::backup(place, options).await,
        Command::Restore(options) => commands::restore::restore(place, options).await,
        Command::Keys(cli::Keys::Rotate) => commands::rotate_keys(place).await,
        Command::Admin(command) => commands::admin::admin(place, command).await,
    }
}
