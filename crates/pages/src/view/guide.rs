//! The guide.

use askama::Template;

use super::Page;
use crate::guide::{Entry, Part};

/// `/guide`: what there is to read.
#[derive(Debug, Template)]
#[template(path = "guide/index.html")]
pub struct GuideIndexPage {
    /// Common to all pages.
    pub page: Page,
    /// The index.
    pub parts: &'static [Part],
}

/// `/guide/…`: one page of it.
#[derive(Debug, Template)]
#[template(path = "guide/page.html")]
pub struct GuidePage {
    /// Common to all pages.
    pub page: Page,
    /// As the index calls it.
    pub title: String,
    /// Its text, rendered: part of the program, so it goes out as it is.
    pub html: &'static str,
    /// Its address as Markdown.
    pub markdown: String,
    /// The page before it, in reading order.
    pub before: Option<Entry>,
    /// The page after it.
    pub after: Option<Entry>,
}

/// `/llms.txt`: the index for programs that read, every page as Markdown (<https://llmstxt.org>).
#[derive(Debug, Template)]
#[template(path = "guide/llms.txt")]
pub struct LlmsIndex<'a> {
    /// What this is, in a paragraph.
    pub about: String,
    /// The index.
    pub parts: &'static [Part],
    /// This server.
    pub origin: &'a str,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guide;

    #[test]
    fn programs_find_every_page_from_one_index() {
        let index =
            LlmsIndex { about: guide::about(), parts: guide::parts(), origin: "https://id.example.org" };
        let text = index.render().unwrap();
        assert!(text.starts_with("# Twinlock\n\n> Twinlock is a server for accounts"), "{text}");
        assert!(text.contains(
            "\n\n## For people\n\n- [How two locks work](https://id.example.org/guide/people/two-locks.md)\n- ["
        ));
        let pages = guide::parts().iter().map(|part| part.pages.len()).sum::<usize>();
        assert_eq!(text.matches(".md)").count(), pages + 1, "every page, and the help page");
    }
}
