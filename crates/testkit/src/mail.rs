//! The trap that every mail of a test lands in.

use std::{fs, path::Path};

use mailparse::{MailHeaderMap, ParsedMail};

/// A delivered mail.
#[derive(Debug, Clone)]
pub struct Mail {
    /// The one recipient.
    pub to: String,
    /// Subject, decoded.
    pub subject: String,
    /// Text part, decoded.
    pub text: String,
    /// HTML part, decoded.
    pub html: String,
    /// As it would go over the wire.
    pub raw: String,
}

impl Mail {
    /// The first link of the text part.
    #[track_caller]
    pub fn link(&self) -> String {
        let found = self.text.split_whitespace().find(|word| word.starts_with("http"));
        found.unwrap_or_else(|| panic!("no link in {}", self.text)).to_owned()
    }

    /// The eight digits alone on a line of the text part.
    #[track_caller]
    pub fn code(&self) -> String {
        let is_code = |line: &&str| line.len() == 8 && line.bytes().all(|b| b.is_ascii_digit());
        let found = self.text.lines().map(str::trim).find(is_code);
        found.unwrap_or_else(|| panic!("no code in {}", self.text)).to_owned()
    }

    /// The token at the end of that link.
    #[track_caller]
    pub fn token(&self) -> String {
        self.link().rsplit('/').next().expect("a token").to_owned()
    }
}

/// All `.eml` files of a folder, in the order of their names.
pub fn read_all(folder: &Path) -> Vec<Mail> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .expect("the outbox")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "eml"))
        .collect();
    files.sort();
    files.iter().map(|path| read(&fs::read(path).expect("a mail"))).collect()
}

fn read(raw: &[u8]) -> Mail {
    let mail = mailparse::parse_mail(raw).expect("a mail");
    let to = mail.headers.get_first_value("To").unwrap_or_default();
    let to = to.rsplit('<').next().unwrap_or_default().trim_end_matches('>').to_owned();
    Mail {
        to,
        subject: mail.headers.get_first_value("Subject").unwrap_or_default(),
        text: part(&mail, "text/plain"),
        html: part(&mail, "text/html"),
        raw: String::from_utf8_lossy(raw).into_owned(),
    }
}

fn part(mail: &ParsedMail<'_>, kind: &str) -> String {
    let found = mail.parts().find(|part| part.ctype.mimetype == kind);
    found.map(|part| part.get_body().expect("a body")).unwrap_or_default()
}
