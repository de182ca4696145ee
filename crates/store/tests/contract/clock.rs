//! What a clock that is set back does to what is stored.

use twinlock_core::{
    clock::Timestamp,
    throttle::Failures,
    timeline::{SetBack, SpentSteps},
};
use twinlock_store::{
    Run as _, StoreError, clock, links,
    links::LinkPurpose,
    logins,
    mail_codes::{self, CodePurpose},
    outbox,
    row::{FromRow, Row},
    seal::Sealed,
    sessions,
    throttles::{self, Counter},
    totp, users,
};

use crate::{
    links as link, logins as login, mail_codes as mail_code, sessions as session, totp as factor,
    world::World,
};

/// The clock shows an hour less than it did.
fn hour_back(world: &World) -> SetBack {
    SetBack { was: world.now(), now: world.after(-3600), spent: None }
}

async fn apply(world: &World, back: SetBack) -> u64 {
    let ended = world.write(async |tx| clock::set_back(tx, &back).await).await;
    world.clock.set(back.now);
    ended
}

/// attacks.md row 99: a session that was over, by its end or unused, is not alive again, nor one that proved
/// something lately; another one is, for no longer than it had left.
#[tokio::test]
async fn sessions_that_were_over_stay_over() {
    let (world, alice) = World::with_alice().await;
    let begin = async |age: i64| {
        world.clock.advance_secs(-age);
        let id = session::session(&world, alice.id).await.id;
        session::token(&world, id, None).await;
        world.clock.advance_secs(age);
        id
    };
    let over = begin(86_400).await;
    world.write(async |tx| sessions::touch(tx, over, world.after(-60)).await).await;
    begin(7200).await;
    let used = begin(7200).await;
    world.write(async |tx| sessions::touch(tx, used, world.after(-60)).await).await;
    let (renewed, fresh) = (begin(7200).await, begin(60).await);
    world.write(async |tx| sessions::touch(tx, renewed, world.after(-60)).await).await;
    world.write(async |tx| sessions::replace_token(tx, renewed, world.after(60)).await).await;
    session::token(&world, renewed, None).await;
    let live = async || {
        let sessions = sessions::live_of_user(world.store(), alice.id, world.now(), 9, None).await.unwrap();
        sessions.into_iter().map(|session| (session.id, session.lifetime)).collect::<Vec<_>>()
    };
    assert_eq!(live().await.len(), 3, "{fresh:?}");

    assert_eq!(apply(&world, hour_back(&world)).await, 4);
    let left = live().await;
    let [(id, lifetime)] = left.as_slice() else { panic!("{left:?}") };
    assert_eq!(*id, used);
    assert_eq!(lifetime.last_used_at, world.after(-60));
    assert_eq!(lifetime.expires_at, world.after(86_400 - 7200));
}

/// attacks.md row 99: half-finished things begin again, links that were over stay over, and the others keep
/// the time they had left.
#[tokio::test]
async fn what_was_over_stays_over_and_the_rest_keeps_its_time() {
    let (world, alice) = World::with_alice().await;
    let user = alice.id;
    login::pending(&world, user, "login").await;
    factor::candidate(&world, user).await;
    mail_code::code(&world, user, b"tag").await;
    link::issue(&world, LinkPurpose::PasswordReset, Some(user), "old").await;
    world.clock.advance_secs(86_400);
    link::issue(&world, LinkPurpose::Invitation, Some(user), "young").await;
    let young = world.tag("young");
    let issued = links::peek(world.store(), LinkPurpose::Invitation, std::slice::from_ref(&young))
        .await
        .unwrap()
        .unwrap();
    let left = issued.expires_at.secs_since(world.now());

    apply(&world, hour_back(&world)).await;
    let store = world.store();
    assert!(logins::find(store, &[world.tag("login")]).await.unwrap().is_none());
    assert!(totp::candidate(store, user).await.unwrap().is_none());
    assert!(
        !world
            .write(async |tx| mail_codes::consume(tx, user, CodePurpose::Change, b"tag", world.now()).await)
            .await
    );
    assert!(links::peek(store, LinkPurpose::PasswordReset, &[world.tag("old")]).await.unwrap().is_none());
    let moved = links::peek(store, LinkPurpose::Invitation, &[young]).await.unwrap().unwrap();
    assert_eq!(moved.expires_at, world.after(left));
}

