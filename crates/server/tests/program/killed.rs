//! Killed at any moment: what was granted is on disk, what is on disk is whole, and to try again is safe.
//!
//! Each operation is killed a few times, at moments spread over its length, each time with a person of their
//! own. `TWINLOCK_KILLS` says how often; the invariants are looked at after every kill.

mod operations;
mod person;

use std::{
    env,
    fmt::Write,
    process,
    time::{Duration, Instant},
};

use person::{Answer, PASSWORD, Person, send};
use reqwest::RequestBuilder;

use crate::support::{Ended, Home, Server};

/// How often each operation is killed.
fn kills() -> usize {
    env::var("TWINLOCK_KILLS").ok().and_then(|count| count.parse().ok()).unwrap_or(6)
}

/// Something that a person does.
trait Operation: Sized {
    /// What has to be before, without a kill.
    async fn prepare(who: &Person, server: &Server) -> Self;
    /// The request that is killed.
    fn request(&self, who: &Person, server: &Server) -> RequestBuilder;
    /// After a restart: what must be true, whether there was an answer or not. Tries again, and ends with the
    /// operation done.
    async fn afterwards(self, who: &Person, server: &Server, answer: Option<Answer>);
}

/// A server with this many people without second factors.
fn serve(home: &Home, people: usize) -> Server {
    let mut seeds = String::from("[[tenant]]\nid = \"demo\"\nname = \"Demo organisation\"\n");
    for number in 0..people {
        let name = Person::name(number);
        write!(
            seeds,
            "[[tenant.user]]\nusername = \"{name}\"\npassword = \"{PASSWORD}\"\nrole = \"owner\"\n"
        )
        .unwrap();
    }
    let file = home.write("people.toml", &seeds);
    home.serve(&["--bootstrap", file.to_str().unwrap()])
}

#[allow(clippy::disallowed_methods, reason = "a moment within a request is chosen, and nothing else")]
fn now() -> Instant {
    Instant::now()
}

/// The moment of a kill: spread from the beginning to a little beyond the end.
fn moment(whole: Duration, number: usize, count: usize) -> Duration {
    let (number, count) = (u32::try_from(number).unwrap(), u32::try_from(count).unwrap());
    whole * 11 * (2 * number + 1) / (20 * count)
}

async fn kill_again_and_again<O: Operation>() {
    let (home, count) = (Home::new(), kills());
    let mut server = serve(&home, count + 1);
    let spare = Person::new(count);
    let undisturbed = O::prepare(&spare, &server).await;
    let begun = now();
    let answer = send(undisturbed.request(&spare, &server)).await;
    let whole = begun.elapsed();
    undisturbed.afterwards(&spare, &server, answer).await;

    let mut answered = 0;
    for number in 0..count {
        let who = Person::new(number);
        let prepared = O::prepare(&who, &server).await;
        let mut request = tokio::spawn(send(prepared.request(&who, &server)));
        let early = tokio::time::timeout(moment(whole, number, count), &mut request).await;
        // Dropping it is SIGKILL. What it had sent by then still arrives.
        drop(server);
        let answer = match early {
            Ok(answer) => answer.unwrap(),
            Err(_) => request.await.unwrap(),
        };
        answered += usize::from(answer.is_some());
        assert_eq!(home.violations().await, [""; 0], "kill {number}");
        server = home.serve(&[]);
        prepared.afterwards(&who, &server, answer).await;
    }
    drop(server);
    assert_eq!(home.violations().await, [""; 0]);
    eprintln!("{count} kills over {whole:?}, {answered} answered");
}

/// attacks.md row 98: killed while an app is confirmed.
#[tokio::test]
async fn a_kill_during_an_enrollment() {
    kill_again_and_again::<operations::Enrol>().await;
}

/// attacks.md row 98: killed while a recovery code signs in.
#[tokio::test]
async fn a_kill_during_a_sign_in_with_a_recovery_code() {
    kill_again_and_again::<operations::Recover>().await;
}

/// attacks.md row 98: killed while recovery codes are replaced.
#[tokio::test]
async fn a_kill_during_new_recovery_codes() {
    kill_again_and_again::<operations::Regenerate>().await;
}

/// attacks.md row 98: killed while a password is changed.
#[tokio::test]
async fn a_kill_during_a_change_of_password() {
    kill_again_and_again::<operations::ChangePassword>().await;
}

/// attacks.md row 98: killed while a session's token is replaced by one that proves more.
#[tokio::test]
async fn a_kill_during_a_step_up() {
    kill_again_and_again::<operations::StepUp>().await;
}

/// attacks.md row 98: killed while a wrong code is counted: no failure that was answered is forgotten.
#[tokio::test]
async fn a_kill_during_a_wrong_code() {
    kill_again_and_again::<operations::WrongCode>().await;
}

/// attacks.md row 98: the command line is killed while it resets somebody's second factors, beside a server
/// that runs on.
#[tokio::test]
async fn a_kill_during_a_reset_by_the_command_line() {
    let (home, count) = (Home::new(), kills());
    let server = serve(&home, count + 1);
    let reset = |who: &Person| home.command(&["admin", "reset-mfa", "--tenant", "demo", &who.name]);
    let spare = Person::new(count);
    spare.enrol(&server).await;
    let begun = now();
    Ended::of(reset(&spare)).succeeded();
    let whole = begun.elapsed();

    for number in 0..count {
        let who = Person::new(number);
        let phone = who.enrol(&server).await;
        let mut child = reset(&who).spawn().unwrap();
        let waiting = tokio::time::timeout(moment(whole, number, count), std::future::pending::<()>());
        assert!(waiting.await.is_err());
        child.kill().unwrap();
        let done = child.wait().unwrap().success();
        assert_eq!(home.violations().await, [""; 0], "kill {number}");
        let (_, first_step) = who.login(&server, None).await;
        assert!(!done || first_step["token"].is_string(), "a reset that was reported is lost: {first_step}");
        Ended::of(reset(&who)).succeeded();
        assert_eq!(home.violations().await, [""; 0], "after kill {number}");
        let (_, first_step) = who.login(&server, None).await;
        assert!(first_step["token"].is_string(), "{first_step}");
        assert_eq!(
            who.login(&server, Some(&phone.codes[0])).await.1["recovery_codes_remaining"],
            serde_json::Value::Null
        );
    }
    assert_eq!(server.stop().code, 0);
}

/// attacks.md row 98: a server that was stopped by a signal and goes on has lost nothing.
#[tokio::test]
async fn a_pause_loses_nothing() {
    let home = Home::new();
    let server = serve(&home, 1);
    let who = Person::new(0);
    let phone = who.enrol(&server).await;
    let request = tokio::spawn(send(who.login_request(&server, PASSWORD, Some(&phone.codes[0]))));
    server.pause();
    tokio::task::yield_now().await;
    server.go_on();
    let (status, answer) = request.await.unwrap().expect("an answer");
    assert_eq!(status, 200, "{answer}");
    assert_eq!(who.login(&server, Some(&phone.codes[0])).await.0, 401);
    assert_eq!(home.violations().await, [""; 0], "pid {}", process::id());
}
