//! Signing in with a passkey alone: it opens both locks, for it verified the person.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;
use twinlock_core::{
    assurance::Proofs,
    audit::EventKind,
    factor::webauthn::{Lock, Refused, UserVerification},
    ids::{PendingLoginId, UserId},
    name::slug_key,
    throttle::Ration,
};
use twinlock_store::{
    challenges::{self, Ceremony, Challenge},
    logins::{self, PendingLogin},
    rations,
    seal::Tag,
    users,
};

use super::{
    assertion::{self, Examined, KeyRefusal},
    challenge::{self, Asked, Owner},
};
use crate::{
    App, Client, Internal,
    audit_log::{About, note},
    context::{Acceptance, Work},
    junk::{Door, knock},
    login::{self, LoginError, Outcome, Proven, Target, browser_hash},
    recover,
    second_factor::Accepted,
    tokens,
    webauthn::{self, AssertionResponse},
};

/// Challenges that are open at a time for a browser that somebody has signed in with: its windows.
const OPEN_OF_KNOWN_BROWSER: u32 = 10;
/// The same for all other browsers of one address, and for all programs there.
const OPEN_OF_ADDRESS: u32 = 500;

/// Those who share a number of open challenges, how many, and how often they may ask. When there are more, the oldest
/// is void: who asks without end voids what others asked for, but only where nobody can tell them apart, and no longer
/// than the ration lasts. A browser that completed a sign-in has a signed cookie (`browser.rs`) and so numbers of its
/// own, and no program of its address gets in its way. The secret that pages give every browser would not do: whoever
/// wants more makes more of them up.
fn asker(client: &Client, browser: Option<&str>) -> (String, u32, Ration) {
    let address = client.limit_key();
    match (browser, client.known_browser) {
        (None, _) => (address, OPEN_OF_ADDRESS, Ration::CHALLENGES_OF_ADDRESS),
        (Some(_), None) => (format!("pages {address}"), OPEN_OF_ADDRESS, Ration::CHALLENGES_OF_ADDRESS),
        (Some(_), Some(known)) => {
            let browser = format!("browser {}", URL_SAFE_NO_PAD.encode(known.browser));
            (browser, OPEN_OF_KNOWN_BROWSER, Ration::CHALLENGES_OF_BROWSER)
        }
    }
}

/// Gives a challenge to whoever asks: `PublicKeyCredentialRequestOptionsJSON` without a list of
/// credentials. Whether the tenant exists is not told.
pub async fn options(
    app: &App,
    client: &Client,
    tenant: &str,
    browser: Option<&str>,
) -> Result<Value, LoginError> {
    app.transact(|| options_once(app, client, tenant, browser)).await
}

async fn options_once(
    app: &App,
    client: &Client,
    tenant: &str,
    browser: Option<&str>,
) -> Result<Value, LoginError> {
    let rp_id = app.rp_id().ok_or(LoginError::KeysUnavailable)?;
    let asked = Asked {
        tenant: Some(slug_key(tenant).unwrap_or_default()),
        browser: browser.map(|secret| browser_hash(app, secret)).transpose()?,
        ..Asked::new(rp_id, UserVerification::Required)
    };
    let (asker, most, ration) = asker(client, browser);
    let work = Work::begin(app, client).await?;
    if let Some(wait) = rations::take(&work, &format!("challenges:{asker}"), ration, app.now()).await? {
        return Err(LoginError::TooMany(wait));
    }
    challenges::make_room(&work, &asker, most - 1).await?;
    let bytes = challenge::give(&work, Ceremony::Passkey, Owner::Stranger(&asker), &asked).await?;
    work.commit().await?;
    Ok(webauthn::request_options(&app.relying_party(rp_id), &bytes, UserVerification::Required, &[]))
}

/// Checks what the passkey answers and opens the session: one commit. Neither an address nor an account
/// that waits for wrong passwords or codes makes a passkey wait.
pub async fn sign_in(
    app: &App,
    client: &Client,
    credential: &Value,
    target: Target<'_>,
) -> Result<Outcome, LoginError> {
    let answer = AssertionResponse::read(credential)?;
    let claimed = answer.claimed_challenge().unwrap_or_default();
    let open = challenges::by_value(&app.store, Ceremony::Passkey, &claimed).await?;
    let open = match open {
        Some(open) if is_this_browsers(app, &open, target)? => Some(open),
        _ => None,
    };
    let Some(open) = open else { return Err(refuse_junk(app, client)) };
    let tenant = challenge::asked(&open)?.tenant;
    let examined = assertion::examine(app, Some(open), answer).await?;
    let shown = Shown { tenant, challenge: claimed, examined };
    app.transact(|| open_both(app, client, &shown, target)).await
}

