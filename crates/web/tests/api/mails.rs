//! How many mails leave, whoever causes them.

use serde_json::json;
use twinlock_service::{health, mail::MailBudgets, maintenance};
use twinlock_testkit::{Answer, Caller, TestApp, TestSettings, app::PASSWORD};

use crate::support::{enrolled, subjects, together};

const ACCOUNT: &str = "/api/v1/account";
const USERS: &str = "/api/v1/tenants/demo/users";
const DAY: i64 = 86_400;

async fn ask_address(caller: &Caller<'_>, email: &str) -> Answer {
    caller.patch(ACCOUNT, json!({ "email": email, "current_password": PASSWORD })).await
}

/// 429 with a time to wait for, and nothing done.
fn over_budget(answer: Answer) -> i64 {
    let answer = answer.refused(429, "too_many_attempts");
    assert!(answer.json()["detail"].as_str().is_some_and(|detail| !detail.is_empty()));
    answer.header("retry-after").parse().expect("seconds")
}

async fn with(mail: MailBudgets) -> TestApp {
    TestApp::with(TestSettings { mail, ..TestSettings::default() }).await
}

/// Somebody who asks for one new address after the other mails strangers; within a day no more than so many.
#[tokio::test]
async fn changes_of_ones_own_address_mail_few_strangers_a_day() {
    let test = TestApp::start().await;
    let mia = test.sign_in("mia").await;
    let (mut sent, mut waits) = (0, Vec::new());
    for number in 0..47 {
        match ask_address(&mia, &format!("stranger{number}@victim.example")).await {
            answer if answer.status == 200 => sent += 1,
            answer => waits.push(over_budget(answer)),
        }
        test.clock.advance_secs(1800);
        mia_is_kept_alive(&mia).await;
    }
    let strangers = test.mails().await.into_iter().filter(|mail| mail.to.ends_with("@victim.example"));
    assert_eq!((sent, strangers.count()), (19, 19), "{waits:?}");
    assert!(waits.iter().all(|wait| (1..DAY).contains(wait)), "{waits:?}");
}

/// A session is used within the hour.
async fn mia_is_kept_alive(mia: &Caller<'_>) {
    mia.get("/api/v1/auth/session").await.expect(200);
}

/// A refusal changes nothing, tells nobody, and is over when it says so.
#[tokio::test]
async fn a_refused_change_is_not_done_and_works_after_the_wait() {
    let test = with(MailBudgets { per_account: 2, ..MailBudgets::default() }).await;
    let mia = test.sign_in("mia").await;
    ask_address(&mia, "one@new.example").await.expect(200);
    let told = subjects(&test, "mia@demo.example").await.len();
    let wait = over_budget(ask_address(&mia, "two@new.example").await);
    assert_eq!(mia.get(ACCOUNT).await.json()["pending_email"], "one@new.example");
    assert_eq!(subjects(&test, "mia@demo.example").await.len(), told);
    assert!(subjects(&test, "two@new.example").await.is_empty());
    test.clock.advance_secs(wait);
    let mia = test.sign_in("mia").await;
    ask_address(&mia, "two@new.example").await.expect(200);
}

/// Of many requests at once no more pass than the budget has room for, on several nodes and both databases.
#[tokio::test]
async fn raced_requests_share_one_budget() {
    let test = with(MailBudgets { per_account: 6, ..MailBudgets::default() }).await;
    let mia = test.sign_in("mia").await;
    let asked = (0..12).map(|number| {
        let mia = &mia;
        async move { ask_address(mia, &format!("race{number}@victim.example")).await.status }
    });
    let answers = together(asked).await;
    let (done, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|status| *status == 200);
    assert_eq!((done.len(), refused.iter().filter(|status| **status == 429).count()), (3, 9));
    let strangers = test.mails().await.into_iter().filter(|mail| mail.to.ends_with("@victim.example"));
    assert_eq!(strangers.count(), 3);
}

/// An administrator cannot make a cannon of one person's invitation, by resending it or by changing the address.
#[tokio::test]
async fn an_invitation_is_sent_again_a_few_times_a_day() {
    let test = TestApp::start().await;
    let (olga, _) = enrolled(&test, "olga").await;
    let made = json!({ "username": "nora", "email": "nora@victim.example" });
    let nora = olga.post(USERS, made).await.expect(201).string("id");
    let path = format!("{USERS}/{nora}/invitation");
    let mut sent = 1;
    for _ in 0..30 {
        match olga.post(&path, json!({})).await {
            answer if answer.status == 200 => sent += 1,
            answer => {
                over_budget(answer);
            }
        }
    }
    assert_eq!((sent, subjects(&test, "nora@victim.example").await.len()), (10, 10));
    over_budget(olga.patch(&format!("{USERS}/{nora}"), json!({ "email": "other@victim.example" })).await);
    assert!(subjects(&test, "other@victim.example").await.is_empty());
}

