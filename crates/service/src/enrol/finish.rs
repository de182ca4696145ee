//! The end of every enrollment, whatever was enrolled.

use secrecy::SecretString;
use twinlock_core::{
    assurance::{Proof, Proofs},
    audit::EventKind,
    enrollment::Enrollment,
    login::{self as machine, Step},
};
use twinlock_store::{
    sessions::Purpose,
    user_counts,
    users::{self, Account},
};

use super::{Admitted, FirstCodes, first_codes::Activated};
use crate::{
    Caller, Internal, Issued, MethodView, UserView, audit_log::About, context::Work, endings, login,
    mail::LetterKind, second_factor, sessions, shown_codes,
};

/// A factor whose row was just inserted, in the transaction of [`Admitted`].
pub(crate) struct Confirmed {
    /// The factor as its owner sees it.
    pub(crate) method: MethodView,
    /// What confirming it proved; its limit is set here.
    pub(crate) proof: Proof,
    /// The recovery codes that were made for a first factor.
    pub(crate) codes: Option<FirstCodes>,
}

/// A confirmed enrollment.
#[derive(Debug)]
pub struct Enrolled {
    /// The new factor.
    pub method: MethodView,
    /// The session's fresh token, which carries the proof; the token of a new session where this was the enrollment
    /// that a login had led into.
    pub issued: Issued,
    /// Who is signed in now, where the enrollment completed a login.
    pub signed_in: Option<UserView>,
    /// Of the cookie that remembers the browser of that login: see [`crate::browser`].
    pub browser_generation: Option<i64>,
    /// Recovery codes left of the set that is valid now.
    pub recovery_codes_remaining: u32,
    /// The recovery codes that became valid with this factor: none when a set was valid already.
    pub recovery_codes: Vec<SecretString>,
}

impl Admitted<'_> {
    /// Ends an enrollment: the recovery codes of a first factor become valid; everything else that was
    /// open for the person ends; the session gets a token that carries the proof; the person is told.
    /// One commit.
    pub(crate) async fn finish(self, confirmed: Confirmed) -> Result<Enrolled, Internal> {
        let Self { own, limited_until } = self;
        let (account, caller) = (&own.account, own.caller);
        let Confirmed { method, proof, codes } = confirmed;
        let (user, session) = (account.user.id, &caller.live.session);
        if let Some(until) = limited_until {
            users::set_limited_until(&own, user, until).await?;
        }
        let activated = match codes {
            Some(codes) => codes.activate(&own).await?,
            None => None,
        };
        second_factor::forgive(&own, account).await?;
        user_counts::refresh(&own, user).await?;
        let completes = session.purpose == Purpose::Enrollment;
        endings::of_change(&own, user, (!completes).then_some(session.id)).await?;
        if account.user.enrollment != Enrollment::default() {
            users::set_enrollment(&own, user, Enrollment::default()).await?;
        }
        let proofs = caller.live.proofs.with(proof.limited(limited_until));
        let (issued, entered) = if completes {
            let (issued, account) = sign_in(&own, caller, proofs).await?;
            (issued, Some(account))
        } else {
            (sessions::renew(&own, caller, proofs).await?, None)
        };
        if let Some(Activated { set, codes }) = &activated
            && set.saved_at.is_none()
        {
            shown_codes::keep(&own, &issued.session, set.id, codes).await?;
        }
        let (event, letter) = told(account.factors.total() == 0, &method);
        let detail = serde_json::json!({ "factor": method.id, "kind": method.kind });
        own.record(event, About::own(&account.user).with(detail)).await?;
        own.notify(account, letter).await?;
        let recovery_codes = activated.map(|activated| activated.codes).unwrap_or_default();
        let recovery_codes_remaining = match recovery_codes.len() {
            0 => account.factors.codes,
            new => u32::try_from(new).unwrap_or(u32::MAX),
        };
        let signed_in = entered.as_ref().map(|account| UserView::of(own.app, account));
        own.work.commit().await?;
        let browser_generation = entered.map(|account| account.user.browser_generation);
        Ok(Enrolled {
            method,
            issued,
            signed_in,
            browser_generation,
            recovery_codes_remaining,
            recovery_codes,
        })
    }
}

/// The login goes on where it had led into the enrollment: the machine is asked again, with the new factor.
async fn sign_in(work: &Work<'_>, caller: &Caller, proofs: Proofs) -> Result<(Issued, Account), Internal> {
    let account = users::account(work, caller.live.account.user.id).await?;
    let account = account.ok_or(Internal::Broken("the account that enrolled is not there"))?;
    let Step::Done(authenticated) = machine::advance(&login::facts(work.app, &account), proofs) else {
        return Err(Internal::Broken("an enrollment did not complete the login"));
    };
    let channel = caller.live.session.channel;
    let issued = login::enter(work, &account, &authenticated, channel).await?;
    Ok((issued, account))
}

fn told(first: bool, method: &MethodView) -> (EventKind, LetterKind) {
    let method_name = method.name.clone();
    if first {
        (EventKind::MfaEnabled, LetterKind::MfaEnabled { method_name })
    } else {
        (EventKind::FactorAdded, LetterKind::FactorAdded { method_name })
    }
}
