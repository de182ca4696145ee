//! The guide, embedded in the binary: an index, pages of Markdown, pictures.
//!
//! Each page has an address for people and, with `.md` behind it, the same page as it was written;
//! `/llms.txt` lists them for programs that read (<https://llmstxt.org>).

mod render;

use std::{
    collections::HashMap,
    sync::{LazyLock, OnceLock},
};

mod embedded {
    include!(concat!(env!("OUT_DIR"), "/guide.rs"));
}

/// Where the guide begins.
pub const ROOT: &str = "/guide";
/// The page that the guide opens with.
const FIRST: &str = "introduction";
const INDEX: &str = "SUMMARY";

/// A part of the guide: pages for one kind of reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// For whom; empty for the pages before the first part.
    pub title: String,
    /// Its pages, in reading order.
    pub pages: Vec<Entry>,
}

/// A line of the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// As the index calls the page.
    pub title: String,
    /// Its address within the guide, such as `people/keys`.
    pub path: String,
}

impl Entry {
    /// Its address on this server.
    pub fn href(&self) -> String {
        format!("{ROOT}/{}", self.path)
    }
}

/// The index, part by part.
pub fn parts() -> &'static [Part] {
    static PARTS: LazyLock<Vec<Part>> = LazyLock::new(read_index);
    &PARTS
}

fn read_index() -> Vec<Part> {
    let mut parts = vec![Part { title: String::new(), pages: Vec::new() }];
    for line in page(INDEX).unwrap_or_default().lines() {
        // The first heading is the index's own.
        if let Some(title) = line.strip_prefix("# ").filter(|title| *title != "Summary") {
            parts.push(Part { title: title.to_owned(), pages: Vec::new() });
        } else if let (Some(entry), Some(part)) = (entry(line), parts.last_mut()) {
            part.pages.push(entry);
        }
    }
    parts.retain(|part| !part.pages.is_empty());
    parts
}

/// `- [Title](path.md)`, with or without the hyphen.
fn entry(line: &str) -> Option<Entry> {
    let (title, path) = line.trim_start_matches("- ").strip_prefix('[')?.split_once("](")?;
    let path = path.strip_suffix(".md)")?;
    Some(Entry { title: title.to_owned(), path: path.to_owned() })
}

/// The Markdown of the page at `path`, `people/keys` for example.
pub fn markdown(path: &str) -> Option<&'static str> {
    if path == INDEX { None } else { page(path) }
}

/// A picture, in PNG.
pub fn picture(path: &str) -> Option<&'static [u8]> {
    embedded::PICTURES.iter().find(|(known, _)| *known == path).map(|(_, bytes)| *bytes)
}

fn page(path: &str) -> Option<&'static str> {
    embedded::PAGES.iter().find(|(known, _)| *known == path).map(|(_, text)| *text)
}

/// The page at `path` for people, rendered when it is first asked for.
pub fn html(path: &str) -> Option<&'static str> {
    static RENDERED: LazyLock<HashMap<&str, OnceLock<String>>> =
        LazyLock::new(|| embedded::PAGES.iter().map(|(path, _)| (*path, OnceLock::new())).collect());
    let text = markdown(path)?;
    Some(RENDERED.get(path)?.get_or_init(|| render::html(text)))
}

/// What Twinlock is, in a paragraph.
pub fn about() -> String {
    page(FIRST).unwrap_or_default().split("\n\n").nth(1).unwrap_or_default().replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_names_every_page_and_nothing_else() {
        let mut named: Vec<_> =
            parts().iter().flat_map(|part| &part.pages).map(|entry| entry.path.clone()).collect();
        let mut there: Vec<_> =
            embedded::PAGES.iter().map(|(path, _)| (*path).to_owned()).filter(|path| path != INDEX).collect();
        named.sort();
        there.sort();
        assert_eq!(named, there);
    }

    #[test]
    fn the_pages_before_the_first_part_have_no_title() {
        let titles: Vec<_> = parts().iter().map(|part| part.title.as_str()).take(2).collect();
        assert_eq!(titles, ["", "For people"]);
    }

    #[test]
    fn what_a_page_includes_is_in_it() {
        assert!(embedded::PAGES.iter().all(|(_, text)| !text.contains("{{#include")));
        assert!(markdown("reference/configuration").unwrap().contains("public_url"));
    }
}
