//! What is true of the database after every act, finished or not: the invariants of the attack catalogue.

use std::collections::HashMap;

use twinlock_core::{
    assurance::Proofs,
    audit::EventKind,
    ids::{SessionId, TenantId, UserId},
};
use twinlock_store::{
    Run, Store, StoreError,
    audit::Event,
    row::{FromRow, Row},
    users,
    users::Standing,
};

/// Everything that is wrong in this database; empty for a good one.
///
/// What the audit log lacks because somebody wrote to the database by hand is wrong, too.
pub async fn violations(store: &Store) -> Vec<String> {
    let events: Vec<Event> = store.all("SELECT * FROM audit_events", vec![]).await.expect("the audit log");
    let people: Vec<Person> = store.all(PEOPLE, vec![]).await.expect("the people");
    let sessions: Vec<Session> = store.all(SESSIONS, vec![]).await.expect("the sessions");
    let mut wrong = Vec::new();
    for person in &people {
        let own: Vec<_> = events.iter().filter(|event| event.user_id == Some(person.id)).collect();
        let faults = of_person(person, &Tally::of(&own));
        wrong.extend(faults.into_iter().map(|fault| format!("{}: {fault}", person.name)));
        wrong.extend(of_standing(store, person).await);
    }
    let without: Vec<Text> = store.all(WITHOUT_TOKEN, vec![]).await.expect("the tokens");
    wrong.extend(without.into_iter().map(|Text(user)| format!("a session of {user} without a live token")));
    let shown: Vec<Text> = store.all(SHOWN_IN_VAIN, vec![]).await.expect("the codes to be shown");
    wrong.extend(shown.into_iter().map(|Text(user)| format!("codes of {user} that nobody may be shown")));
    for session in &sessions {
        let own: Vec<_> = events.iter().filter(|event| event.user_id == Some(session.user)).collect();
        wrong.extend(of_session(session, &own).map(|fault| format!("session {}: {fault}", session.id)));
    }
    wrong.extend(of_counts(store).await);
    if store.is_sqlite() {
        wrong.extend(of_file(store).await);
    }
    wrong
}

/// How often each thing happened to a person.
struct Tally(HashMap<EventKind, i64>);

impl Tally {
    fn of(events: &[&Event]) -> Self {
        let mut counts = HashMap::new();
        for event in events {
            *counts.entry(event.kind).or_default() += 1;
        }
        Self(counts)
    }

    fn count(&self, kinds: &[EventKind]) -> i64 {
        kinds.iter().map(|kind| self.0.get(kind).copied().unwrap_or_default()).sum()
    }
}

fn of_person(person: &Person, happened: &Tally) -> Vec<&'static str> {
    use EventKind::{
        FactorAdded, FactorRemoved, MfaDisabled, MfaEnabled, MfaReset, RecoveryCodeUsed,
        RecoveryCodesRegenerated,
    };
    let made = happened.count(&[MfaEnabled, FactorAdded]);
    let cleared = happened.count(&[MfaDisabled, MfaReset]) > 0;
    let sets = happened.count(&[MfaEnabled, RecoveryCodesRegenerated]);
    let uses = happened.count(&[RecoveryCodeUsed]);
    let rules = [
        (person.sets > 0 && person.factors == 0, "recovery codes without a factor"),
        (person.codes != person.sets * 10, "a set of recovery codes that is not whole"),
        (person.used > uses, "a used recovery code that no event tells of"),
        (sets == 1 && person.sets == 1 && person.used != uses, "a used recovery code that is not used up"),
        (person.factors > made, "a factor that no event tells of"),
        (person.recorded != person.kinds, "kinds of factors that are not those of the factors"),
        (
            !cleared && person.factors != made - happened.count(&[FactorRemoved]),
            "a factor that went without an event",
        ),
    ];
    rules.into_iter().filter(|(broken, _)| *broken).map(|(_, fault)| fault).collect()
}

