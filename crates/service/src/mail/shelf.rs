//! The letters of a demo, for whoever tries it: what a mail server would have delivered.
//!
//! A server that somebody needs has none of this. Links in letters open accounts.

use std::sync::{Arc, Mutex, PoisonError};

use twinlock_core::{clock::Timestamp, ids::MailId};

/// The newest letters are kept, and no more than this.
const ROOM: usize = 500;

/// A letter as it left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShelvedMail {
    /// Its id, as in its `Message-ID`.
    pub id: MailId,
    /// Its date.
    pub at: Timestamp,
    /// Who it says it is from.
    pub from: String,
    /// To whom it goes.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// Its text part.
    pub text: String,
    /// Its HTML part.
    pub html: String,
    /// The name of its file.
    pub file: String,
}

/// A piece of a letter's text part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Paragraph {
    /// Words.
    Text(String),
    /// An address to open.
    Link(String),
    /// A code to copy.
    Code(String),
    /// Lines of a name and a value.
    Facts(Vec<(String, String)>),
}

impl ShelvedMail {
    /// The text part, taken apart: the inverse of how it was composed.
    pub fn paragraphs(&self) -> Vec<Paragraph> {
        self.text.split("\n\n").filter(|part| !part.trim().is_empty()).map(paragraph).collect()
    }
}

fn paragraph(part: &str) -> Paragraph {
    let part = part.trim_end();
    if let Some(code) = part.strip_prefix("    ") {
        return Paragraph::Code(code.to_owned());
    }
    let is_link = part.starts_with("https://") || part.starts_with("http://");
    if is_link && !part.contains(char::is_whitespace) {
        return Paragraph::Link(part.to_owned());
    }
    // The facts of every letter begin with the account that it is about, or with the time.
    if part.starts_with("Account: ") || part.starts_with("When: ") {
        let facts = part.lines().filter_map(|line| line.split_once(": "));
        return Paragraph::Facts(facts.map(|(name, value)| (name.to_owned(), value.to_owned())).collect());
    }
    Paragraph::Text(part.lines().collect::<Vec<_>>().join(" "))
}

/// Where the letters lie.
#[derive(Debug, Default)]
pub struct Shelf(Mutex<Vec<Arc<ShelvedMail>>>);

impl Shelf {
    /// Puts a letter where it belongs by its date. One that is delivered again lies there once.
    pub fn put(&self, mail: ShelvedMail) {
        let mut mails = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        mails.retain(|other| other.id != mail.id);
        let place = mails.partition_point(|other| (other.at, other.id) < (mail.at, mail.id));
        mails.insert(place, Arc::new(mail));
        let over = mails.len().saturating_sub(ROOM);
        mails.drain(..over);
    }

    /// All letters, newest first.
    pub fn newest_first(&self) -> Vec<Arc<ShelvedMail>> {
        let mails = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        mails.iter().rev().cloned().collect()
    }

    /// The letter with this id.
    pub fn find(&self, id: MailId) -> Option<Arc<ShelvedMail>> {
        let mails = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        mails.iter().find(|mail| mail.id == id).cloned()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn mail(id: u128, at: i64, text: &str) -> ShelvedMail {
        let words = || "words".to_owned();
        ShelvedMail {
            id: MailId(Uuid::from_u128(id)),
            at: Timestamp::from_secs(at),
            from: words(),
            to: words(),
            subject: words(),
            text: text.to_owned(),
            html: words(),
            file: words(),
        }
    }

    #[test]
    fn letters_lie_by_their_date_whenever_they_came_and_only_once() {
        let shelf = Shelf::default();
        for (id, at) in [(1, 10), (2, 30), (3, 20), (2, 30)] {
            shelf.put(mail(id, at, ""));
        }
        let ids: Vec<_> = shelf.newest_first().iter().map(|mail| mail.id.0.as_u128()).collect();
        assert_eq!(ids, [2, 3, 1]);
        assert!(shelf.find(MailId(Uuid::from_u128(3))).is_some());
        assert!(shelf.find(MailId(Uuid::from_u128(4))).is_none());
    }

    #[test]
    fn the_oldest_letters_make_room() {
        let shelf = Shelf::default();
        (0..600).for_each(|n| shelf.put(mail(n, i64::try_from(n).unwrap(), "")));
        let mails = shelf.newest_first();
        assert_eq!((mails.len(), mails[0].id.0.as_u128()), (ROOM, 599));
    }

    #[test]
    fn a_text_part_is_taken_apart_as_it_was_composed() {
        let text = "Words that go on\nin the next line.\n\nhttps://id.example/invite/abc\n\n    123 456\n\n\
                    https://id.example/x and words\n\nAccount: mia\nWhen: 2 March 2026, 10:00 UTC\n";
        let expected = [
            Paragraph::Text("Words that go on in the next line.".into()),
            Paragraph::Link("https://id.example/invite/abc".into()),
            Paragraph::Code("123 456".into()),
            Paragraph::Text("https://id.example/x and words".into()),
            Paragraph::Facts(vec![
                ("Account".into(), "mia".into()),
                ("When".into(), "2 March 2026, 10:00 UTC".into()),
            ]),
        ];
        assert_eq!(mail(1, 1, text).paragraphs(), expected);
    }
}
