//! Changing one's password.

use twinlock_core::assurance::LIMITED_SECS;
use twinlock_core::clock::Clock;
use twinlock_service::{
    Caller, Issued,
    account::{ChangePassword, ChangePasswordError, MailCodeMissing, change_password},
    login::LoginError,
    mail_code::{self, SendError},
    recover,
};
use twinlock_store::users;

use crate::world::{NEW_PASSWORD, PASSWORD, World, client, secret};

async fn change(
    world: &World,
    caller: &Caller,
    current: &str,
    new: &str,
    mail_code: Option<&str>,
) -> Result<Issued, ChangePasswordError> {
    let wish = ChangePassword {
        current_password: secret(current),
        new_password: secret(new),
        mail_code: mail_code.map(str::to_owned),
    };
    change_password(&world.app, &client(), caller, wish).await
}

/// attacks.md row 45: a new password ends every other session; the acting one goes on.
#[tokio::test]
async fn a_new_password_ends_all_other_sessions() {
    let world = World::new().await;
    let other = world.try_sign_in("ben", PASSWORD).await.unwrap();
    let own = world.try_sign_in("ben", PASSWORD).await.unwrap();
    let caller = world.caller(&own).await.unwrap();
    let fresh = change(&world, &caller, PASSWORD, NEW_PASSWORD, None).await.unwrap();
    assert_eq!(fresh.session.id, own.session.id);
    assert!(world.caller(&fresh).await.is_some());
    assert!(world.caller(&other).await.is_none());
    assert!(matches!(world.try_sign_in("ben", PASSWORD).await, Err(LoginError::InvalidCredentials)));
    assert!(world.try_sign_in("ben", NEW_PASSWORD).await.is_ok());
    assert!(world.audit().await.contains(&"account.password_changed"));
}

#[tokio::test]
async fn the_person_is_told_when_and_from_where() {
    let world = World::new().await;
    let caller = world.sign_in("ben").await;
    change(&world, &caller, PASSWORD, NEW_PASSWORD, None).await.unwrap();
    let mail = world.mail().await;
    assert_eq!((mail.to.as_str(), mail.subject.as_str()), ("ben@demo.example", "Your password was changed"));
    assert!(mail.from.contains("Demo & Söhne"), "{}", mail.from);
    for fact in
        ["Account: ben", "When: 2 March 2026, 10:00 UTC", "From: 203.0.113.7", "With: Firefox on Linux"]
    {
        assert!(mail.text.contains(fact), "{}", mail.text);
    }
    assert!(mail.text.contains("\nhttps://id.example/help/mfa\n"), "{}", mail.text);
    assert!(mail.html.contains("Demo &#38; Söhne"), "{}", mail.html);
}

/// attacks.md row 32: a reset link that was sent before dies with a new password.
#[tokio::test]
async fn a_new_password_kills_reset_links() {
    let world = World::new().await;
    recover::request(&world.app, &client(), "demo", "ben@demo.example");
    let token = world.mail().await.token();
    let caller = world.sign_in("ben").await;
    change(&world, &caller, PASSWORD, NEW_PASSWORD, None).await.unwrap();
    assert!(recover::peek(&world.app, &token).await.unwrap().is_none());
}

/// attacks.md row 33: a stolen session cannot guess its way to a new password.
#[tokio::test]
async fn wrong_current_passwords_are_counted_like_wrong_sign_ins() {
    let world = World::new().await;
    let caller = world.sign_in("ben").await;
    for n in 0..10 {
        let refused = change(&world, &caller, &format!("wrong {n}"), NEW_PASSWORD, None).await;
        assert!(matches!(refused, Err(ChangePasswordError::InvalidCredentials)), "{refused:?}");
    }
    let waiting = change(&world, &caller, PASSWORD, NEW_PASSWORD, None).await;
    assert!(matches!(waiting, Err(ChangePasswordError::TooMany(1))), "{waiting:?}");
    world.clock.advance_secs(1);
    assert!(change(&world, &caller, PASSWORD, NEW_PASSWORD, None).await.is_ok());
}