fn of_session(session: &Session, own: &[&Event]) -> Option<&'static str> {
    use EventKind::{FactorAdded, MfaEnabled, SignInEnrollmentDue, SignInSucceeded, StepUpSucceeded};
    let id = session.id.to_string();
    let begun = own
        .iter()
        .find(|e| [SignInSucceeded, SignInEnrollmentDue].contains(&e.kind) && e.detail["session"] == *id);
    let Some(begun) = begun else { return Some("no sign-in tells of it") };
    if begun.tenant_id != Some(session.tenant) {
        return Some("it is told of in another tenant");
    }
    if session.given {
        return Some("it was opened with a password that somebody else chose");
    }
    let with_factor = begun.detail["amr"].as_array().is_some_and(|amr| amr.iter().any(|m| m == "mfa"));
    let raised = own.iter().any(|e| [MfaEnabled, FactorAdded, StepUpSucceeded].contains(&e.kind));
    let claims = session.proofs.as_ref().is_some_and(Proofs::is_multi_factor);
    (claims && !with_factor && !raised).then_some("two locks that no event tells of")
}

/// Whether a person counts as what they have.
async fn of_standing(store: &Store, person: &Person) -> Option<String> {
    let account = users::account(store, person.id).await.expect("the account")?;
    let (kept, actual) = (account.standing, Standing::of(&account.factors));
    (kept != actual).then(|| format!("{}: counts as {kept:?}, and is {actual:?}", person.name))
}

/// Whether the numbers that dashboards read are those of the people.
async fn of_counts(store: &Store) -> Option<String> {
    let kept = "SELECT tenant_id, factor_kinds, people, at_risk, invited FROM user_counts \
        WHERE people <> 0 OR at_risk <> 0 OR invited <> 0 ORDER BY tenant_id, factor_kinds";
    let counted = "SELECT tenant_id, factor_kinds, count(CASE WHEN status = 'active' THEN 1 END) AS people, \
        count(CASE WHEN status = 'active' AND at_risk = 1 THEN 1 END) AS at_risk, \
        count(CASE WHEN status = 'invited' THEN 1 END) AS invited FROM users \
        WHERE status <> 'suspended' GROUP BY tenant_id, factor_kinds ORDER BY tenant_id, factor_kinds";
    let kept: Vec<Count> = store.all(kept, vec![]).await.expect("the counts");
    let counted: Vec<Count> = store.all(counted, vec![]).await.expect("the people");
    (kept != counted).then(|| format!("counts that are not those of the people: {kept:?}, not {counted:?}"))
}

/// What the database itself can tell of broken references and pages.
async fn of_file(store: &Store) -> Vec<String> {
    let references = "SELECT \"table\" AS what FROM pragma_foreign_key_check";
    let pages = "SELECT integrity_check AS what FROM pragma_integrity_check WHERE integrity_check <> 'ok'";
    let mut wrong = Vec::new();
    for (name, sql) in [("a reference into nothing", references), ("a broken page", pages)] {
        let found: Vec<Text> = store.all(sql, vec![]).await.expect("the check runs");
        wrong.extend(found.into_iter().map(|Text(what)| format!("{name}: {what}")));
    }
    wrong
}

const PEOPLE: &str = "SELECT u.id, u.username, u.factor_kinds, \
    CAST(CASE WHEN EXISTS (SELECT 1 FROM totp_factors f WHERE f.user_id = u.id) THEN 1 ELSE 0 END \
    + CASE WHEN EXISTS (SELECT 1 FROM security_keys k WHERE k.user_id = u.id) THEN 2 ELSE 0 END AS BIGINT) \
    AS kinds, \
    (SELECT count(*) FROM totp_factors f WHERE f.user_id = u.id) \
    + (SELECT count(*) FROM security_keys k WHERE k.user_id = u.id) AS factors, \
    (SELECT count(*) FROM recovery_sets r WHERE r.user_id = u.id) AS sets, \
    (SELECT count(*) FROM recovery_sets r JOIN recovery_codes c ON c.set_id = r.id WHERE r.user_id = u.id) \
    AS codes, \
    (SELECT count(c.used_at) FROM recovery_sets r JOIN recovery_codes c ON c.set_id = r.id \
    WHERE r.user_id = u.id) AS used FROM users u";

