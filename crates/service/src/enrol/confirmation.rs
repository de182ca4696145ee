//! Confirming an authenticator app: the end of [`app`](super::app)'s set-up.

use twinlock_core::{
    assurance::{Method, Proof},
    audit::EventKind,
    factor::kinds::Kind,
    throttle::TypedKind,
};
use twinlock_store::totp::{
    MAX_TOLD, TotpCandidate, TotpFactor, candidate, consume_candidate, insert, spend_step, tell_candidate,
};

use super::{
    Admitted, Confirmed, Enrolled, FirstCodes, NotAdmitted, admit,
    app::{EnrolError, Opened, open_candidate},
    judge::{Hint, Judgement, Steps, Typed, judge},
    sheet::Sheet,
};
use crate::{
    App, Client, Internal, MethodView, audit_log::About, enrollment_proof, second_factor, sessions::Caller,
};

/// What confirms a set-up.
#[derive(Clone, Copy)]
pub struct Confirmation<'a> {
    /// A current code.
    pub code: &'a str,
    /// The next one, where the tenant asks for two.
    pub second_code: Option<&'a str>,
    /// Whether the recovery codes that become valid with it are saved already.
    pub codes_saved: bool,
}

/// Confirms the candidate with one code, or two consecutive ones: it becomes a factor, its recovery
/// codes become valid, other sessions end. A wrong code changes nothing and counts.
pub async fn verify(
    app: &App,
    client: &Client,
    caller: &Caller,
    confirmation: Confirmation<'_>,
) -> Result<Enrolled, EnrolError> {
    let typed = Typed::new(confirmation.code, confirmation.second_code);
    let Some(opened) = open_candidate(app, caller).await? else {
        enrollment_proof::require(&caller.live.account, caller, app.now()).map_err(NotAdmitted::from)?;
        return Err(EnrolError::NotStarted);
    };
    // Judged once, and the slow hashes are made before the transaction: a right code never lacks them, and a transaction
    // that is tried again does not make them again.
    let mut judged = Judged::new(app, caller, opened, &typed).await?;
    judged.codes = judged.codes.map(|codes| codes.saved(confirmation.codes_saved));
    app.transact(|| decide(app, client, caller, &judged)).await
}

async fn decide(
    app: &App,
    client: &Client,
    caller: &Caller,
    judged: &Judged,
) -> Result<Enrolled, EnrolError> {
    let admitted = admit(app, client, caller, Kind::Totp).await?;
    let mut row = judged.row.clone();
    if app.now() >= row.expires_at {
        return Err(EnrolError::NotStarted);
    }
    // What hints told meanwhile, now that the account is held.
    let now = candidate(&admitted.own.work, row.user_id).await?.filter(|now| now.id == row.id);
    row.told = now.ok_or(EnrolError::NotStarted)?.told;
    if let Some(wait) = admitted.own.account.user.typed.code_wait(TypedKind::Totp, app.now()) {
        let about =
            About::own(&admitted.own.account.user).with(serde_json::json!({ "reason": "codes wait" }));
        admitted.own.note(EventKind::MfaSetupRefused, about);
        return Err(EnrolError::Wait(wait));
    }
    match judged.judgement {
        Judgement::Right(steps) if steps.all().any(|step| row.told.contains(&step)) => {
            refuse_told(admitted).await?;
            Err(EnrolError::InvalidCode { clock_offset_seconds: None })
        }
        Judgement::Right(steps) => confirm(admitted, Right { row, steps, judged }).await,
        Judgement::SecondCodeNeeded => Err(EnrolError::SecondCodeNeeded),
        Judgement::Wrong(hint) => {
            let hint = hint.filter(|hint| has_room(&row.told, hint));
            refuse(admitted, Wrong { row: &row, hint }).await?;
            Err(EnrolError::InvalidCode { clock_offset_seconds: hint.map(|hint| hint.seconds) })
        }
    }
}

/// Whether what a hint tells of can be noted. Otherwise it is not given.
fn has_room(told: &[i64], hint: &Hint) -> bool {
    hint.foretold.is_none() || told.len() < MAX_TOLD
}

/// A candidate, and what the typed code is worth for it.
struct Judged {
    row: TotpCandidate,
    sheet: Sheet,
    judgement: Judgement,
    codes: Option<FirstCodes>,
}

impl Judged {
    async fn new(app: &App, caller: &Caller, opened: Opened, typed: &Typed<'_>) -> Result<Self, Internal> {
        let Opened { row, sheet } = opened;
        let asked = caller.live.account.tenant.settings.totp_enrollment_codes;
        let judgement = judge(&sheet.secret()?, typed, asked, app.now());
        let codes = match judgement {
            Judgement::Right(_) => FirstCodes::hash(app, row.user_id, sheet.codes()).await?,
            _ => None,
        };
        Ok(Self { row, sheet, judgement, codes })
    }
}

/// A wrong code for a candidate, and what may be told of it.
struct Wrong<'a> {
    row: &'a TotpCandidate,
    hint: Option<Hint>,
}

/// A wrong code counts like any other. What a hint tells of is noted with it.
async fn refuse(admitted: Admitted<'_>, Wrong { row, hint }: Wrong<'_>) -> Result<(), Internal> {
    let Admitted { own, .. } = admitted;
    if let Some(steps) = hint.and_then(|hint| hint.foretold) {
        let told: Vec<_> = row.told.iter().copied().chain(steps.all()).collect();
        tell_candidate(&own, row.id, &told).await?;
    }
    // In the order of their happening: the wrong code, then what it led to.
    own.record(EventKind::MfaSetupRefused, About::own(&own.account.user)).await?;
    second_factor::count_failure(&own, &own.account).await?;
    Ok(own.work.commit().await?)
}

/// Somebody was told when this code would be right. It is no guess, so it is not counted.
async fn refuse_told(admitted: Admitted<'_>) -> Result<(), Internal> {
    let Admitted { own, .. } = admitted;
    own.record(EventKind::MfaSetupRefused, About::own(&own.account.user)).await?;
    Ok(own.work.commit().await?)
}

/// A right code for a candidate, whose row is as it is in the transaction.
struct Right<'a> {
    row: TotpCandidate,
    steps: Steps,
    judged: &'a Judged,
}

/// The candidate as a factor; the step of the code that confirmed it is burned.
fn factor(admitted: &Admitted<'_>, right: &Right<'_>) -> Result<TotpFactor, Internal> {
    let Right { row, steps, judged } = right;
    Ok(TotpFactor {
        id: row.id,
        user_id: row.user_id,
        name: row.name.clone(),
        secret: judged.sheet.seal_secret(admitted.own.app, row.id)?,
        last_step: steps.last,
        limited_until: admitted.limited_until,
        created_at: admitted.own.now,
        last_used_at: None,
    })
}

/// The candidate goes, its factor comes.
async fn confirm(admitted: Admitted<'_>, right: Right<'_>) -> Result<Enrolled, EnrolError> {
    if !consume_candidate(&admitted.own.work, right.row.user_id, right.row.id).await? {
        return Err(EnrolError::NotStarted);
    }
    let factor = factor(&admitted, &right)?;
    insert(&admitted.own, &factor).await?;
    for step in right.row.told.into_iter().filter(|step| *step > factor.last_step) {
        spend_step(&admitted.own, factor.id, step).await?;
    }
    let proof = Proof::new(Method::Totp, admitted.own.now);
    let codes = right.judged.codes.clone();
    let confirmed = Confirmed { method: MethodView::from(&factor), proof, codes };
    Ok(admitted.finish(confirmed).await?)
}
