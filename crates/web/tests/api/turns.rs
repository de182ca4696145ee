//! A person's own act meets an administrator's on the same person: every pair, eight requests at a time. Whoever comes
//! second may be refused; nobody's request fails because the two waited for each other.

use serde_json::{Value, json};
use twinlock_core::user::Role;
use twinlock_service::admin::{self, CreateUser};
use twinlock_testkit::{Answer, Authenticator, Caller, TestApp, app::PASSWORD, security_key::SecurityKey};

use crate::{
    keys::support::{ORIGIN, creation_options, send_registration},
    support::{enrolled, together},
};

mod acts;

use acts::{Administrators, Own};

const USERS: &str = "/api/v1/tenants/demo/users";
const SETTINGS: &str = "/api/v1/tenants/demo/settings";

/// The owner, with a factor that was shown lately.
struct Owner<'a> {
    caller: Caller<'a>,
    phone: Authenticator<'a>,
}

impl Owner<'_> {
    /// A minute passes: codes of both are fresh ones, and what the owner has shown still counts.
    async fn wait(&mut self) {
        let code = self.phone.next_code();
        self.caller.step_up(&code).await;
    }
}

/// Somebody with a factor, two sessions, and a half-finished set-up of another factor.
struct Member<'a> {
    name: String,
    id: String,
    caller: Caller<'a>,
    phone: Authenticator<'a>,
    elsewhere: String,
    factor: String,
    candidate: Authenticator<'a>,
}

impl<'a> Member<'a> {
    /// Each comes from an address of their own.
    async fn new(test: &'a TestApp, owner: &mut Owner<'a>, number: usize) -> Member<'a> {
        let name = format!("member{number}");
        let wanted = CreateUser {
            username: name.clone(),
            email: Some(format!("{name}@demo.example")),
            display_name: None,
            role: Role::Member,
            password: Some(PASSWORD.to_owned().into()),
        };
        let id = admin::create_user(&test.app, "demo", wanted).await.unwrap().user.id.to_string();
        let address = format!("10.0.0.{}", number + 1);
        let mut caller = test.anonymous().at(&address).sign_in("demo", &name, PASSWORD).await;
        let phone = caller.enrol().await;
        owner.wait().await;
        let other =
            caller.login("demo", &name, PASSWORD, Some(&phone.code())).await.expect(200).string("token");
        let elsewhere =
            caller.clone().with_token(&other).get("/api/v1/auth/session").await.expect(200).json();
        owner.wait().await;
        caller.step_up(&phone.code()).await;
        let factors = caller.get("/api/v1/mfa").await.expect(200).json();
        let setup = caller.post("/api/v1/mfa/setup", json!({ "name": "Tablet" })).await.expect(200).json();
        owner.wait().await;
        Self {
            name,
            id,
            phone,
            elsewhere: elsewhere["session"]["id"].as_str().unwrap().to_owned(),
            factor: factors["methods"][0]["id"].as_str().unwrap().to_owned(),
            candidate: Authenticator::of(test, &setup),
            caller,
        }
    }

    fn page(&self) -> String {
        format!("{USERS}/{}", self.id)
    }
}

async fn settle(owner: &Owner<'_>, settings: Value) {
    owner.caller.patch(SETTINGS, settings).await.expect(200);
}

/// Lets each of these acts meet every act of an administrator. Each is done at least once by somebody.
async fn meet_every_act_of_an_administrator(acts: &[Own]) {
    let test = TestApp::start().await;
    let (caller, phone) = enrolled(&test, "olga").await;
    let mut owner = Owner { caller, phone };
    let mut number = 0;
    for own in acts {
        let mut done = 0;
        for act in Administrators::ALL {
            number += 1;
            let member = Member::new(&test, &mut owner, number).await;
            let answers = meet(&owner, &member, (*own, act)).await;
            for (who, answer) in &answers {
                assert!(answer.status.as_u16() < 500, "{own:?} and {act:?}: {who} got {}", answer.text());
            }
            done += answers
                .iter()
                .filter(|(who, answer)| *who == "the person" && answer.status.is_success())
                .count();
            settle(&owner, json!({ "mfa_required": false })).await;
        }
        assert!(done > 0, "{own:?} was never done");
    }
}

async fn meet(
    owner: &Owner<'_>,
    member: &Member<'_>,
    acts: (Own, Administrators),
) -> Vec<(&'static str, Answer)> {
    let (own, act) = acts;
    let one = |number: usize| async move {
        if number.is_multiple_of(2) {
            ("the person", own.by(member, number).await)
        } else {
            ("the owner", act.by(owner, member, number).await)
        }
    };
    together((0..8).map(one)).await
}

