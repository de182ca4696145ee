//! What mails say: one source for the subject, the text part and the HTML part.

use serde::{Deserialize, Serialize};
use twinlock_core::{
    agent,
    name::{ascii_email, is_forbidden_char},
};
use zeroize::ZeroizeOnDrop;

use super::{Letter, compose, html, wording};

/// The longest name that a mail repeats, in code points.
const MAX_NAME: usize = 100;

/// A written mail, as it is sealed in the outbox.
#[derive(Serialize, Deserialize, ZeroizeOnDrop)]
pub(super) struct Message {
    pub(super) to: String,
    pub(super) from_name: Option<String>,
    pub(super) subject: String,
    pub(super) text: String,
    pub(super) html: String,
}

/// A part of a mail's body.
pub(super) enum Block {
    /// A paragraph.
    Text(String),
    /// An address to open, alone on its line.
    Link(String),
    /// The same as the one thing to do, with words on it where there are buttons.
    Button { words: &'static str, link: String },
    /// A code to copy, alone on its line.
    Code(String),
    /// Lines of a name and a value.
    Facts(Vec<(&'static str, String)>),
}

/// Subject and body before they are written out.
pub(super) struct Content {
    pub(super) subject: String,
    pub(super) blocks: Vec<Block>,
}

/// Writes a letter; `help` is the address of the help page.
pub(super) fn render(letter: &Letter, help: &str) -> Result<Message, askama::Error> {
    let mut content = wording::content(&letter.kind, help);
    content.subject = clean(&content.subject);
    if let Some(by) = letter.occasion.as_ref().and_then(|occasion| occasion.by.as_deref()) {
        wording::name_actor(&mut content, &clean(by));
    }
    let facts = facts(letter);
    if !facts.is_empty() {
        content.blocks.push(Block::Facts(facts));
    }
    let organisation = letter.tenant_name.as_deref().map(clean);
    Ok(Message {
        to: ascii_email(&letter.to),
        text: compose::text(&content.blocks),
        html: html::render(&content, organisation.as_deref())?,
        from_name: organisation,
        subject: content.subject,
    })
}

fn facts(letter: &Letter) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    facts.extend(letter.username.as_deref().map(|name| ("Account", clean(name))));
    facts.extend(letter.tenant_name.as_deref().map(|name| ("Organisation", clean(name))));
    if let Some(occasion) = &letter.occasion {
        facts.push(("When", compose::moment(occasion.at)));
        facts.extend(occasion.address.clone().map(|address| ("From", address)));
        // What a program says of itself is a stranger's text: only a known name is repeated.
        facts.extend(occasion.user_agent.as_deref().map(|text| ("With", program(text))));
    }
    facts
}

fn program(user_agent: &str) -> String {
    agent::describe(user_agent).unwrap_or_else(|| "a program that does not say which".to_owned())
}

/// A name without what could break a line, a header or the direction of text, and of bounded length.
pub(super) fn clean(name: &str) -> String {
    let visible = |c: &char| !is_forbidden_char(*c);
    name.chars().filter(visible).take(MAX_NAME).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests;
