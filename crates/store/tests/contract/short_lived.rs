//! Short-lived state: nothing that opens something is left out of the list, and each ending ends what it must.

use std::sync::Arc;

use twinlock_core::{
    clock::Timestamp,
    enrollment::{Enrollment, Given},
    ids::{SessionId, UserId},
    timeline::SetBack,
};
use twinlock_store::{
    Run as _, StoreError,
    challenges::Ceremony,
    links::{self, LinkPurpose},
    logins,
    row::{FromRow, Row},
    sessions::{
        self,
        short_lived::{self, At, End, Of},
    },
    shown_codes::{self, ShownCodes},
    users::{self, User},
};

use crate::{
    links as link, logins as login, mail_codes as mail_code, recovery as code, security_keys as key,
    sessions as session, totp as factor, world::World,
};

/// Forgets the rows of this table that are over; answers how many.
pub async fn purge(world: &World, table: &str, at: Timestamp) -> u64 {
    let entry = short_lived::entries().iter().find(|entry| entry.table == table).expect("it is listed");
    world.write(async |tx| entry.purge(tx, at).await).await
}

/// Ends what is a person's for this reason; answers how many sessions that were.
pub async fn end_of(world: &World, user: UserId, why: End) -> u64 {
    end(world, Of::Person { user, keep: None }, why, world.now().into()).await
}

async fn end(world: &World, of: Of, why: End, at: At) -> u64 {
    world.write(async |tx| short_lived::end(tx, of, why, at).await).await
}

/// Gives a person something of everything; answers the session.
async fn fill(world: &World, user: UserId, name: &str) -> SessionId {
    let of = |what: &str| format!("{name}'s {what}");
    let id = session::session(world, user).await.id;
    session::token(world, id, Some(&of("first cookie"))).await;
    world.write(async |tx| sessions::replace_token(tx, id, world.after(60)).await).await;
    session::token(world, id, Some(&of("cookie"))).await;
    let set = code::set(world, user, 0).await;
    let sealed = factor::factor(world, user, b"secret").await.secret;
    let expires_at = world.after(900);
    let shown = ShownCodes { set_id: set.id, session_id: id, sealed, made_at: set.created_at, expires_at };
    login::pending(world, user, &of("login")).await;
    let used = login::pending(world, user, &of("finished login")).await.id;
    factor::candidate(world, user).await;
    link::issue(world, LinkPurpose::ConfirmEmail, Some(user), &of("link")).await;
    link::issue(world, LinkPurpose::Enrollment, Some(user), &of("handed-over code")).await;
    link::issue(world, LinkPurpose::PasswordReset, Some(user), &of("used link")).await;
    let tags = [world.tag(&of("used link"))];
    let bytes = u8::try_from(name.len()).unwrap();
    key::given(world, Ceremony::StepUp, &key::challenge(world, id.0, Some(user), bytes)).await;
    mail_code::code(world, user, b"tag").await;
    let enrollment = Enrollment { given: Some(Given { by: id, at: world.now() }), ..Enrollment::EMAIL };
    world
        .write(async |tx| {
            shown_codes::put(tx, &shown).await?;
            logins::consume(tx, used, world.now()).await?;
            links::consume(tx, LinkPurpose::PasswordReset, &tags, world.now()).await?;
            users::set_enrollment(tx, user, enrollment).await
        })
        .await;
    world.sql(&format!("UPDATE users SET password_given_at = 1 WHERE username = '{name}'")).await;
    id
}