/// attacks.md row 99: a wait is neither lifted nor lengthened by a clock that is set back, and a limit neither.
#[tokio::test]
async fn waits_and_limits_keep_the_time_they_had_left() {
    let (world, alice) = World::with_alice().await;
    let until = |secs| Failures { count: 9, window_start: world.now(), blocked_until: world.after(secs) };
    let (running, over) = (until(40), until(-40));
    world
        .write(async |tx| {
            throttles::hold(tx, &["running", "over"], world.now()).await?;
            let counters = [("running", running), ("over", over)];
            let counters = counters.map(|(key, failures)| Counter { key: key.into(), failures });
            throttles::write(tx, &counters, world.now()).await?;
            users::set_typed_failures(tx, alice.id, running).await?;
            users::set_limited_until(tx, alice.id, world.after(90)).await?;
            let sealed = Sealed { key_id: "k1".into(), bytes: vec![1] };
            outbox::push(
                tx,
                world.id(),
                &sealed,
                outbox::Turn { due: world.after(50), bulk: false },
                world.after(50),
            )
            .await
        })
        .await;
    factor::factor(&world, alice.id, b"secret").await;

    apply(&world, hour_back(&world)).await;
    let store = world.store();
    let wait = async |key: &str| throttles::read(store, &[key]).await.unwrap()[0].failures.wait(world.now());
    assert_eq!((wait("running").await, wait("over").await), (Some(40), None));
    let user = users::account(store, alice.id).await.unwrap().unwrap().user;
    assert_eq!((user.typed.count, user.typed.wait(world.now())), (9, Some(40)));
    assert_eq!(user.limited_until, Some(world.after(90)));
    assert_eq!(totp::of_user(store, alice.id).await.unwrap()[0].limited_until, Some(world.after(60)));
    assert!(outbox::due(store, world.after(49), 9).await.unwrap().is_empty());
    assert_eq!(outbox::due(store, world.after(50), 9).await.unwrap().len(), 1);
}

/// attacks.md row 99: the clock was ahead and is corrected: codes of the time it shows now are good again,
/// those that may have been used are not.
#[tokio::test]
async fn steps_used_while_the_clock_was_ahead_stay_spent() {
    let (world, alice) = World::with_alice().await;
    let (used, idle) = (
        factor::factor(&world, alice.id, b"one").await.id,
        factor::factor(&world, alice.id, b"two").await.id,
    );
    let accept =
        async |id, step| world.write(async |tx| totp::accept_step(tx, id, step, world.now()).await).await;
    assert!(accept(used, 5000).await && accept(used, 5007).await);
    let spent = Some(SpentSteps { last: 200, from: 5000 });
    apply(&world, SetBack { spent, ..hour_back(&world) }).await;
    assert!(!accept(used, 200).await && accept(used, 201).await);
    assert!(accept(idle, 101).await);
    for step in 5000..=5007 {
        assert!(!accept(used, step).await, "{step}");
    }
    assert!(accept(idle, 5005).await);
    assert!(accept(used, 4999).await && accept(used, 5008).await);
}

/// Far back, nothing overflows and nothing is younger than the epoch.
#[tokio::test]
async fn a_clock_at_the_epoch_breaks_nothing() {
    let (world, alice) = World::with_alice().await;
    let id = session::session(&world, alice.id).await.id;
    let was = Timestamp::from_secs(253_402_300_799);
    for now in [world.now(), Timestamp::default()] {
        apply(&world, SetBack { was, now, spent: None }).await;
        assert!(
            sessions::live_of_user(world.store(), alice.id, now, 9, None).await.unwrap().is_empty(),
            "{id}"
        );
    }
}

