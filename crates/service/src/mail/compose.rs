//! The text part of a mail.

use twinlock_core::clock::Timestamp;

use super::letter::Block;

/// Where paragraphs of the text part are broken, in code points.
const WIDTH: usize = 72;

/// The text part: paragraphs broken at a comfortable width, links and codes alone on their line.
pub(super) fn text(blocks: &[Block]) -> String {
    let parts: Vec<String> = blocks
        .iter()
        .map(|block| match block {
            Block::Text(text) => wrap(text),
            Block::Link(link) | Block::Button { link, .. } => link.clone(),
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

/// An instant for people, such as "2 March 2026, 10:00 UTC".
pub(super) fn moment(at: Timestamp) -> String {
    let time = at.to_datetime();
    let (day, month, year) = (time.day(), time.month(), time.year());
    format!("{day} {month} {year}, {:02}:{:02} UTC", time.hour(), time.minute())
}