/// What can end: what it is called, how to count what is alive of a person's (`u`), and what ends it.
const ALIVE: [(&str, &str, &[End]); 12] = [
    (
        "session",
        "sessions x ON x.user_id = u.id AND x.ended_at IS NULL",
        &[
            End::SignOut,
            End::SignOutEverywhere,
            End::Enforcement,
            End::Change,
            End::Suspension,
            End::Restore,
            End::ClockSetBack,
        ],
    ),
    (
        "replaced token",
        "sessions s ON s.user_id = u.id JOIN session_tokens x ON x.session_id = s.id AND x.ends_at IS NOT NULL",
        &[End::ClockSetBack],
    ),
    (
        "shown codes",
        "recovery_sets s ON s.user_id = u.id JOIN shown_codes x ON x.set_id = s.id",
        &[
            End::SignOut,
            End::SignOutEverywhere,
            End::Enforcement,
            End::Change,
            End::Suspension,
            End::Restore,
            End::ClockSetBack,
        ],
    ),
    (
        "half-finished login",
        "pending_logins x ON x.user_id = u.id AND x.used_at IS NULL",
        &[End::SignOutEverywhere, End::Change, End::Suspension, End::Restore, End::ClockSetBack],
    ),
    (
        "finished login",
        "pending_logins x ON x.user_id = u.id AND x.used_at IS NOT NULL",
        &[End::ClockSetBack],
    ),
    (
        "unconfirmed app",
        "totp_candidates x ON x.user_id = u.id",
        &[End::SignOutEverywhere, End::Change, End::Suspension, End::Restore, End::ClockSetBack],
    ),
    (
        "mailed link",
        "links x ON x.user_id = u.id AND x.used_at IS NULL AND x.purpose <> 'enrollment'",
        &[End::Opened, End::Change, End::Suspension, End::Restore],
    ),
    (
        "handed-over code",
        "links x ON x.user_id = u.id AND x.used_at IS NULL AND x.purpose = 'enrollment'",
        &[End::Opened, End::Change, End::NewAddress, End::Suspension, End::Restore],
    ),
    ("used link", "links x ON x.user_id = u.id AND x.used_at IS NOT NULL", &[]),
    (
        "key's challenge",
        "webauthn_challenges x ON x.user_id = u.id",
        &[End::Change, End::Suspension, End::Restore, End::ClockSetBack],
    ),
    (
        "mailed code",
        "mail_codes x ON x.user_id = u.id AND x.expires_at > 0",
        &[End::Change, End::NewAddress, End::Suspension, End::Restore, End::ClockSetBack],
    ),
    ("count of mailed codes", "mail_codes x ON x.user_id = u.id AND x.sends > 0", &[]),
];

/// The same of columns of the account: whether it is as it was.
const AS_IT_WAS: [(&str, &str, &[End]); 3] = [
    ("known browsers", "u.browser_generation = 0", &[End::Change, End::Suspension, End::Restore]),
    (
        "opened enrollment",
        "u.enrollment_given_at IS NOT NULL AND u.enrollment_given_by IS NOT NULL",
        &[End::Change, End::NewAddress, End::Suspension, End::Restore, End::ClockSetBack],
    ),
    ("lapsed password", "u.password_given_at > 0", &[End::ClockSetBack]),
];

async fn alive(world: &World, name: &str) -> Vec<&'static str> {
    let mut alive = Vec::new();
    for (what, join, _) in ALIVE {
        let sql = format!("SELECT count(*) AS n FROM users u JOIN {join} WHERE u.username = '{name}'");
        alive.extend((world.number(&sql).await > 0).then_some(what));
    }
    for (what, condition, _) in AS_IT_WAS {
        let sql = format!("SELECT count(*) AS n FROM users u WHERE u.username = '{name}' AND {condition}");
        alive.extend((world.number(&sql).await > 0).then_some(what));
    }
    alive
}

fn all() -> impl Iterator<Item = (&'static str, &'static [End])> {
    ALIVE.into_iter().chain(AS_IT_WAS).map(|(what, _, ends)| (what, ends))
}

fn without(why: End) -> Vec<&'static str> {
    all().filter(|(_, ends)| !ends.contains(&why)).map(|(what, _)| what).collect()
}

/// Two people of two tenants who have something of everything, and the session of the first.
async fn two() -> (Arc<World>, User, User, SessionId) {
    let (world, alice) = World::with_alice().await;
    let bob = world.user(&world.tenant("other").await, "bob").await;
    let session = fill(&world, alice.id, "alice").await;
    fill(&world, bob.id, "bob").await;
    (world, alice, bob, session)
}

