//! Recovery codes that were made in a session and not saved yet: its pages show them again until their owner says that
//! they are saved, or for a quarter of an hour. Whoever lost the answer that showed them still gets to read them.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use twinlock_core::{
    audit::EventKind,
    clock::Timestamp,
    ids::{CodeSetId, SessionId},
};
use twinlock_store::{
    recovery,
    seal::Purpose,
    sessions::Channel,
    shown_codes::{self, ShownCodes},
    user_counts,
};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::{
    App, Caller, Client, Internal,
    audit_log::About,
    context::Work,
    sessions::{self, Session},
};

/// Codes can be read again for this long, in seconds.
pub const SHOWN_SECS: i64 = 900;

const BROKEN: Internal = Internal::Broken("recovery codes to be shown cannot be read");

/// What the seal holds. It names the session as well: moved to another one's row it opens nothing.
#[derive(Serialize, Deserialize, ZeroizeOnDrop)]
struct Sheet {
    #[zeroize(skip)]
    session: SessionId,
    codes: Vec<String>,
}

/// Keeps the codes of a set that was just made in this session, for its pages. A program has no page: it is answered
/// the codes once.
pub(crate) async fn keep(
    work: &Work<'_>,
    session: &Session,
    set_id: CodeSetId,
    codes: &[SecretString],
) -> Result<(), Internal> {
    if session.channel != Channel::Browser {
        return Ok(());
    }
    let now = work.now;
    let codes = codes.iter().map(|code| code.expose_secret().to_owned()).collect();
    let sheet = Sheet { session: session.id, codes };
    let plain = Zeroizing::new(serde_json::to_vec(&sheet).map_err(|_| BROKEN)?);
    let row = ShownCodes {
        set_id,
        session_id: session.id,
        sealed: work.app.keyring.seal(Purpose::ShownCodes, set_id.0, &plain, work.app.entropy())?,
        made_at: now,
        expires_at: now.plus_secs(SHOWN_SECS),
    };
    Ok(shown_codes::put(work, &row).await?)
}

/// Codes that can be read again.
pub struct Again {
    /// The codes, as people read them.
    pub codes: Vec<SecretString>,
    /// When they were made.
    pub made_at: Timestamp,
}

/// The codes that were made in the caller's session, while they are not saved and a quarter of an hour is not over.
pub async fn again(app: &App, caller: &Caller) -> Result<Option<Again>, Internal> {
    let live = &caller.live;
    if live.account.factors.codes_saved {
        return Ok(None);
    }
    let row = shown_codes::of_session(&app.store, live.account.user.id, live.session.id).await?;
    // One from the future is over: the clock was set back.
    let begun = |row: &ShownCodes| row.made_at.millis() <= app.now().millis() + 60_000;
    let Some(row) = row.filter(|row| begun(row) && app.now() < row.expires_at) else { return Ok(None) };
    let plain = app.keyring.open(Purpose::ShownCodes, row.set_id.0, &row.sealed)?;
    let sheet: Sheet = serde_json::from_slice(&plain).map_err(|_| BROKEN)?;
    if sheet.session != live.session.id {
        return Err(BROKEN);
    }
    let codes = sheet.codes.iter().map(|code| code.clone().into()).collect();
    Ok(Some(Again { codes, made_at: row.made_at }))
}

/// Why codes were not noted as saved.
#[derive(Debug, thiserror::Error)]
pub enum SavedError {
    /// No second factor is enrolled, so there are no codes.
    #[error("no second factor is enrolled")]
    NotEnabled,
    /// The session ended meanwhile.
    #[error("the session has ended")]
    Ended,
    /// Nobody's fault.
    #[error(transparent)]
    Internal(#[from] Internal),
}

store_faults_are_internal!(SavedError);

/// *I have saved them.* Saying it again changes nothing.
pub async fn saved(app: &App, client: &Client, caller: &Caller) -> Result<(), SavedError> {
    app.transact(|| saved_once(app, client, caller)).await
}

async fn saved_once(app: &App, client: &Client, caller: &Caller) -> Result<(), SavedError> {
    let work = Work::begin(app, client).await?;
    let account = sessions::hold_own(&work, caller).await?.ok_or(SavedError::Ended)?;
    if !account.factors.any() {
        return Err(SavedError::NotEnabled);
    }
    if !recovery::mark_saved(&work, account.user.id, app.now()).await? {
        return Ok(());
    }
    user_counts::refresh(&work, account.user.id).await?;
    work.record(EventKind::RecoveryCodesSaved, About::own(&account.user)).await?;
    work.commit().await?;
    Ok(())
}