struct Column(String);

impl FromRow for Column {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self(row.text("place")?))
    }
}

/// What a clock that is set back leaves alone, and why.
const KEPT: [(&str, &[&str]); 6] = [
    (
        "what happened, and decides nothing",
        &[
            "audit_events.at",
            "audit_events.last_at",
            "outbox.created_at",
            "outbox.dead_at",
            "recovery_codes.used_at",
            "recovery_sets.created_at",
            "recovery_sets.saved_at",
            "security_keys.counter_alert_at",
            "security_keys.created_at",
            "security_keys.discovered_at",
            "security_keys.last_used_at",
            "tenants.created_at",
            "tenants.suspended_at",
            "totp_factors.created_at",
            "totp_factors.last_used_at",
            "users.created_at",
            "users.last_sign_in_at",
            "vault_keys.created_at",
        ],
    ),
    ("how long a counter is remembered", &["throttles.updated_at"]),
    (
        "of rows that end",
        &[
            "operator_approvals.asked_at",
            "pending_logins.created_at",
            "pending_logins.expires_at",
            "pending_logins.used_at",
            "session_tokens.created_at",
            "session_tokens.ends_at",
            "sessions.created_at",
            "shown_codes.expires_at",
            "totp_candidates.expires_at",
            "webauthn_challenges.created_at",
            "webauthn_challenges.expires_at",
        ],
    ),
    ("an end that was reached", &["links.used_at", "sessions.ended_at"]),
    ("when a tenant goes for good: later than was said, and never sooner", &["tenants.delete_at"]),
    ("the last reminder: the next may come later", &["users.reminded_at"]),
];

/// What it changes: see `store/src/clock.rs`.
const CHANGED: [&str; 21] = [
    "links.created_at",
    "links.expires_at",
    "mail_budgets.merged_until",
    "mail_budgets.next_at",
    "mail_codes.expires_at",
    "mail_codes.window_start",
    "outbox.due_at",
    "outbox.held_until",
    "security_keys.limited_until",
    "sessions.expires_at",
    "sessions.last_used_at",
    "signing_keys.created_at",
    "signing_keys.retired_at",
    "throttles.blocked_until",
    "throttles.window_start",
    "totp_factors.limited_until",
    "users.email_changed_at",
    "users.enrollment_given_at",
    "users.limited_until",
    "users.password_given_at",
    "users.typed_blocked_until",
];

/// attacks.md row 99: whoever adds a time to the schema decides here, and in `store/src/clock.rs`, what
/// becomes of it when the clock is set back.
#[tokio::test]
async fn every_time_that_is_stored_was_thought_of() {
    let world = World::new().await;
    let columns = if world.is_sqlite() {
        "SELECT m.name || '.' || p.name AS place FROM sqlite_master m JOIN pragma_table_info(m.name) p \
         WHERE m.type = 'table' AND m.name <> 'schema_migrations' AND p.type = 'INTEGER'"
    } else {
        "SELECT table_name || '.' || column_name AS place FROM information_schema.columns \
         WHERE table_schema = current_schema() AND table_name <> 'schema_migrations' AND data_type = 'bigint'"
    };
    let columns: Vec<Column> = world.store().all(columns, vec![]).await.unwrap();
    let is_time = |place: &str| ["_at", ".at", "_until", "_start"].iter().any(|end| place.ends_with(end));
    let mut times: Vec<_> = columns.into_iter().map(|column| column.0).filter(|c| is_time(c)).collect();
    times.sort_unstable();
    let mut known: Vec<_> =
        KEPT.iter().flat_map(|(_, places)| places.iter()).chain(&CHANGED).copied().collect();
    known.sort_unstable();
    assert_eq!(times, known);
}
