//! Ways for a mail to leave: an SMTP server, or a directory of `.eml` files.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport, Message as Mail, Tokio1Executor,
    message::{
        Body, Mailbox, MultiPart, SinglePart,
        header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue},
    },
};
use tokio::{fs, io::AsyncWriteExt};
use twinlock_core::{clock::Timestamp, ids::MailId};
use url::{Host, Url};

use super::{
    SmtpServer,
    letter::{Message, clean},
    shelf::{Shelf, ShelvedMail},
};

/// Why mail cannot leave as configured.
#[derive(Debug, thiserror::Error)]
pub enum PostmanError {
    /// The sender's address.
    #[error("mail.from is not an e-mail address")]
    From,
    /// The SMTP address. It may hold a password, so it is not repeated.
    #[error(
        "mail.smtp_url must be smtps://host, smtp://host?tls=required, or smtp://host for a relay that \
         needs neither encryption nor a password"
    )]
    SmtpUrl,
    /// Mails would go in clear to this host.
    #[error(
        "mail.smtp_url names another machine ({0}) without TLS: use smtps:// or ?tls=required, or set \
         mail.insecure = true if the way there is safe"
    )]
    Insecure(String),
    /// The name for `EHLO`.
    #[error("mail.hello must be a host name or an IP address")]
    Hello,
    /// The certificates to believe.
    #[error("mail.ca_file must be a PEM file with certificates of authorities")]
    Authority,
}

/// Why one mail did not leave.
#[derive(Debug, thiserror::Error)]
pub(super) enum SendError {
    #[error("the mail cannot be written: {0}")]
    Compose(#[from] lettre::error::Error),
    #[error("an address is not valid: {0}")]
    Address(#[from] lettre::address::AddressError),
    #[error("SMTP: {0}")]
    Smtp(#[from] lettre::transport::smtp::Error),
    #[error("{0}")]
    File(#[from] io::Error),
}

/// Delivers mails.
pub struct Postman {
    from: Address,
    way: Way,
    shelf: Option<Arc<Shelf>>,
}

enum Way {
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    Directory(PathBuf),
}

/// The sender's address where none is configured: `twinlock@` the public host, if that has a name.
pub fn default_from(public_url: &Url) -> String {
    match public_url.host() {
        Some(Host::Domain(domain)) => format!("twinlock@{domain}"),
        _ => "twinlock@localhost".to_owned(),
    }
}

impl Postman {
    /// Through an SMTP server, which is told the host of `public_url` where its settings say nothing else.
    pub fn smtp(server: &SmtpServer, public_url: &Url, from: &str) -> Result<Self, PostmanError> {
        Ok(Self { from: address(from)?, way: Way::Smtp(server.transport(public_url)?), shelf: None })
    }

    /// Into a directory, one file a mail; made when the first mail leaves.
    pub fn directory(directory: impl Into<PathBuf>, from: &str) -> Result<Self, PostmanError> {
        Ok(Self { from: address(from)?, way: Way::Directory(directory.into()), shelf: None })
    }

    /// Lays a copy of every letter that left onto a shelf that everybody may read: for a demo.
    #[must_use]
    pub fn shelving(self, shelf: Arc<Shelf>) -> Self {
        Self { shelf: Some(shelf), ..self }
    }

    /// Delivers one mail. The same mail twice has the same `Message-ID`, and is the same file.
    pub(super) async fn send(
        &self,
        id: MailId,
        message: &Message,
        written_at: Timestamp,
    ) -> Result<(), SendError> {
        let mail = self.compose(id, message, written_at)?;
        let file = format!("{:015}-{id}.eml", written_at.millis());
        match &self.way {
            Way::Smtp(transport) => {
                transport.send(mail).await?;
            }
            Way::Directory(directory) => {
                write_file(directory, &file, &mail.formatted()).await?;
            }
        }
        if let Some(shelf) = &self.shelf {
            shelf.put(ShelvedMail {
                id,
                at: written_at,
                from: Mailbox::new(message.from_name.as_deref().map(clean), self.from.clone()).to_string(),
                to: message.to.clone(),
                subject: message.subject.clone(),
                text: message.text.clone(),
                html: message.html.clone(),
                file,
            });
        }
        Ok(())
    }

    fn compose(&self, id: MailId, message: &Message, written_at: Timestamp) -> Result<Mail, SendError> {
        let millis = u64::try_from(written_at.millis()).unwrap_or_default();
        // The library panics at a line break in a name: nothing but clean text reaches it.
        let from = Mailbox::new(message.from_name.as_deref().map(clean), self.from.clone());
        // RFC 3834: nobody's absence notice shall answer.
        let automatic =
            HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".into());
        let parts = MultiPart::alternative()
            .boundary(format!("part-{id}"))
            .singlepart(part(ContentType::TEXT_PLAIN, &message.text))
            .singlepart(part(ContentType::TEXT_HTML, &message.html));
        let mail = Mail::builder()
            .from(from)
            .to(Mailbox::new(None, message.to.parse()?))
            .subject(clean(&message.subject))
            .date(SystemTime::UNIX_EPOCH + Duration::from_millis(millis))
            .message_id(Some(format!("<{id}@{}>", self.from.domain())))
            .raw_header(automatic)
            .multipart(parts)?;
        Ok(mail)
    }
}

/// A part in 7bit where it can be read as it is, else in quoted-printable.
fn part(kind: ContentType, text: &str) -> SinglePart {
    let best = Body::new(text.to_owned());
    let body = if best.encoding() == ContentTransferEncoding::SevenBit {
        best
    } else {
        Body::new_with_encoding(text.to_owned(), ContentTransferEncoding::QuotedPrintable).unwrap_or(best)
    };
    SinglePart::builder().header(kind).body(body)
}

fn address(text: &str) -> Result<Address, PostmanError> {
    text.parse().map_err(|_| PostmanError::From)
}

/// Writes beside the final name, then renames: whoever watches the directory sees whole mails only.
async fn write_file(directory: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(directory).await?;
    let draft = directory.join(format!(".{name}.draft"));
    let mut file =
        fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft).await?;
    file.write_all(bytes).await?;
    file.sync_all().await?;
    fs::rename(&draft, directory.join(name)).await
}

#[cfg(test)]
mod tests;