/// attacks.md rows 45, 46, 98 and 99: each ending ends exactly what it is to end, of those whom it concerns.
#[tokio::test]
async fn each_reason_ends_what_it_is_to_end_and_nothing_of_others() {
    for why in End::ALL {
        let (world, alice, _, session) = two().await;
        let everything: Vec<_> = all().map(|(what, _)| what).collect();
        assert_eq!(alive(&world, "alice").await, everything);
        let (user, tenant, now) = (alice.id, alice.tenant_id, world.now());
        let back = SetBack { was: now, now: world.after(-3600), spent: None };
        let (of, at) = match why {
            End::SignOut => (Of::Session { user, session }, now.into()),
            End::Enforcement | End::Suspension => (Of::Tenant { tenant, keep: None }, now.into()),
            End::Restore => (Of::Everybody, now.into()),
            End::ClockSetBack => (Of::Everybody, At::from(&back)),
            _ => (Of::Person { user, keep: None }, now.into()),
        };
        end(&world, of, why, at).await;
        assert_eq!(alive(&world, "alice").await, without(why), "{why:?}");
        let others = if matches!(of, Of::Everybody) { without(why) } else { everything };
        assert_eq!(alive(&world, "bob").await, others, "{why:?}");
    }
}

/// The session that goes on keeps what hangs on it; of an organisation's people it is those in charge who are asked for
/// a factor first.
#[tokio::test]
async fn a_session_that_is_kept_keeps_its_codes() {
    let (world, alice, bob, keep) = two().await;
    let untouched = alive(&world, "alice").await;
    session::session(&world, alice.id).await;
    let of = Of::Tenant { tenant: alice.tenant_id, keep: Some(keep) };
    assert_eq!(end(&world, of, End::Enforcement, world.now().into()).await, 1);
    assert_eq!(alive(&world, "alice").await, untouched);
    let of = Of::InCharge { tenant: bob.tenant_id, keep };
    assert_eq!(end(&world, of, End::Enforcement, world.now().into()).await, 0, "bob is a member");
    world.sql("UPDATE users SET role = 'admin' WHERE username = 'bob'").await;
    assert_eq!(end(&world, of, End::Enforcement, world.now().into()).await, 1);
    assert_eq!(alive(&world, "bob").await, without(End::Enforcement));
}

/// Nobody ends a session of somebody else by its id, nor what hangs on it.
#[tokio::test]
async fn a_session_is_ended_by_its_owner_alone() {
    let (world, _, bob, session) = two().await;
    let untouched = alive(&world, "alice").await;
    let of = Of::Session { user: bob.id, session };
    assert_eq!(end(&world, of, End::SignOut, world.now().into()).await, 0);
    assert_eq!(alive(&world, "alice").await, untouched);
}

/// attacks.md row 98: cookies of browsers may have come to be after the backup. None of them is known after its restore,
/// however often the account begins anew.
#[tokio::test]
async fn no_generation_of_browsers_comes_back_after_a_restore() {
    let (world, alice) = World::with_alice().await;
    let generation =
        async || users::account(world.store(), alice.id).await.unwrap().unwrap().user.browser_generation;
    for _ in 0..3 {
        end_of(&world, alice.id, End::Change).await;
    }
    let lost = generation().await;
    world.sql("UPDATE users SET browser_generation = 0").await;
    for _ in 0..3 {
        world.clock.advance_secs(1);
        let before = generation().await;
        end(&world, Of::Everybody, End::Restore, world.now().into()).await;
        assert!(generation().await > before.max(lost));
        end_of(&world, alice.id, End::Change).await;
    }
}

/// Deleting a person leaves nothing of theirs.
#[tokio::test]
async fn all_of_it_goes_with_its_owner() {
    let (world, alice) = World::with_alice().await;
    fill(&world, alice.id, "alice").await;
    let count = async |table: &str| world.number(&format!("SELECT count(*) AS n FROM {table}")).await;
    for entry in short_lived::entries() {
        assert!(count(entry.table).await > 0, "{}", entry.table);
    }
    world.write(async |tx| users::remove(tx, &alice).await).await;
    for entry in short_lived::entries() {
        assert_eq!(count(entry.table).await, 0, "{}", entry.table);
    }
}

struct Name(String);

impl FromRow for Name {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self(row.text("name")?))
    }
}