/// The address counts in the form in which addresses are compared.
#[tokio::test]
async fn spellings_of_an_address_share_its_budget() {
    let test = with(MailBudgets { per_recipient: 2, ..MailBudgets::default() }).await;
    let (mia, bob) = (test.sign_in("mia").await, test.sign_in("bob").await);
    ask_address(&mia, "victim@b\u{fc}cher.example").await.expect(200);
    for spelling in ["Victim@xn--bcher-kva.example", "VICTIM@b\u{fc}cher.example"] {
        over_budget(ask_address(&bob, spelling).await);
    }
}

/// What strangers cause at an address keeps away neither the codes nor the warnings that its owner waits for.
#[tokio::test]
async fn letters_of_strangers_do_not_crowd_out_the_owners() {
    let test = with(MailBudgets { per_recipient: 2, ..MailBudgets::default() }).await;
    let otto = test.anonymous().sign_in("other", "otto", PASSWORD).await;
    ask_address(&otto, "mia@demo.example").await.expect(200);
    over_budget(ask_address(&otto, "MIA@demo.example").await);
    let mia = test.sign_in("mia").await;
    mia.post("/api/v1/account/mail-code", json!({})).await.expect(202);
    let asked = json!({ "tenant_id": "demo", "email": "mia@demo.example" });
    test.anonymous().post("/api/v1/auth/password-reset", asked).await.expect(202);
    test.app.settle().await;
    let change = json!({ "current_password": PASSWORD, "new_password": "seven blue doors in autumn" });
    mia.post("/api/v1/account/password", change).await.expect(200);
    let told = subjects(&test, "mia@demo.example").await;
    for subject in ["Confirm your address", "Your code", "Set a new password", "Your password was changed"] {
        assert_eq!(told.iter().filter(|one| *one == subject).count(), 1, "{told:?}");
    }
}

/// Warnings never get lost: of very many, one speaks for those that are not mailed one by one.
#[tokio::test]
async fn very_many_notices_are_summed_up_in_one() {
    let test = with(MailBudgets { per_recipient: 2, per_account: 1000, ..MailBudgets::default() }).await;
    let mia = test.sign_in("mia").await;
    for number in 0..9 {
        ask_address(&mia, &format!("new{number}@new.example")).await.expect(200);
    }
    let told = async || {
        let told = subjects(&test, "mia@demo.example").await;
        let count = |wanted: &str| told.iter().filter(|subject| *subject == wanted).count();
        (count("A new address was asked for"), count("A lot was done to your account"))
    };
    assert_eq!(told().await, (3, 0));
    let queue = health::mail_queue(&test.app).await.unwrap();
    assert_eq!((queue.waiting, queue.held), (1, 1));
    test.clock.advance_secs(DAY / 3);
    assert_eq!(told().await, (3, 1));
    assert_eq!(health::mail_queue(&test.app).await.unwrap().waiting, 0);
}

/// A table of many people is imported whole: the invitations that are over budget wait, and live from when they leave.
#[tokio::test]
async fn invitations_of_a_long_table_wait_for_their_turn() {
    let test = with(MailBudgets { per_tenant: 8, ..MailBudgets::default() }).await;
    let (olga, _) = enrolled(&test, "olga").await;
    let people: Vec<_> = (0..6).map(|n| format!("person{n},person{n}@demo.example")).collect();
    let table = format!("username,email\n{}\n", people.join("\n"));
    let path = format!("{USERS}/import");
    let done = olga.raw(axum::http::Method::POST, &path, "text/csv", table).await.expect(201).json();
    assert_eq!(done["invitations_queued"], 6);
    assert_eq!(done["invitations_sent_by"], done["rows"][5]["invited_at"]);
    let invited = async || {
        let mails = test.mails().await;
        mails.into_iter().filter(|mail| mail.to.starts_with("person")).collect::<Vec<_>>()
    };
    assert_eq!(invited().await.len(), 4);
    assert_eq!(health::mail_queue(&test.app).await.unwrap().held, 2);
    test.clock.advance_secs(DAY / 2);
    maintenance::tick(&test.app).await;
    let mails = invited().await;
    assert_eq!(mails.len(), 6);
    // Six days and more after the import, within seven of the mail.
    test.clock.advance_secs(7 * DAY - 60);
    let accept = json!({ "token": mails[5].token(), "password": PASSWORD });
    test.anonymous().post("/api/v1/auth/invitation/accept", accept).await.expect(200);
    let late = json!({ "token": mails[0].token(), "password": PASSWORD });
    test.anonymous().post("/api/v1/auth/invitation/accept", late).await.refused(401, "invalid_credentials");
}

/// Whoever asks for new passwords learns nothing and mails little: 202 always.
#[tokio::test]
async fn a_forgotten_password_is_answered_alike_over_budget() {
    let test = with(MailBudgets { per_recipient: 2, ..MailBudgets::default() }).await;
    for _ in 0..5 {
        for email in ["mia@demo.example", "nobody@demo.example"] {
            let asked = json!({ "tenant_id": "demo", "email": email });
            test.anonymous().post("/api/v1/auth/password-reset", asked).await.expect(202);
        }
        test.app.settle().await;
        test.clock.advance_secs(3600);
    }
    assert_eq!(subjects(&test, "mia@demo.example").await.len(), 2);
}