#[tokio::test]
async fn changes_of_names_and_credentials_meet_every_act_of_an_administrator() {
    meet_every_act_of_an_administrator(&[Own::DisplayName, Own::Password, Own::Address, Own::MailCode]).await;
}

#[tokio::test]
async fn changes_of_factors_meet_every_act_of_an_administrator() {
    meet_every_act_of_an_administrator(&[Own::Setup, Own::Verify, Own::RenameFactor, Own::Prefer]).await;
}

#[tokio::test]
async fn removals_of_factors_meet_every_act_of_an_administrator() {
    meet_every_act_of_an_administrator(&[
        Own::RemoveFactor,
        Own::Disable,
        Own::RegenerateCodes,
        Own::KeyOptions,
    ])
    .await;
}

#[tokio::test]
async fn signing_in_and_out_meets_every_act_of_an_administrator() {
    let acts = [Own::SignIn, Own::StepUp, Own::Logout, Own::EndSession, Own::EndOthers];
    meet_every_act_of_an_administrator(&acts).await;
}

/// What no order of ours rules out: the database ends the request's transaction, and nobody notices.
#[tokio::test]
async fn a_transaction_that_the_database_ended_is_begun_anew() {
    let test = TestApp::start().await;
    if test.database.backend_name() == "sqlite" {
        return;
    }
    let (owner, phone) = enrolled(&test, "olga").await;
    let mia = person(&owner, "mia").await;
    let first = format!("SELECT id FROM users WHERE id = '{mia}' FOR UPDATE");
    let second = "SELECT id FROM tenants WHERE slug = 'demo' FOR UPDATE";
    let page = format!("{USERS}/{mia}");
    let act = owner.patch(&page, json!({ "display_name": "Mia M" }));
    let answer = test.database.cross(act, &first, second).await;
    assert_eq!(answer.expect(200).string("display_name"), "Mia M");

    // A code that was used up in the transaction that ended is good in the next.
    let olga = person(&owner, "olga").await;
    let first = format!("SELECT user_id FROM totp_factors WHERE user_id = '{olga}' FOR UPDATE");
    let second = format!("SELECT id FROM users WHERE id = '{olga}' FOR UPDATE");
    let act = owner.post("/api/v1/auth/step-up", json!({ "code": phone.next_code() }));
    test.database.cross(act, &first, &second).await.expect(200);
}

/// The same at the end of an enrollment: the codes that were shown are the ones that count.
#[tokio::test]
async fn an_enrollment_that_the_database_ended_is_begun_anew() {
    let test = TestApp::start().await;
    if test.database.backend_name() == "sqlite" {
        return;
    }
    let owner = test.sign_in("olga").await;
    let (mia, bob) = (test.sign_in("mia").await, test.sign_in("bob").await);
    let waiting =
        |table: &str, id: &str| format!("SELECT user_id FROM {table} WHERE user_id = '{id}' FOR UPDATE");
    let held = |id: &str| format!("SELECT id FROM users WHERE id = '{id}' FOR UPDATE");

    let setup = mia.post("/api/v1/mfa/setup", json!({})).await.expect(200).json();
    let phone = Authenticator::of(&test, &setup);
    let id = person(&owner, "mia").await;
    let act = mia.post("/api/v1/mfa/verify", json!({ "code": phone.code() }));
    test.database.cross(act, &waiting("totp_candidates", &id), &held(&id)).await.expect(200);
    let login = test.anonymous().login("demo", "mia", PASSWORD, Some(&phone.recovery_codes[0])).await;
    assert_eq!(login.expect(200).json()["recovery_codes_remaining"], 9);

    let options = creation_options(&bob, "security_key").await;
    let credential = SecurityKey::new(7).register(&options, ORIGIN);
    let id = person(&owner, "bob").await;
    let act = send_registration(&bob, &credential);
    let answer = test.database.cross(act, &waiting("webauthn_challenges", &id), &held(&id)).await;
    assert_eq!(answer.expect(201).json()["backup_codes"].as_array().unwrap().len(), 10);
}

async fn person(by: &Caller<'_>, name: &str) -> String {
    let found = by.get(&format!("{USERS}?search={name}")).await.expect(200).json();
    found["items"][0]["id"].as_str().unwrap().to_owned()
}