/// What a passkey answered, and to what.
struct Shown {
    /// The tenant that was asked for.
    tenant: Option<String>,
    challenge: Vec<u8>,
    examined: Examined,
}

async fn open_both(
    app: &App,
    client: &Client,
    shown: &Shown,
    target: Target<'_>,
) -> Result<Outcome, LoginError> {
    let Shown { tenant, challenge, examined } = shown;
    let work = Work::begin(app, client).await?;
    let owner = match examined.names() {
        Some(owner) => users::hold(&work, owner).await?,
        None => None,
    };
    let account = match owner {
        Some(account) if Some(&account.tenant.slug) == tenant.as_ref() && recover::may_sign_in(&account) => {
            account
        }
        _ => return refuse_stranger(work, examined.clone()).await,
    };
    match assertion::accept(&work, &account, examined.clone(), Lock::Both).await? {
        Acceptance::Accepted(proof) => {
            if let Some(secret) = target.browser {
                note_answered(&work, account.user.id, challenge, browser_hash(app, secret)?).await?;
            }
            let accepted = Accepted { proof, recovery_codes_left: None };
            let proven = Proven { account, proofs: Proofs::default().with(accepted.proof), accepted };
            login::complete(work, proven, target).await.map_err(closed_is_refused)
        }
        Acceptance::Refused(refusal) => {
            let error = match refusal {
                KeyRefusal::Insufficient(Refused::SecondFactorOnly) => LoginError::SecondFactorOnly,
                _ => LoginError::KeyRefused,
            };
            Err(work.refuse(error).await)
        }
    }
}

/// A closed account looks like a passkey that nobody knows.
fn closed_is_refused(error: LoginError) -> LoginError {
    match error {
        LoginError::InvalidCredentials => LoginError::KeyRefused,
        other => other,
    }
}

/// A challenge that a page asked for is answered in the same browser.
fn is_this_browsers(app: &App, open: &Challenge, target: Target<'_>) -> Result<bool, Internal> {
    let presented = target.browser.map(|secret| browser_hash(app, secret)).transpose()?;
    Ok(challenge::asked(open)?.browser == presented)
}

/// An answer to nothing that is open here. Nothing is written for it, and a network that sends very many of them waits;
/// whoever answers an open challenge does not.
fn refuse_junk(app: &App, client: &Client) -> LoginError {
    match knock(app, client, Door::Passkey) {
        Some(wait) => {
            note(app, client, EventKind::SignInThrottled, About::anonymous(None));
            LoginError::TooMany(wait)
        }
        None => {
            note(app, client, EventKind::SignInKeyRefused, About::anonymous(None));
            LoginError::KeyRefused
        }
    }
}

async fn refuse_stranger(work: Work<'_>, examined: Examined) -> Result<Outcome, LoginError> {
    let _ = assertion::use_up(&work, examined).await?;
    work.record(EventKind::SignInKeyRefused, About::anonymous(None)).await?;
    Err(work.refuse(LoginError::KeyRefused).await)
}

/// A challenge, as a token that is known by its hash.
const CHALLENGE: &str = "passkey challenge";
/// How long it is known that a challenge was answered well, in seconds.
const KNOWN_SECS: i64 = 600;

/// The hashes under which it is kept that the challenge of this answer was answered well ([`logins::was_used`]).
pub(crate) fn answered(app: &App, credential: &Value) -> Result<Option<Vec<Tag>>, Internal> {
    let claimed = AssertionResponse::read(credential).ok().and_then(|answer| answer.claimed_challenge());
    claimed.map_or(Ok(None), |challenge| hashes(app, &challenge))
}

fn hashes(app: &App, challenge: &[u8]) -> Result<Option<Vec<Tag>>, Internal> {
    tokens::hashes(app, CHALLENGE, &URL_SAFE_NO_PAD.encode(challenge))
}

/// Keeps it as a login that is over, of the browser where it was answered: should the form come a second time.
async fn note_answered(
    work: &Work<'_>,
    user: UserId,
    challenge: &[u8],
    browser_hash: Vec<u8>,
) -> Result<(), Internal> {
    let Some(tag) = hashes(work.app, challenge)?.and_then(|hashes| hashes.into_iter().next()) else {
        return Ok(());
    };
    let now = work.now;
    let over = PendingLogin {
        id: PendingLoginId::new(now, work.app.entropy()),
        user_id: user,
        browser_hash: Some(browser_hash),
        proofs: Proofs::default(),
        created_at: now,
        expires_at: now.plus_secs(KNOWN_SECS),
    };
    Ok(logins::insert_used(work, &over, &tag, now).await?)
}
