//! Who only has the password must not enrol first (security.md, decision 6): where the tenant asks for it,
//! and after an administrator or the command line took a person's factors, a code that was mailed or handed
//! over opens the enrollment.
//!
//! That a code is asked for is a property of the account: it holds for every session. The code opens the
//! enrollment for the session that gave it, and for half an hour at most; the enrollment uses that up, and
//! any other change of factors, password or address ends it.

use secrecy::SecretString;
use twinlock_core::{
    audit::EventKind,
    clock::Timestamp,
    enrollment::{Enrollment, EnrollmentProof, Given, OPEN_SECS},
    factor::recovery::{CodeFormat, RecoveryCode},
    ids::UserId,
};
use twinlock_store::{
    Tx,
    links::{self, Link, LinkPurpose},
    mail_codes::CodePurpose,
    seal::Purpose,
    users::{self, Account},
};

use crate::{
    App, Client, Internal,
    account::masked,
    audit_log::About,
    context::{OwnWork, Work},
    mail,
    mail_code::{self, SendError},
    sessions::Caller,
};

/// A code that an administrator hands over lives this long, in seconds.
const HANDED_SECS: i64 = 24 * 3600;

/// The session has to give a code before anything can be enrolled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a code must open this enrollment first")]
pub struct ProofRequired {
    /// Whether a code can be mailed. Who has no address needs one from an administrator.
    pub by_mail: bool,
}

/// Why no code was sent or accepted.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// The account has a factor: that is the proof.
    #[error("a second factor is enrolled already")]
    NotNeeded,
    /// There is no address to send a code to.
    #[error("the account has no address")]
    NoAddress,
    /// Three were sent lately: wait this many seconds.
    #[error("too many codes")]
    TooMany(i64),
    /// Wrong, used, or expired.
    #[error("the code was not accepted")]
    InvalidCode,
    /// The session ended meanwhile.
    #[error("the session has ended")]
    Ended,
    /// Nobody's fault.
    #[error(transparent)]
    Internal(#[from] Internal),
}

store_faults_are_internal!(ProofError);

impl From<SendError> for ProofError {
    fn from(error: SendError) -> Self {
        match error {
            SendError::NoAddress => Self::NoAddress,
            SendError::TooMany(seconds) => Self::TooMany(seconds),
            SendError::Ended => Self::Ended,
            SendError::Internal(error) => Self::Internal(error),
        }
    }
}

/// What the caller's session has yet to show before it may enrol the account's first factor; none where
/// there is one already.
pub fn asked(account: &Account, caller: &Caller, now: Timestamp) -> Option<EnrollmentProof> {
    let tenant = account.tenant.settings.enrollment_proof;
    let session = caller.live.session.id;
    (!account.factors.any()).then(|| account.user.enrollment.asks(tenant, session, now))
}

/// Every enrollment asks this, of the account as it is in its own transaction.
pub fn require(account: &Account, caller: &Caller, now: Timestamp) -> Result<(), ProofRequired> {
    match asked(account, caller, now) {
        Some(EnrollmentProof::Email) => Err(ProofRequired { by_mail: can_mail(account, now) }),
        _ => Ok(()),
    }
}

fn can_mail(account: &Account, now: Timestamp) -> bool {
    mail::proof_address(&account.user, now).is_some()
}

/// Whether, without a factor, only an administrator could open an enrollment again: the tenant asks for a code, and
/// none can be mailed.
pub fn needs_administrator(account: &Account, now: Timestamp) -> bool {
    account.tenant.settings.enrollment_proof == EnrollmentProof::Email && !can_mail(account, now)
}

/// Where a code would be sent, so that its owner recognises it and nobody else learns it.
pub fn masked_address(account: &Account, now: Timestamp) -> Option<String> {
    mail::proof_address(&account.user, now).map(masked)
}

/// Sends a code to the address on file; the one before is void.
pub async fn send(app: &App, client: &Client, caller: &Caller) -> Result<(), ProofError> {
    app.transact(|| send_once(app, client, caller)).await
}

