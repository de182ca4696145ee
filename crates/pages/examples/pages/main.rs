//! Renders every page with sample data to a folder (the argument, or `target/pages`), with its assets
//! beside, so that the pages can be looked at without a server: any static file server will do.

#![allow(clippy::print_stdout)]

mod samples;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let usual = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/pages");
    let folder = env::args_os().nth(1).map_or(usual, PathBuf::from);
    fs::create_dir_all(folder.join("assets"))?;
    for asset in twinlock_pages::assets::all() {
        fs::write(folder.join(asset.url().trim_start_matches('/')), asset.body)?;
    }
    for (name, html) in samples::all()? {
        fs::write(folder.join(format!("{name}.html")), html)?;
        println!("{name}");
    }
    Ok(())
}