#[tokio::test]
async fn a_weak_new_password_is_refused() {
    let world = World::new().await;
    let caller = world.sign_in("ben").await;
    for weak in ["short", "demo söhne ben", "passwordpassword"] {
        let refused = change(&world, &caller, PASSWORD, weak, None).await;
        assert!(matches!(refused, Err(ChangePasswordError::Weak(_))), "{weak}");
    }
    assert!(world.try_sign_in("ben", PASSWORD).await.is_ok());
}

/// attacks.md row 33: with a second factor, the password alone does not change the password.
#[tokio::test]
async fn with_a_second_factor_a_fresh_proof_of_it_is_needed() {
    let world = World::new().await;
    let issued = world.try_sign_in("ben", PASSWORD).await.unwrap();
    world.give_app(issued.session.user_id).await;
    let caller = world.caller(&issued).await.unwrap();
    let refused = change(&world, &caller, PASSWORD, NEW_PASSWORD, None).await;
    let Err(ChangePasswordError::StepUp(step_up)) = refused else { panic!("{refused:?}") };
    assert_eq!(step_up.methods, ["totp"]);
}

/// The factor that was enrolled after the request began counts as well.
#[tokio::test]
async fn a_caller_known_from_before_the_enrollment_is_refused() {
    let world = World::new().await;
    let caller = world.sign_in("ben").await;
    world.give_app(caller.live.account.user.id).await;
    let refused = change(&world, &caller, PASSWORD, NEW_PASSWORD, None).await;
    assert!(matches!(refused, Err(ChangePasswordError::StepUp(_))), "{refused:?}");
}

#[tokio::test]
async fn an_ended_session_changes_nothing() {
    let world = World::new().await;
    let caller = world.sign_in("ben").await;
    twinlock_service::sessions::logout(&world.app, &client(), &caller).await.unwrap();
    let refused = change(&world, &caller, PASSWORD, NEW_PASSWORD, None).await;
    assert!(matches!(refused, Err(ChangePasswordError::Ended)), "{refused:?}");
    assert!(world.try_sign_in("ben", PASSWORD).await.is_ok());
}

async fn limited(world: &World, name: &str) -> std::sync::Arc<Caller> {
    let user = world.account(name).await.user.id;
    let tx = world.app.store().begin().await.unwrap();
    users::set_limited_until(&tx, user, world.clock.now().plus_secs(LIMITED_SECS)).await.unwrap();
    tx.commit().await.unwrap();
    world.sign_in(name).await
}

/// attacks.md row 37: for a day, what a recovery code opened does not open the password.
#[tokio::test]
async fn a_limited_account_needs_a_code_from_its_mailbox() {
    let world = World::new().await;
    let caller = limited(&world, "ben").await;
    let refused = change(&world, &caller, PASSWORD, NEW_PASSWORD, None).await;
    assert!(matches!(refused, Err(ChangePasswordError::MailCode(MailCodeMissing::NotGiven))), "{refused:?}");
    mail_code::send(&world.app, &client(), &caller).await.unwrap();
    let code = code_in(&world.mail().await.text);
    let refused = change(&world, &caller, PASSWORD, NEW_PASSWORD, Some(&next(&code))).await;
    assert!(matches!(refused, Err(ChangePasswordError::MailCode(MailCodeMissing::Wrong))), "{refused:?}");
    let spaced = format!(" {} {}", &code[..4], &code[4..]);
    change(&world, &caller, PASSWORD, NEW_PASSWORD, Some(&spaced)).await.unwrap();
}

#[tokio::test]
async fn a_wrong_password_does_not_use_up_the_mailed_code() {
    let world = World::new().await;
    let caller = limited(&world, "ben").await;
    mail_code::send(&world.app, &client(), &caller).await.unwrap();
    let code = code_in(&world.mail().await.text);
    assert!(change(&world, &caller, "wrong", NEW_PASSWORD, Some(&code)).await.is_err());
    assert!(change(&world, &caller, PASSWORD, NEW_PASSWORD, Some(&code)).await.is_ok());
}

