//! How a clock that was set back is noticed, and what is told of it.

use axum::{body::Body, http::Method};
use twinlock_core::{audit::EventKind, clock::Clock};
use twinlock_service::{clock_guard, maintenance};
use twinlock_testkit::{TestApp, TestSettings};

use super::{SESSION, pass};
use crate::support::together;

/// attacks.md row 99: it is told once, by whom so ever it is noticed, and with how far it was.
#[tokio::test]
async fn a_correction_is_audited_once() {
    let test = TestApp::start().await;
    let people = [test.sign_in("mia").await, test.sign_in("bob").await];
    pass(&test, 3601).await;
    test.clock.advance_secs(-3601);
    let calls = (0..20).map(|n| people[n % 2].get(SESSION));
    for answer in together(calls).await {
        answer.refused(401, "unauthenticated");
    }
    let events = test.events(EventKind::ClockSetBack).await;
    let [event] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!((&event.detail["seconds"], &event.detail["sessions_ended"]), (&3601.into(), &2.into()));
    assert_eq!(event.at, test.clock.now());
}

/// Clocks are corrected by seconds all day long.
#[tokio::test]
async fn a_small_correction_ends_nothing() {
    let test = TestApp::start().await;
    let mia = test.sign_in("mia").await;
    pass(&test, 120).await;
    for _ in 0..5 {
        test.clock.advance_secs(-5);
        mia.get(SESSION).await.expect(200);
        test.clock.advance_secs(5);
        mia.get(SESSION).await.expect(200);
    }
    assert!(test.events(EventKind::ClockSetBack).await.is_empty());
}

/// attacks.md row 99: a server that was down while the clock was set back notices when it starts.
#[tokio::test]
async fn a_restart_is_no_way_around() {
    for jump in [-60, -3600, -86_400] {
        let test = TestApp::start().await;
        let mia = test.sign_in("mia").await;
        test.clock.advance_secs(3601);
        maintenance::tick(&test.app).await;
        test.clock.advance_secs(jump);
        let node = test.second_node().await;
        let ask = || mia.request(&Method::GET, SESSION, "", Body::empty());
        node.send(ask()).await.refused(401, "unauthenticated");
        assert_eq!(test.events(EventKind::ClockSetBack).await.len(), 1, "{jump}");
        // The first node had not noticed yet. It does, and leaves what the other has done as it is.
        let signed_in = test.clock.now();
        test.send(ask()).await.refused(401, "unauthenticated");
        assert_eq!(test.events(EventKind::ClockSetBack).await.len(), 1, "{jump}");
        assert_eq!(test.clock.now(), signed_in);
        test.sign_in("bob").await.get(SESSION).await.expect(200);
    }
}

/// A correction by one node is not made again by another whose clock jumped as well.
#[tokio::test]
async fn nodes_that_jump_together_correct_once() {
    let test = TestApp::start().await;
    let node = test.second_node().await;
    pass(&test, 3600).await;
    clock_guard::watch(&node.app).await.unwrap();
    test.clock.advance_secs(-3000);
    clock_guard::watch(&test.app).await.unwrap();
    let bob = test.sign_in("bob").await;
    clock_guard::watch(&node.app).await.unwrap();
    bob.get(SESSION).await.expect(200);
    assert_eq!(test.events(EventKind::ClockSetBack).await.len(), 1);
    // Later jumps are noticed by either.
    for app in [&node.app, &test.app] {
        maintenance::tick(&test.app).await;
        maintenance::tick(&node.app).await;
        test.clock.advance_secs(-60);
        let before = test.events(EventKind::ClockSetBack).await.len();
        clock_guard::watch(app).await.unwrap();
        assert_eq!(test.events(EventKind::ClockSetBack).await.len(), before + 1);
    }
}

/// attacks.md row 99: where the database does not let it end what was over, time stands still: nothing comes
/// to life meanwhile, and the next request tries again.
#[tokio::test]
async fn without_the_database_nothing_comes_to_life() {
    let test = TestApp::start().await;
    let mia = test.sign_in("mia").await;
    pass(&test, 3601).await;
    test.by_hand("ALTER TABLE totp_candidates RENAME TO elsewhere").await;
    test.clock.advance_secs(-3600);
    for _ in 0..2 {
        mia.get(SESSION).await.refused(401, "unauthenticated");
        test.anonymous().get("/healthz").await.expect(200);
    }
    test.by_hand("ALTER TABLE elsewhere RENAME TO totp_candidates").await;
    mia.get(SESSION).await.refused(401, "unauthenticated");
    assert_eq!(test.events(EventKind::ClockSetBack).await.len(), 1);
    test.sign_in("mia").await.get(SESSION).await.expect(200);
}

/// Looking at the clock costs the database nothing, and noting it one write a round.
#[tokio::test]
async fn a_look_at_the_clock_costs_no_statement() {
    let test = TestApp::start().await;
    let count = || test.app.store().statements();
    let before = count();
    for _ in 0..10 {
        test.clock.advance_secs(7);
        test.anonymous().get("/healthz").await.expect(200);
        clock_guard::watch(&test.app).await.unwrap();
    }
    assert_eq!(count(), before);
}

/// A first start knows of nothing, and a database whose note is garbage is no reason not to start.
#[tokio::test]
async fn an_unreadable_note_is_written_anew() {
    let test = TestApp::start().await;
    test.by_hand("UPDATE meta SET value = 'garbage' WHERE name = 'clock'").await;
    let node = test.node_with(TestSettings::default()).await;
    maintenance::tick(&node.app).await;
    let noted = test.column("meta.value").await;
    let time = test.clock.now().millis().to_string();
    assert!(noted.iter().any(|value| value.starts_with(time.as_bytes())), "{noted:?}");
}