async fn names(world: &World, of_sqlite: &str, of_postgres: &str) -> Vec<String> {
    let sql = if world.is_sqlite() { of_sqlite } else { of_postgres };
    let found: Vec<Name> = world.store().all(sql, vec![]).await.unwrap();
    let mut names: Vec<_> = found.into_iter().map(|name| name.0).collect();
    names.sort_unstable();
    names
}

/// Tables that no ending has to think of, and why.
const LASTING: [(&str, &[&str]); 6] = [
    ("the server's own", &["meta", "schema_migrations", "signing_keys", "vault_keys"]),
    ("who there is", &["login_names", "tenants", "user_search"]),
    (
        "what people own until they, or somebody who may, take it away",
        &["recovery_codes", "recovery_sets", "security_keys", "totp_factors"],
    ),
    (
        "holds something back, and opens nothing: an ending that took it away would let somebody in. An invitation that \
         waits for another operator could be sent by one alone, a code could be tried again",
        &["mail_budgets", "operator_approvals", "throttles", "totp_spent_steps"],
    ),
    ("what happened, and how many there are", &["audit_events", "enrollment_days", "user_counts"]),
    ("letters on their way: what they tell was decided, and what they carry ends by itself", &["outbox"]),
];

/// Whoever adds a table decides here, or in `store/src/sessions/short_lived/registry.rs`, what ends what is in it.
#[tokio::test]
async fn every_table_was_thought_of() {
    let world = World::new().await;
    let found = names(
        &world,
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
        "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = current_schema()",
    )
    .await;
    let listed = short_lived::entries().iter().filter(|entry| entry.columns.is_empty());
    let lasting = LASTING.iter().flat_map(|(_, tables)| tables.iter().copied());
    // Its columns are looked at one by one.
    let mut known: Vec<_> = listed.map(|entry| entry.table).chain(lasting).chain(["users"]).collect();
    known.sort_unstable();
    assert_eq!(found, known);
}

/// What of an account no ending has to think of, and why.
const OF_ACCOUNTS: [(&str, &[&str]); 4] = [
    (
        "who they are",
        &[
            "created_at",
            "display_name",
            "email",
            "id",
            "password_hash",
            "preferred_method",
            "role",
            "status",
            "tenant_id",
            "user_handle",
            "username",
        ],
    ),
    ("the earlier address counts for 72 hours, whatever happens", &["earlier_email", "email_changed_at"]),
    (
        "holds something back, and opens nothing",
        &[
            "enrollment_proof",
            "key_failures",
            "limited_until",
            "mfa_deadline",
            "typed_blocked_until",
            "typed_failures",
        ],
    ),
    ("what happened, and what is counted", &["at_risk", "factor_kinds", "last_sign_in_at", "reminded_at"]),
];

/// Whoever adds a column to accounts decides the same of it.
#[tokio::test]
async fn every_column_of_an_account_was_thought_of() {
    let world = World::new().await;
    let found = names(
        &world,
        "SELECT name FROM pragma_table_info('users')",
        "SELECT column_name AS name FROM information_schema.columns \
         WHERE table_schema = current_schema() AND table_name = 'users'",
    )
    .await;
    let of_users = short_lived::entries().iter().filter(|entry| entry.table == "users");
    let lasting = OF_ACCOUNTS.iter().flat_map(|(_, columns)| columns.iter().copied());
    let mut known: Vec<_> = of_users.flat_map(|entry| entry.columns.iter().copied()).chain(lasting).collect();
    known.sort_unstable();
    assert_eq!(found, known);
}

/// attacks.md row 98: what the guide says for a restore by hand is what `twinlock restore` does.
#[test]
fn the_guides_statements_for_a_restore_are_those_of_the_list() {
    let guide = include_str!("../../../../docs/src/operators/backup.md");
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let guide = words(guide);
    for statement in short_lived::statements(End::Restore) {
        let by_hand = statement.replace(":now", "(extract(epoch FROM now()) * 1000)::bigint");
        assert!(guide.contains(&format!("{};", words(&by_hand))), "the guide lacks: {by_hand};");
    }
}
