//! Puts the guide (`docs/src`) into the binary: its index, its pages with what they include, and its pictures.

use std::{
    env,
    error::Error,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

const BOOK: &str = "../../docs/src";

fn main() -> Result<(), Box<dyn Error>> {
    let book = Path::new(BOOK).canonicalize()?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let mut files = Vec::new();
    collect(&book, &mut files)?;
    files.sort();
    let (mut pages, mut pictures) = (String::new(), String::new());
    for (number, file) in files.iter().enumerate() {
        let name = file.strip_prefix(&book)?.with_extension("");
        let name = name.to_str().ok_or("a file name that is no text")?.replace('\\', "/");
        match file.extension().and_then(|extension| extension.to_str()) {
            Some("md") => {
                fs::write(out.join(format!("{number}.md")), expanded(file)?)?;
                writeln!(pages, "(\"{name}\", include_str!(concat!(env!(\"OUT_DIR\"), \"/{number}.md\"))),")?;
            }
            Some("png") => {
                fs::copy(file, out.join(format!("{number}.png")))?;
                writeln!(
                    pictures,
                    "(\"{name}.png\", include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{number}.png\"))),"
                )?;
            }
            _ => return Err(format!("{} is neither a page nor a picture", file.display()).into()),
        }
    }
    let code = format!(
        "/// Every page, by its address within the guide.\npub(super) static PAGES: &[(&str, &str)] = &[\n{pages}];\n\
         /// Every picture, by its address within the guide.\npub(super) static PICTURES: &[(&str, &[u8])] = &[\n{pictures}];\n"
    );
    fs::write(out.join("guide.rs"), code)?;
    Ok(())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={}", folder.display());
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            println!("cargo::rerun-if-changed={}", path.display());
            files.push(path);
        }
    }
    Ok(())
}

/// The page as the book has it: `{{#include FILE}}` replaced by that file.
fn expanded(page: &Path) -> Result<String, Box<dyn Error>> {
    let folder = page.parent().ok_or("a page without a folder")?;
    let text = fs::read_to_string(page)?;
    let mut lines = Vec::new();
    for line in text.lines() {
        match line.strip_prefix("{{#include ").and_then(|rest| rest.strip_suffix("}}")) {
            Some(name) => {
                let included = folder.join(name.trim());
                println!("cargo::rerun-if-changed={}", included.display());
                lines.push(fs::read_to_string(included)?.trim_end().to_owned());
            }
            None => lines.push(line.to_owned()),
        }
    }
    Ok(lines.join("\n") + "\n")
}
