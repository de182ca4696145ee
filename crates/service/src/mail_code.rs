//! A short code by mail: a second opinion for accounts whose last proof was a recovery code, and for a
//! first enrollment.

use subtle::ConstantTimeEq;
use twinlock_core::{audit::EventKind, entropy::uniform_below};
use twinlock_store::{
    mail_codes::{self, CodePurpose, MailCode},
    seal::Purpose,
    users::Account,
};

use crate::{
    App, Client, Internal,
    audit_log::About,
    context::Work,
    mail::{self, Class, Letter, LetterKind, Postage, Unsent, When},
    sessions::{self, Caller},
};

const LIFETIME_SECS: i64 = 600;
const TRIES: u32 = 5;
const SENDS: u32 = 3;
const WINDOW_SECS: i64 = 900;

/// Why no code was sent.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// There is no address to send it to.
    #[error("the account has no address")]
    NoAddress,
    /// Three were sent lately: wait this many seconds.
    #[error("too many codes")]
    TooMany(i64),
    /// The session ended meanwhile.
    #[error("the session has ended")]
    Ended,
    /// Nobody's fault.
    #[error(transparent)]
    Internal(#[from] Internal),
}

impl From<Unsent> for SendError {
    fn from(unsent: Unsent) -> Self {
        match unsent {
            Unsent::TooMany(seconds) => Self::TooMany(seconds),
            Unsent::Internal(error) => Self::Internal(error),
        }
    }
}

store_faults_are_internal!(SendError);

/// Sends a code for a new password or address to the address on file; the one before is void.
pub async fn send(app: &App, client: &Client, caller: &Caller) -> Result<(), SendError> {
    app.transact(|| send_once(app, client, caller)).await
}

async fn send_once(app: &App, client: &Client, caller: &Caller) -> Result<(), SendError> {
    let work = Work::begin(app, client).await?;
    let account = sessions::hold_own(&work, caller).await?.ok_or(SendError::Ended)?;
    send_for(&work, &account, CodePurpose::Change).await?;
    Ok(work.commit().await?)
}

/// Sends a code of any purpose to an account that is held; the one before of that purpose is void.
pub(crate) async fn send_for(
    work: &Work<'_>,
    account: &Account,
    purpose: CodePurpose,
) -> Result<(), SendError> {
    let now = work.now;
    let address = mail::proof_address(&account.user, now).ok_or(SendError::NoAddress)?;
    let last = mail_codes::of_user(work, account.user.id, purpose).await?;
    let window = last.filter(|code| (0..WINDOW_SECS).contains(&now.secs_since(code.window_start)));
    let (sends, window_start) = window.map_or((0, now), |code| (code.sends, code.window_start));
    if sends >= SENDS {
        return Err(SendError::TooMany(window_start.plus_secs(WINDOW_SECS).wait_from(now)));
    }
    let postage = Postage { to: address, class: Class::Code, about: account, by: None, when: When::Now };
    let slot = mail::pay(work, &postage).await?;
    let code = format!("{:08}", uniform_below(work.app.entropy(), 100_000_000));
    let labelled = labelled(account, purpose, &code);
    let tag = work.app.keyring.tag(Purpose::MailCode, &labelled).map_err(Internal::from)?;
    let row = MailCode {
        user_id: account.user.id,
        purpose,
        tag: tag.bytes.to_vec(),
        key_id: tag.key_id,
        tries_left: TRIES,
        sends: sends + 1,
        window_start,
        expires_at: now.plus_secs(LIFETIME_SECS),
    };
    mail_codes::put(work, &row).await?;
    let (letter, event) = match purpose {
        CodePurpose::Change => (LetterKind::MailCode { code }, EventKind::MailCodeSent),
        CodePurpose::Enrollment => (LetterKind::EnrollmentCode { code }, EventKind::EnrollmentCodeSent),
    };
    mail::queue(work, Letter::new(address, letter).about(account), slot).await?;
    Ok(work.record(event, About::own(&account.user)).await?)
}

/// Uses up a code in the transaction of what it opens. A wrong one costs a try; the caller commits
/// either way.
pub(crate) async fn consume(
    work: &Work<'_>,
    account: &Account,
    purpose: CodePurpose,
    code: &str,
) -> Result<bool, Internal> {
    let user = account.user.id;
    let Some(row) = mail_codes::of_user(work, user, purpose).await? else { return Ok(false) };
    let digits: String = code.chars().filter(|c| *c != ' ').collect();
    let labelled = labelled(account, purpose, &digits);
    let tag = work.app.keyring.tag_with(&row.key_id, Purpose::MailCode, &labelled)?;
    let same: bool = tag.bytes.as_slice().ct_eq(&row.tag).into();
    if same && mail_codes::consume(work, user, purpose, &row.tag, work.now).await? {
        return Ok(true);
    }
    mail_codes::wrong(work, user, purpose).await?;
    Ok(false)
}

/// A code of one person and purpose is no code of another.
fn labelled(account: &Account, purpose: CodePurpose, code: &str) -> Vec<u8> {
    [account.user.id.0.as_bytes().as_slice(), purpose.as_str().as_bytes(), b"\0", code.as_bytes()].concat()
}
