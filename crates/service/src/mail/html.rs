//! The HTML part of a mail: the look of the product, in what mail programs understand.

use askama::Template;

use super::letter::{Block, Content};

/// What the template shows. Everything in it is text and is escaped there.
#[derive(Template)]
#[template(path = "mail.html")]
struct Page<'a> {
    subject: &'a str,
    organisation: Option<&'a str>,
    blocks: &'a [Block],
}

/// The HTML part: one column, one button, no pictures, nothing that is loaded.
pub(super) fn render(content: &Content, organisation: Option<&str>) -> Result<String, askama::Error> {
    Page { subject: &content.subject, organisation, blocks: &content.blocks }.render()
}