/// Five tries, ten minutes, once.
#[tokio::test]
async fn a_mailed_code_has_few_tries_a_short_life_and_works_once() {
    let world = World::new().await;
    let caller = limited(&world, "ben").await;
    let app = &world.app;
    mail_code::send(app, &client(), &caller).await.unwrap();
    let code = code_in(&world.mail().await.text);
    for _ in 0..5 {
        assert!(change(&world, &caller, PASSWORD, NEW_PASSWORD, Some(&next(&code))).await.is_err());
    }
    let refused = change(&world, &caller, PASSWORD, NEW_PASSWORD, Some(&code)).await;
    assert!(matches!(refused, Err(ChangePasswordError::MailCode(MailCodeMissing::Wrong))), "{refused:?}");

    mail_code::send(app, &client(), &caller).await.unwrap();
    let code = code_in(&world.mail().await.text);
    world.clock.advance_secs(600);
    let refused = change(&world, &caller, PASSWORD, NEW_PASSWORD, Some(&code)).await;
    assert!(matches!(refused, Err(ChangePasswordError::MailCode(MailCodeMissing::Wrong))), "{refused:?}");

    mail_code::send(app, &client(), &caller).await.unwrap();
    let code = code_in(&world.mail().await.text);
    let issued = change(&world, &caller, PASSWORD, NEW_PASSWORD, Some(&code)).await.unwrap();
    let caller = world.caller(&issued).await.unwrap();
    let again = change(&world, &caller, NEW_PASSWORD, "another plum lantern orbits", Some(&code)).await;
    assert!(matches!(again, Err(ChangePasswordError::MailCode(MailCodeMissing::Wrong))), "{again:?}");
}

#[tokio::test]
async fn three_codes_are_sent_in_a_quarter_of_an_hour_and_only_the_last_lives() {
    let world = World::new().await;
    let caller = limited(&world, "ben").await;
    for _ in 0..3 {
        mail_code::send(&world.app, &client(), &caller).await.unwrap();
        world.clock.advance_secs(60);
    }
    let refused = mail_code::send(&world.app, &client(), &caller).await;
    assert!(matches!(refused, Err(SendError::TooMany(720))), "{refused:?}");
    let first = code_in(&world.mails().await[0].text);
    let refused = change(&world, &caller, PASSWORD, NEW_PASSWORD, Some(&first)).await;
    assert!(matches!(refused, Err(ChangePasswordError::MailCode(MailCodeMissing::Wrong))), "{refused:?}");
    world.clock.advance_secs(720);
    mail_code::send(&world.app, &client(), &caller).await.unwrap();
}

/// attacks.md row 35: a code that was mailed to one person is nothing in another's hands.
#[tokio::test]
async fn a_mailed_code_is_one_persons() {
    let world = World::new().await;
    let (ben, eve) = (limited(&world, "ben").await, limited(&world, "eve").await);
    mail_code::send(&world.app, &client(), &eve).await.unwrap();
    let code = code_in(&world.mail().await.text);
    let refused = change(&world, &ben, PASSWORD, NEW_PASSWORD, Some(&code)).await;
    assert!(matches!(refused, Err(ChangePasswordError::MailCode(MailCodeMissing::Wrong))), "{refused:?}");
    assert!(change(&world, &eve, PASSWORD, NEW_PASSWORD, Some(&code)).await.is_ok());
}

fn code_in(text: &str) -> String {
    let line = text.lines().find(|line| line.starts_with("    ")).unwrap();
    let code = line.trim().to_owned();
    assert!(code.len() == 8 && code.bytes().all(|b| b.is_ascii_digit()), "{code}");
    code
}

fn next(code: &str) -> String {
    let number: u32 = code.parse().unwrap();
    format!("{:08}", (number + 1) % 100_000_000)
}