async fn send_once(app: &App, client: &Client, caller: &Caller) -> Result<(), ProofError> {
    let own = begin(app, client, caller).await?;
    mail_code::send_for(&own, &own.account, CodePurpose::Enrollment).await?;
    Ok(own.work.commit().await?)
}

/// Gives a code: the caller's session may enrol. Answers until when.
pub async fn give(app: &App, client: &Client, caller: &Caller, code: &str) -> Result<Timestamp, ProofError> {
    app.transact(|| give_once(app, client, caller, code)).await
}

async fn give_once(app: &App, client: &Client, caller: &Caller, code: &str) -> Result<Timestamp, ProofError> {
    let own = begin(app, client, caller).await?;
    let user = own.account.user.id;
    if !is_right(&own, &own.account, code).await? {
        own.record(EventKind::EnrollmentProofRefused, About::own(&own.account.user)).await?;
        return Err(own.work.refuse(ProofError::InvalidCode).await);
    }
    let given = Given { by: caller.live.session.id, at: app.now() };
    let enrollment = Enrollment { given: Some(given), ..own.account.user.enrollment };
    users::set_enrollment(&own, user, enrollment).await?;
    own.record(EventKind::EnrollmentProofGiven, About::own(&own.account.user)).await?;
    own.work.commit().await?;
    Ok(given.at.plus_secs(OPEN_SECS))
}

async fn begin<'a>(app: &'a App, client: &'a Client, caller: &'a Caller) -> Result<OwnWork<'a>, ProofError> {
    let own = OwnWork::begin(app, client, caller).await?.ok_or(ProofError::Ended)?;
    if own.account.factors.any() {
        return Err(ProofError::NotNeeded);
    }
    Ok(own)
}

/// Uses the code up. The form alone says which kind it is: sixteen letters were handed over, and too many
/// to guess; everything else is a try at the mailed one.
async fn is_right(work: &Work<'_>, account: &Account, code: &str) -> Result<bool, Internal> {
    match RecoveryCode::parse(code) {
        Some(code) if code.format() == CodeFormat::Long16 => {
            let hashes = work.app.keyring.tags(Purpose::Token, &labelled(account.user.id, &code))?;
            Ok(links::consume(work, LinkPurpose::Enrollment, &hashes, work.now).await?.is_some())
        }
        Some(code) => mail_code::consume(work, account, CodePurpose::Enrollment, code.expose()).await,
        None => mail_code::consume(work, account, CodePurpose::Enrollment, code).await,
    }
}

/// From now on a code is asked for. Comes after what the change ends.
pub(crate) async fn ask(tx: &Tx, user: UserId) -> Result<(), Internal> {
    Ok(users::set_enrollment(tx, user, Enrollment::EMAIL).await?)
}

/// The same after an administrator's act. Who has no address gets a code that the administrator is shown
/// once, and hands over.
pub(crate) async fn ask_and_hand_out(
    work: &Work<'_>,
    account: &Account,
) -> Result<Option<SecretString>, Internal> {
    let (user, now) = (account.user.id, work.now);
    ask(work, user).await?;
    if can_mail(account, now) {
        return Ok(None);
    }
    let code = RecoveryCode::generate(work.app.entropy(), CodeFormat::Long16);
    let tag = work.app.keyring.tag(Purpose::Token, &labelled(user, &code))?;
    let expires_at = now.plus_secs(HANDED_SECS);
    let handed = Link {
        user_id: Some(user),
        address: None,
        expires_at,
        used_at: None,
        used_by: None,
        browser_hash: None,
    };
    links::issue(work, LinkPurpose::Enrollment, &tag, &handed, now).await?;
    Ok(Some(code.display().into()))
}

/// A handed code is worth nothing for anybody else, nor for anything else.
fn labelled(user: UserId, code: &RecoveryCode) -> Vec<u8> {
    [b"enrollment code\0".as_slice(), user.0.as_bytes(), code.expose().as_bytes()].concat()
}
