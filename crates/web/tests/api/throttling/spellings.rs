//! Passwords are counted by what was typed, in one canonical form: no number of tries tells who exists.

use std::cell::Cell;

use proptest::{
    collection::vec,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use twinlock_testkit::{Caller, TestApp, app::PASSWORD};

/// Ways to write one text. All but the last are the same to a look-up; the last is nobody's.
const SPELLINGS: [fn(&str) -> String; 8] = [
    str::to_owned,
    str::to_uppercase,
    |text| format!("  {text}"),
    |text| format!("{text} "),
    |text| format!("\u{2003}{text}\u{a0}"),
    |text| text.chars().map(fullwidth).collect(),
    |text| text.char_indices().map(|(n, c)| if n == 0 { c.to_ascii_uppercase() } else { c }).collect(),
    |text| format!("{text}\u{200b}"),
];

fn fullwidth(c: char) -> char {
    if c.is_ascii_alphanumeric() { char::from_u32(u32::from(c) + 0xfee0).unwrap() } else { c }
}

/// One try: how tenant and name are written, which of two names, which password, seconds before it.
type Try = (usize, usize, usize, usize, i64);

/// Two names and a tenant: of one account, of two accounts, of nobody, and in no tenant.
const PAIRS: [(&str, [&str; 2]); 5] = [
    ("demo", ["bob", "bob@demo.example"]),
    ("demo", ["bob", "mia@demo.example"]),
    ("demo", ["kim", "kim@demo.example"]),
    ("none", ["bob", "bob@demo.example"]),
    ("demo", ["adam", "adam@demo.example"]),
];

/// All that a stranger sees of a sequence of tries, and what it cost.
async fn seen(test: &TestApp, caller: &Caller<'_>, pair: (&str, [&str; 2]), tries: &[Try]) -> Vec<String> {
    let mut seen = Vec::new();
    for (tenant, name, which, password, secs) in tries {
        test.clock.advance_secs(*secs);
        let (tenant, name) = (SPELLINGS[*tenant](pair.0), SPELLINGS[*name](pair.1[*which]));
        let before = test.app.store().statements();
        let answer = caller.login(&tenant, &name, &format!("wrong {password}"), Some("123456")).await;
        let statements = test.app.store().statements() - before;
        seen.push(format!("{:?} {statements}", answer.seen()));
    }
    seen
}

/// attacks.md rows 5 and 41: through the free tries and into the waits, whatever spellings, names and passwords are
/// mixed, known and unknown names answer and cost the same, and so do two names of one account and of two.
#[test]
fn no_mix_of_spellings_tells_known_names_from_unknown_ones() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let config = Config { cases: 12, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let spelling = || 0..SPELLINGS.len();
    let tries = vec((spelling(), spelling(), 0..2_usize, 0..60_usize, 0..3_i64), 30..50);
    let waited = Cell::new(0);
    runner
        .run(&tries, |tries| {
            runtime.block_on(async {
                let mut expected = None;
                for (n, pair) in PAIRS.into_iter().enumerate() {
                    let test = with_somebody_suspended().await;
                    // Whether or not the people have signed in from here before.
                    let caller = test.anonymous().at(if n % 2 == 0 { "127.0.0.1" } else { "203.0.113.1" });
                    test.sign_in("bob").await;
                    let seen = seen(&test, &caller, pair, &tries).await;
                    assert_eq!(*expected.get_or_insert_with(|| seen.clone()), seen, "{pair:?}");
                }
                waited
                    .set(waited.get() + expected.unwrap().iter().filter(|seen| seen.contains("429")).count());
            });
            Ok(())
        })
        .unwrap();
    assert!(waited.get() > 20, "most cases get as far as the waits");
}

async fn with_somebody_suspended() -> TestApp {
    let test = TestApp::start().await;
    twinlock_service::admin::suspend(&test.app, "demo", "adam").await.unwrap();
    test
}

/// attacks.md row 5: an account's two names have a budget each; a success with either clears both.
#[tokio::test]
async fn the_two_names_of_an_account_are_counted_apart_and_forgiven_together() {
    let test = TestApp::start().await;
    let stranger = test.anonymous().at("203.0.113.9");
    for name in ["bob", "bob@demo.example"] {
        for _ in 0..10 {
            stranger.guess("demo", name).await.refused(401, "invalid_credentials");
        }
        stranger.guess("demo", name).await.refused(429, "too_many_attempts");
    }
    test.clock.advance_secs(1);
    stranger.login("demo", " BOB ", PASSWORD, None).await.expect(200);
    let elsewhere = test.anonymous().at("203.0.113.10");
    for name in ["bob", "bob@demo.example"] {
        for _ in 0..10 {
            elsewhere.guess(" Demo", name).await.refused(401, "invalid_credentials");
        }
    }
}

/// A tenant is found under every spelling of its short name, and so is an account in it.
#[tokio::test]
async fn look_up_is_as_tolerant_as_the_count() {
    let test = TestApp::start().await;
    let (nobodys, own) = SPELLINGS.split_last().unwrap();
    for spelling in own {
        test.anonymous().login(&spelling("demo"), &spelling("bob"), PASSWORD, None).await.expect(200);
    }
    let wrong = test.anonymous().login(&nobodys("demo"), "bob", PASSWORD, None).await;
    wrong.refused(401, "invalid_credentials");
}
