//! The database fails in the middle of an act: all of it is undone, and to try again is safe.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use twinlock_testkit::{Answer, Caller, TestApp, app::PASSWORD, invariants};

const NEW: &str = "seven blue doors in autumn";

/// What is written in the course of some act; without a table, the statement that needs it fails.
const TABLES: [&str; 7] = [
    "audit_events",
    "outbox",
    "session_tokens",
    "recovery_codes",
    "pending_logins",
    "throttles",
    "totp_candidates",
];

#[derive(Clone, Copy, Debug)]
enum Act {
    Login,
    LoginWithRecoveryCode,
    LoginWithCode,
    SecondStep,
    Verify,
    NewCodes,
    Remove,
    Disable,
    Password,
    StepUp,
    Reset,
    EndOthers,
}

/// A request that can be sent again.
struct Prepared<'a> {
    by: Caller<'a>,
    method: Method,
    path: String,
    body: Value,
}

impl Prepared<'_> {
    async fn send(&self) -> Answer {
        self.by.call(self.method.clone(), &self.path, &self.body).await
    }
}

async fn prepare(test: &TestApp, act: Act) -> Prepared<'_> {
    let (_, phone) = test.enrolled("mia").await;
    let login = |name: &str, code: Option<&str>| json!({ "username": name, "password": PASSWORD, "tenant_id": "demo", "mfa_code": code });
    let fresh = async || test.anonymous().sign_in_with_code("mia", &phone.next_code()).await;
    let (by, path, body) = match act {
        Act::Login => (test.anonymous(), "/api/v1/auth/login", login("bob", None)),
        Act::LoginWithRecoveryCode => {
            (test.anonymous(), "/api/v1/auth/login", login("mia", Some(&phone.recovery_codes[0])))
        }
        Act::LoginWithCode => (test.anonymous(), "/api/v1/auth/login", login("mia", Some(&phone.code()))),
        Act::SecondStep => {
            let first = test.anonymous().login("demo", "mia", PASSWORD, None).await.expect(200);
            let body = json!({ "mfa_token": first.string("mfa_token"), "mfa_code": phone.code() });
            (test.anonymous(), "/api/v1/auth/mfa", body)
        }
        Act::Verify => {
            let bob = test.sign_in("bob").await;
            let setup = bob.post("/api/v1/mfa/setup", json!({})).await.expect(200).json();
            let code = twinlock_testkit::Authenticator::of(test, &setup).code();
            (bob, "/api/v1/mfa/verify", json!({ "code": code }))
        }
        Act::NewCodes => (fresh().await, "/api/v1/mfa/recovery-codes", json!({})),
        Act::Remove => {
            let mia = fresh().await;
            let overview = mia.get("/api/v1/mfa").await.expect(200).json();
            let id = overview["methods"][0]["id"].as_str().unwrap().to_owned();
            let path = format!("/api/v1/mfa/methods/{id}");
            return Prepared { by: mia, method: Method::DELETE, path, body: json!({}) };
        }
        Act::Disable => (fresh().await, "/api/v1/mfa/disable", json!({})),
        Act::Password => {
            let body = json!({ "current_password": PASSWORD, "new_password": NEW });
            (fresh().await, "/api/v1/account/password", body)
        }
        Act::StepUp => {
            let mia = fresh().await;
            (mia, "/api/v1/auth/step-up", json!({ "code": phone.next_code() }))
        }
        Act::Reset => {
            let token = test.reset_token("demo", "mia@demo.example").await;
            let body = json!({ "token": token, "new_password": NEW });
            (test.anonymous(), "/api/v1/auth/password-reset/confirm", body)
        }
        Act::EndOthers => {
            let mia = fresh().await;
            return Prepared {
                by: mia,
                method: Method::DELETE,
                path: "/api/v1/sessions".into(),
                body: json!({}),
            };
        }
    };
    Prepared { by, method: Method::POST, path: path.to_owned(), body }
}

/// Everything of the database that an act may change, but for counters of throttling and addresses of use.
async fn content(test: &TestApp) -> Vec<(String, Vec<u8>)> {
    let cells = test.cells().await;
    let changing = ["throttles.", "meta.", "sqlite_"];
    let mut kept: Vec<_> = cells
        .into_iter()
        .filter(|cell| !changing.iter().any(|prefix| cell.place.starts_with(prefix)))
        .map(|cell| (cell.place, cell.bytes))
        .collect();
    kept.sort_unstable();
    kept
}

/// Whichever statement of an act fails, nothing of the act is left, the answer tells no internals, and once the
/// fault is gone the same request does it all. `needed` of the tables are written in its course.
async fn is_done_whole_or_not_at_all(act: Act, needed: usize) {
    let mut failed = 0;
    for table in TABLES {
        let test = TestApp::start().await;
        let prepared = prepare(&test, act).await;
        let before = content(&test).await;
        test.by_hand(&format!("ALTER TABLE {table} RENAME TO elsewhere")).await;
        let answer = prepared.send().await;
        test.by_hand(&format!("ALTER TABLE elsewhere RENAME TO {table}")).await;
        if answer.status.is_success() {
            continue;
        }
        failed += 1;
        assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "{act:?}, {table}");
        let text = answer.text();
        assert!(!text.contains(table) && !text.contains("table") && answer.code() == "internal", "{text}");
        assert!(content(&test).await == before, "{act:?} left something behind without {table}");
        let again = prepared.send().await;
        assert!(again.status.is_success(), "{act:?}, {table}: {}", again.text());
        assert_eq!(invariants::violations(test.database.store()).await, [""; 0], "{act:?}, {table}");
    }
    assert_eq!(failed, needed, "{act:?}");
}

/// attacks.md row 98: a fault in the middle of an act. One test for each act: they run side by side.
mod whole_or_not_at_all {
    use super::{Act, is_done_whole_or_not_at_all};

    macro_rules! acts {
        ($($name:ident: $act:ident, $needed:literal;)*) => { $(
            #[tokio::test]
            async fn $name() {
                is_done_whole_or_not_at_all(Act::$act, $needed).await;
            }
        )* };
    }

    acts! {
        login: Login, 4;
        login_with_recovery_code: LoginWithRecoveryCode, 5;
        login_with_code: LoginWithCode, 4;
        second_step: SecondStep, 4;
        verify: Verify, 6;
        new_codes: NewCodes, 4;
        remove: Remove, 6;
        disable: Disable, 6;
        password: Password, 7;
        step_up: StepUp, 3;
        reset: Reset, 6;
        end_others: EndOthers, 5;
    }
}