/// An open session has exactly one live token; that it has no second is an index's.
const WITHOUT_TOKEN: &str = "SELECT u.username AS what FROM sessions s JOIN users u ON u.id = s.user_id \
    WHERE s.ended_at IS NULL AND NOT EXISTS (SELECT 1 FROM session_tokens k WHERE k.session_id = s.id \
    AND k.ends_at IS NULL) AND s.id IN (SELECT session_id FROM session_tokens)";

/// Codes are kept to be shown only to an open session of their owner's, and only until they are saved.
const SHOWN_IN_VAIN: &str = "SELECT u.username AS what FROM shown_codes c JOIN recovery_sets r ON r.id = c.set_id \
    JOIN users u ON u.id = r.user_id JOIN sessions s ON s.id = c.session_id \
    WHERE r.saved_at IS NOT NULL OR s.ended_at IS NOT NULL OR s.user_id <> r.user_id";

const SESSIONS: &str = "SELECT s.id, s.user_id, u.tenant_id, u.password_given_at, k.proofs FROM sessions s \
    JOIN users u ON u.id = s.user_id LEFT JOIN session_tokens k ON k.session_id = s.id";

struct Person {
    id: UserId,
    name: String,
    recorded: i64,
    kinds: i64,
    factors: i64,
    sets: i64,
    codes: i64,
    used: i64,
}

impl FromRow for Person {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id("id")?,
            name: row.text("username")?,
            recorded: row.int("factor_kinds")?,
            kinds: row.int("kinds")?,
            factors: row.int("factors")?,
            sets: row.int("sets")?,
            codes: row.int("codes")?,
            used: row.int("used")?,
        })
    }
}

/// How many people of a tenant have which kinds of factors, how many are at risk, and how many only invited.
#[derive(Debug, PartialEq, Eq)]
struct Count {
    tenant: TenantId,
    kinds: i64,
    people: i64,
    at_risk: i64,
    invited: i64,
}

impl FromRow for Count {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            tenant: row.id("tenant_id")?,
            kinds: row.int("factor_kinds")?,
            people: row.int("people")?,
            at_risk: row.int("at_risk")?,
            invited: row.int("invited")?,
        })
    }
}

/// A session with one of its tokens.
struct Session {
    id: SessionId,
    user: UserId,
    tenant: TenantId,
    given: bool,
    proofs: Option<Proofs>,
}

impl FromRow for Session {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        let proofs = row.opt_text("proofs")?.map(|text| serde_json::from_str(&text).expect("proofs"));
        let given = row.opt_time("password_given_at")?.is_some();
        Ok(Self { id: row.id("id")?, user: row.id("user_id")?, tenant: row.id("tenant_id")?, given, proofs })
    }
}

struct Text(String);

impl FromRow for Text {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self(row.text("what")?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TestApp;

    async fn wrong(test: &TestApp) -> String {
        violations(test.database.store()).await.join(", ")
    }

    #[tokio::test]
    async fn a_good_database_has_none_and_a_meddled_one_does() {
        let test = TestApp::start().await;
        let (_, phone) = test.enrolled("mia").await;
        test.anonymous().sign_in_with_code("mia", &phone.recovery_codes[0]).await;
        assert_eq!(wrong(&test).await, "");
        for (sql, fault) in [
            ("DELETE FROM recovery_codes WHERE used_at IS NOT NULL", "not whole"),
            ("DELETE FROM audit_events WHERE type = 'sign_in.succeeded'", "no sign-in tells of it"),
            ("UPDATE user_counts SET people = people + 1", "counts that are not those of the people"),
            ("UPDATE user_counts SET invited = invited + 1", "counts that are not those of the people"),
            ("UPDATE user_counts SET at_risk = at_risk + 1", "counts that are not those of the people"),
            ("UPDATE users SET at_risk = 1", "counts as"),
            ("UPDATE users SET factor_kinds = 2", "kinds of factors that are not those"),
            ("DELETE FROM totp_factors", "codes without a factor"),
            ("DELETE FROM audit_events", "no sign-in"),
        ] {
            test.by_hand(sql).await;
            let wrong = wrong(&test).await;
            assert!(wrong.contains(fault), "{sql}: {wrong}");
        }
    }
}
