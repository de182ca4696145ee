//! What a login that stands is given: a half-finished login, a session, or an enrollment.

use secrecy::SecretString;
use serde_json::json;
use twinlock_core::{
    assurance::{Method, Proof, Proofs},
    audit::EventKind,
    clock::Timestamp,
    enrollment::EnrollmentProof,
    ids::PendingLoginId,
    login::{self, Authenticated, Enrolling},
    password::Origin,
    policy::{self, Obligation, Person},
};
use twinlock_store::{
    logins,
    users::{self, Account},
};

use super::{LoginError, MustEnrol, NeedFactor, Outcome, SignedIn, Target};
use crate::{
    App, Channel, Internal, Issued, UserView, audit_log::About, browser, context::Work, sessions, tokens,
};

/// A half-finished login lives this long, in seconds.
const PENDING_SECS: i64 = 300;

pub(crate) const PENDING: &str = "pending login";

/// The second lock is still closed: the login waits for it. Commits.
pub(super) async fn second_step(
    work: Work<'_>,
    account: Account,
    need: login::NeedFactor,
    target: Target<'_>,
) -> Result<Outcome, LoginError> {
    let methods = need.methods.iter().map(|m| m.as_str()).collect();
    let preferred = need.preferred.map(Method::as_str);
    let (token, expires_at) = pend(&work, &account, target).await?;
    let about = About::anonymous(Some(&account.user));
    work.record(EventKind::SignInPasswordAccepted, about).await?;
    let user = UserView::of(work.app, &account);
    work.commit().await?;
    Ok(Outcome::NeedFactor(Box::new(NeedFactor { token, expires_at, methods, preferred, user })))
}

/// Stores a half-finished login; answers its token.
async fn pend(
    work: &Work<'_>,
    account: &Account,
    target: Target<'_>,
) -> Result<(SecretString, Timestamp), Internal> {
    let now = work.now;
    let (token, tag) = tokens::new(work.app, PENDING)?;
    let browser = target.browser.map(|secret| browser_hash(work.app, secret)).transpose()?;
    let proof = Proof::new(Method::Password, now);
    let login = logins::PendingLogin {
        id: PendingLoginId::new(now, work.app.entropy()),
        user_id: account.user.id,
        browser_hash: browser,
        proofs: Proofs::default().with(proof),
        created_at: now,
        expires_at: now.plus_secs(PENDING_SECS),
    };
    logins::insert(work, &login, &tag).await?;
    Ok((token, login.expires_at))
}

/// Binds a pending login to the browser it began in.
pub(crate) fn browser_hash(app: &App, secret: &str) -> Result<Vec<u8>, Internal> {
    browser::hash(app, secret)
}

/// Both locks are open, or one is all that is asked. Commits.
pub(super) async fn session(
    work: Work<'_>,
    account: Account,
    authenticated: Authenticated,
    recovery_codes_remaining: Option<u32>,
    channel: Channel,
) -> Result<Outcome, LoginError> {
    let issued = enter(&work, &account, &authenticated, channel).await?;
    let user = UserView::of(work.app, &account);
    work.commit().await?;
    let grace_until = authenticated.grace_until();
    let browser_generation = account.user.browser_generation;
    let signed_in = SignedIn { issued, user, grace_until, recovery_codes_remaining, browser_generation };
    Ok(Outcome::Done(Box::new(signed_in)))
}

/// Opens the session of a complete sign-in.
pub(crate) async fn enter(
    work: &Work<'_>,
    account: &Account,
    authenticated: &Authenticated,
    channel: Channel,
) -> Result<Issued, Internal> {
    let by_factor = authenticated.proofs().is_multi_factor();
    let issued = sessions::issue(work, authenticated, &account.tenant, channel).await?;
    users::signed_in(work, account.user.id, work.now, by_factor).await?;
    let detail = json!({ "amr": authenticated.proofs().amr(), "session": issued.session.id });
    work.record(EventKind::SignInSucceeded, About::own(&account.user).with(detail)).await?;
    Ok(issued)
}

/// All that the person has was shown, and it is not enough: what they get opens an enrollment and nothing else.
/// Commits.
pub(super) async fn enrollment(
    work: Work<'_>,
    account: Account,
    enrolling: Enrolling,
    channel: Channel,
) -> Result<Outcome, LoginError> {
    let issued = sessions::issue_enrollment(&work, &enrolling, &account.tenant, channel).await?;
    let detail = json!({ "amr": enrolling.proofs().amr(), "session": issued.session.id });
    let about = About::own(&account.user).with(detail);
    work.record(EventKind::SignInEnrollmentDue, about).await?;
    let (user, now) = (UserView::of(work.app, &account), work.now);
    work.commit().await?;
    let enrollment_proof = if account.factors.any() {
        EnrollmentProof::Password
    } else {
        let tenant = account.tenant.settings.enrollment_proof;
        account.user.enrollment.asks(tenant, issued.session.id, now)
    };
    Ok(Outcome::MustEnrol(Box::new(MustEnrol { issued, user, enrollment_proof })))
}

/// The account as the login machine sees it.
pub(crate) fn facts(app: &App, account: &Account) -> login::Account {
    login::Account {
        user: account.user.id,
        tenant: account.tenant.id,
        status: account.user.status,
        tenant_active: account.tenant.suspended_at.is_none(),
        authenticator_apps: account.factors.apps,
        security_keys: account.factors.total() - account.factors.apps,
        usable_keys: app.rp_id().map_or(0, |rp_id| account.factors.keys_of(rp_id)),
        recovery_codes: account.factors.codes,
        preferred: account.user.preferred,
        password: Origin::of(account.user.password_given_at, app.now()),
        mfa_available: app.config.mfa_enabled,
        obligation: obligation(app, account, app.now()),
    }
}

/// What the tenant's policy asks of this person now; nothing while the server has second factors switched off.
pub(crate) fn obligation(app: &App, account: &Account, now: Timestamp) -> Obligation {
    if !app.config.mfa_enabled {
        return Obligation::None;
    }
    let user = &account.user;
    let kinds = account.factors.kinds();
    let person = Person { role: user.role, created_at: user.created_at, kinds, deadline: user.mfa_deadline };
    policy::obligation(&account.tenant.settings, &person, now)
}
