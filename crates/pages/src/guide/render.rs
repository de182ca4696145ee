//! Markdown to HTML, for pages that are part of the program: nothing here is for texts of strangers.

use std::collections::HashMap;

use pulldown_cmark::{CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html::push_html};

/// The HTML of a page's Markdown. Links between pages lose their `.md`; headings get the ids that
/// links to them use; tables and examples can be scrolled sideways, with the keyboard, too.
pub(super) fn html(markdown: &str) -> String {
    let events: Vec<_> = Parser::new_ext(markdown, Options::ENABLE_TABLES).collect();
    let mut ids = ids(&events).into_iter();
    // One `h1` a page: what is included brings its own.
    let (mut titled, mut demoted) = (false, false);
    let events = events.into_iter().flat_map(|event| match event {
        Event::Start(Tag::Heading { level, classes, attrs, .. }) => {
            demoted = titled && level == HeadingLevel::H1;
            titled = true;
            let level = if demoted { HeadingLevel::H2 } else { level };
            let id = ids.next().map(CowStr::from);
            vec![Event::Start(Tag::Heading { level, id, classes, attrs })]
        }
        Event::End(TagEnd::Heading(_)) if demoted => vec![Event::End(TagEnd::Heading(HeadingLevel::H2))],
        Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
            vec![Event::Start(Tag::Link { link_type, dest_url: within(&dest_url).into(), title, id })]
        }
        Event::Start(Tag::Table(columns)) => vec![
            Event::Html("<div class=\"wide-table\" tabindex=\"0\">".into()),
            Event::Start(Tag::Table(columns)),
        ],
        Event::End(TagEnd::Table) => vec![Event::End(TagEnd::Table), Event::Html("</div>\n".into())],
        // Long lines scroll, with the keyboard, too.
        Event::Start(Tag::CodeBlock(_)) => vec![Event::Html("<pre tabindex=\"0\"><code>".into())],
        Event::End(TagEnd::CodeBlock) => vec![Event::Html("</code></pre>\n".into())],
        other => vec![other],
    });
    let mut html = String::with_capacity(markdown.len() * 2);
    push_html(&mut html, events);
    html
}

/// `../people/keys.md#lost` → `../people/keys#lost`.
fn within(link: &str) -> String {
    let (path, anchor) = link.split_once('#').map_or((link, None), |(path, anchor)| (path, Some(anchor)));
    let path = path.strip_suffix(".md").unwrap_or(path);
    anchor.map_or_else(|| path.to_owned(), |anchor| format!("{path}#{anchor}"))
}

/// The id of each heading: small letters, hyphens for spaces, other signs left out, doubles numbered.
fn ids(events: &[Event<'_>]) -> Vec<String> {
    let (mut ids, mut title) = (Vec::new(), None::<String>);
    let mut seen = HashMap::<String, u32>::new();
    for event in events {
        match (event, &mut title) {
            (Event::Start(Tag::Heading { .. }), _) => title = Some(String::new()),
            (Event::End(TagEnd::Heading(_)), Some(text)) => {
                let id = slug(text);
                let doubles = seen.entry(id.clone()).or_default();
                ids.push(if *doubles == 0 { id } else { format!("{id}-{doubles}") });
                *doubles += 1;
                title = None;
            }
            (Event::Text(piece) | Event::Code(piece), Some(text)) => text.push_str(piece),
            _ => {}
        }
    }
    ids
}

fn slug(title: &str) -> String {
    let kept = title.chars().filter(|letter| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_'));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_between_pages_keep_their_anchor_and_lose_the_ending() {
        assert_eq!(within("../people/keys.md#lost"), "../people/keys#lost");
        assert_eq!(within("#here"), "#here");
        assert_eq!(within("https://example.org/"), "https://example.org/");
    }

    #[test]
    fn headings_are_found_by_their_words() {
        let page = html("# One `word`\n\n## A, b & c\n\n## A, b & c\n\n# Next\n");
        assert!(page.contains("<h1 id=\"one-word\">"), "{page}");
        assert!(page.contains("<h2 id=\"a-b--c\">") && page.contains("<h2 id=\"a-b--c-1\">"), "{page}");
        assert!(page.contains("<h2 id=\"next\">Next</h2>"), "one h1 a page: {page}");
    }

    #[test]
    fn an_example_can_be_scrolled_with_the_keyboard() {
        let page = html("```sh\ncurl -s \"$api\" <x>\n```\n");
        assert_eq!(page, "<pre tabindex=\"0\"><code>curl -s \"$api\" &lt;x&gt;\n</code></pre>\n");
    }

    #[test]
    fn a_table_can_be_scrolled_sideways() {
        let page = html("| a | b |\n| --- | --- |\n| 1 | 2 |\n");
        assert!(page.starts_with("<div class=\"wide-table\" tabindex=\"0\"><table>"), "{page}");
        assert!(!page.contains("style="), "the CSP allows no inline style");
    }
}
