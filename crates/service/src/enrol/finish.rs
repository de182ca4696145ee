//! The end of every enrolment, whatever was enrolled.

use secrecy::SecretString;
use twinlock_core::{assurance::Proof, audit::EventKind, enrollment::Enrollment};
use twinlock_store::users;

use super::{Admitted, FirstCodes};
use crate::{
    App, Client, Internal, Issued, MethodView,
    audit_log::{About, record},
    endings,
    mail::{LetterKind, notify},
    second_factor, sessions,
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

/// A confirmed enrolment.
#[derive(Debug)]
pub struct Enrolled {
    /// The new factor.
    pub method: MethodView,
    /// The session's fresh token, which carries the proof.
    pub issued: Issued,
    /// Recovery codes left of the set that is valid now.
    pub recovery_codes_remaining: u32,
    /// The recovery codes that became valid with this factor: none when a set was valid already.
    pub recovery_codes: Vec<SecretString>,
}

impl Admitted<'_> {
    /// Ends an enrolment: the recovery codes of a first factor become valid; everything else that was
    /// open for the person ends; the session gets a token that carries the proof; the person is told.
    /// One commit.
    pub(crate) async fn finish(
        self,
        app: &App,
        client: &Client,
        confirmed: Confirmed,
    ) -> Result<Enrolled, Internal> {
        let Self { tx, caller, account, limited_until } = self;
        let Confirmed { method, proof, codes } = confirmed;
        let (user, session) = (account.user.id, &caller.live.session);
        if let Some(until) = limited_until {
            users::set_limited_until(&tx, user, until).await?;
        }
        let recovery_codes = match codes {
            Some(codes) => codes.activate(&tx).await?,
            None => Vec::new(),
        };
        second_factor::forgive(&tx, &account).await?;
        endings::of_change(&tx, app, user, Some(session.id)).await?;
        if account.user.enrollment != Enrollment::default() {
            users::set_enrollment(&tx, user, Enrollment::default()).await?;
        }
        let proofs = caller.live.proofs.with(proof.limited(limited_until));
        let issued = sessions::renew(&tx, app, caller, proofs).await?;
        let (event, letter) = told(account.factors.total() == 0, &method);
        let detail = serde_json::json!({ "factor": method.id, "kind": method.kind });
        record(&tx, app, client, event, About::own(&account.user).with(detail)).await?;
        notify(&tx, app, Some(client), &account, letter).await?;
        tx.commit().await?;
        app.cache.changed();
        let recovery_codes_remaining = match recovery_codes.len() {
            0 => account.factors.codes,
            new => u32::try_from(new).unwrap_or(u32::MAX),
        };
        Ok(Enrolled { method, issued, recovery_codes_remaining, recovery_codes })
    }
}

fn told(first: bool, method: &MethodView) -> (EventKind, LetterKind) {
    let method_name = method.name.clone();
    if first {
        (EventKind::MfaEnabled, LetterKind::MfaEnabled { method_name })
    } else {
        (EventKind::FactorAdded, LetterKind::FactorAdded { method_name })
    }
}
