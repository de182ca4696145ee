//! The text and the HTML part of a mail, from the same blocks.

use std::fmt::Write as _;

use twinlock_core::clock::Timestamp;

use super::letter::{Block, Content};

/// Where paragraphs of the text part are broken, in code points.
const WIDTH: usize = 72;

/// The text part: paragraphs broken at a comfortable width, links and codes alone on their line.
pub(super) fn text(blocks: &[Block]) -> String {
    let parts: Vec<String> = blocks
        .iter()
        .map(|block| match block {
            Block::Text(text) => wrap(text),
            Block::Link(link) => link.clone(),
            Block::Code(code) => format!("    {code}"),
            Block::Facts(facts) => {
                facts.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join("\n")
            }
        })
        .collect();
    parts.join("\n\n") + "\n"
}

fn wrap(text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let full = lines
            .last()
            .is_some_and(|line| !line.is_empty() && line.chars().count() + 1 + word.chars().count() > WIDTH);
        if full {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines.join("\n")
}

/// The HTML part: no images, no styles from elsewhere, nothing that is loaded.
pub(super) fn html(content: &Content) -> String {
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>{}</title></head>\n\
         <body style=\"font-family:sans-serif;line-height:1.5;max-width:36em;margin:auto;padding:1em\">\n",
        escape(&content.subject)
    );
    for block in &content.blocks {
        page.push_str(&html_block(block));
        page.push('\n');
    }
    page.push_str("</body>\n</html>\n");
    page
}

fn html_block(block: &Block) -> String {
    match block {
        Block::Text(text) => format!("<p>{}</p>", escape(text)),
        Block::Link(link) => {
            let link = escape(link);
            format!("<p><a href=\"{link}\">{link}</a></p>")
        }
        Block::Code(code) => {
            format!("<p style=\"font-family:monospace;font-size:1.5em\">{}</p>", escape(code))
        }
        Block::Facts(facts) => {
            let mut list = "<p>".to_owned();
            for (number, (name, value)) in facts.iter().enumerate() {
                let line = if number == 0 { "" } else { "<br>\n" };
                let _ = write!(list, "{line}{}: {}", escape(name), escape(value));
            }
            list + "</p>"
        }
    }
}

/// Text as HTML, inside elements and quoted attributes.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// An instant for people, such as "2 March 2026, 10:00 UTC".
pub(super) fn moment(at: Timestamp) -> String {
    let time = at.to_datetime();
    let (day, month, year) = (time.day(), time.month(), time.year());
    format!("{day} {month} {year}, {:02}:{:02} UTC", time.hour(), time.minute())
}
