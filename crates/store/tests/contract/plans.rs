//! How the database finds rows: no statement of a request reads a table from end to end.
//!
//! What a function sends is taken from the traced statements and explained by the database itself.

use std::sync::{Arc, Mutex};

use tracing::{field::Visit, instrument::WithSubscriber as _};
use tracing_subscriber::{Layer, layer::SubscriberExt as _};
use twinlock_core::{
    audit::EventKind,
    enrollment::Enrollment,
    ids::{EventId, FactorId, PendingLoginId, SessionId, TokenId, UserId},
    name::NameKey,
    throttle::Failures,
    user::{Role, Status},
};
use twinlock_store::{
    Run as _, StoreError, audit,
    challenges::{self, Ceremony},
    in_charge,
    links::{self, LinkPurpose},
    logins,
    mail_codes::{self, CodePurpose},
    meta, organisations, outbox, people, recovery,
    row::{FromRow, Row},
    security_keys,
    sessions::{
        self,
        short_lived::{self, End, Of},
    },
    tenants,
    throttles::{self, Counter},
    totp, users,
};

use crate::world::World;

mod of_people;

/// Keeps the text of every statement.
#[derive(Clone, Default)]
struct Statements(Arc<Mutex<Vec<String>>>);

impl<S: tracing::Subscriber> Layer<S> for Statements {
    fn on_event(&self, event: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
        struct Sql<'a>(&'a Statements);
        impl Visit for Sql<'_> {
            fn record_str(&mut self, field: &tracing::field::Field, value: &str) {
                if field.name() == "sql" {
                    self.0.0.lock().unwrap().push(value.to_owned());
                }
            }
            fn record_debug(&mut self, _: &tracing::field::Field, _: &dyn std::fmt::Debug) {}
        }
        if event.metadata().target().starts_with("twinlock_store") {
            event.record(&mut Sql(self));
        }
    }
}

/// The statements that `work` sends.
async fn statements<T>(work: impl Future<Output = Result<T, StoreError>>) -> Vec<String> {
    let statements = Statements::default();
    let subscriber = tracing_subscriber::registry().with(statements.clone());
    work.with_subscriber(subscriber).await.unwrap();
    let sent = statements.0.lock().unwrap().clone();
    assert!(!sent.is_empty());
    sent
}

/// A database with enough people and sessions that PostgreSQL has a reason to prefer one way of joining
/// them to another. SQLite goes by the indexes alone.
async fn crowd() -> Arc<World> {
    let world = World::new().await;
    if !world.is_sqlite() {
        for sql in [
            "INSERT INTO tenants SELECT gen_random_uuid(), 's' || n, 'n', '{}', 1, NULL, 0 \
             FROM generate_series(1, 100) n",
            "INSERT INTO users (id, tenant_id, username, display_name, role, status, created_at) \
             SELECT gen_random_uuid(), id, 'u', 'd', 'member', 'active', 0 FROM tenants, generate_series(1, 10)",
            "INSERT INTO sessions SELECT gen_random_uuid(), id, 'api', 'a', 'b', 0, 0, 0, NULL \
             FROM users, generate_series(1, 3)",
            "INSERT INTO session_tokens SELECT gen_random_uuid(), id, NULL, '[]', 0 FROM sessions",
            "INSERT INTO pending_logins (id, token_hash, user_id, proofs, created_at, expires_at) \
             SELECT gen_random_uuid(), decode(md5(id::text), 'hex'), id, '[]', 0, 0 FROM users",
            "INSERT INTO links (token_hash, purpose, user_id, created_at, expires_at) \
             SELECT decode(md5(id::text), 'hex'), 'invitation', id, 0, 0 FROM users",
            "ANALYZE tenants, users, sessions, session_tokens, pending_logins, links",
        ] {
            world.sql(sql).await;
        }
    }
    world
}

struct Line(String);

impl FromRow for Line {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        row.text("detail").or_else(|_| row.text("QUERY PLAN")).map(Self)
    }
}

/// The database's plan for a statement, whatever its parameters.
async fn plan(world: &World, sql: &str) -> Vec<String> {
    let tx = world.store().begin().await.unwrap();
    let explain = if world.is_sqlite() {
        format!("EXPLAIN QUERY PLAN {sql}")
    } else {
        let parameters = (1..=99).take_while(|number| sql.contains(&format!("${number}"))).count();
        // Most tables are empty: without this it would rightly read them from end to end.
        for way in ["seqscan", "bitmapscan", "hashjoin", "mergejoin", "sort"] {
            tx.exec(&format!("SET LOCAL enable_{way} = off"), vec![]).await.unwrap();
        }
        tx.exec("SET LOCAL plan_cache_mode = force_generic_plan", vec![]).await.unwrap();
        tx.exec(&format!("PREPARE explained AS {sql}"), vec![]).await.unwrap();
        let nulls = vec!["NULL"; parameters].join(", ");
        let arguments = if parameters == 0 { String::new() } else { format!("({nulls})") };
        format!("EXPLAIN EXECUTE explained{arguments}")
    };
    let plan: Vec<Line> = tx.all(&explain, vec![]).await.unwrap();
    if !world.is_sqlite() {
        tx.exec("DEALLOCATE explained", vec![]).await.unwrap();
    }
    plan.into_iter().map(|line| line.0).collect()
}

/// The steps of a plan that read a whole table or a whole index.
fn whole_reads(plan: &[String]) -> Vec<String> {
    let is_step = |line: &str| line.contains("(cost=");
    let mut found = vec![];
    for (number, line) in plan.iter().enumerate() {
        let details = || plan[number + 1..].iter().take_while(|line| !is_step(line));
        let whole = if is_step(line) {
            let by_index = line.contains("Index Scan") || line.contains("Index Only Scan");
            line.contains("Seq Scan") || (by_index && !details().any(|line| line.contains("Index Cond")))
        } else {
            let is_made_here = line
                .strip_prefix("SCAN ")
                .is_some_and(|name| plan.iter().any(|other| other.strip_prefix("CO-ROUTINE ") == Some(name)));
            line.starts_with("SCAN ")
                && !is_made_here
                && !line.contains("CONSTANT ROW")
                && !line.contains("VALUES CLAUSE")
        };
        if whole {
            found.push(line.clone());
        }
    }
    found
}

/// Fails when a statement of `work` reads a whole table or index.
async fn finds_by_index<T>(world: &World, work: impl Future<Output = Result<T, StoreError>>) {
    for sql in statements(work).await {
        let plan = plan(world, &sql).await;
        assert!(!plan.is_empty() || sql.starts_with("INSERT"));
        let whole = whole_reads(&plan);
        assert!(whole.is_empty(), "{whole:#?}\nin the plan {plan:#?}\nof {sql}");
    }
}

/// Whether a plan puts rows in order that did not come in order.
fn sorts(plan: &[String]) -> bool {
    plan.iter().any(|line| line.contains("Sort") || line.contains("ORDER BY"))
}

/// Fails when a page costs more than its own rows: the index must give the order, too.
async fn pages_by_index<T>(world: &World, work: impl Future<Output = Result<T, StoreError>>) {
    for sql in statements(work).await {
        let plan = plan(world, &sql).await;
        assert!(whole_reads(&plan).is_empty() && !sorts(&plan), "the plan {plan:#?}\nof {sql}");
    }
}

#[tokio::test]
async fn a_whole_read_or_a_sort_would_be_noticed() {
    let world = crowd().await;
    let whole = ["SELECT * FROM users WHERE display_name = $1", "SELECT * FROM sessions ORDER BY expires_at"];
    for sql in whole {
        assert!(!whole_reads(&plan(&world, sql).await).is_empty(), "{sql}");
    }
    assert!(sorts(&plan(&world, "SELECT * FROM users WHERE tenant_id = $1 ORDER BY username").await));
}

#[tokio::test]
async fn the_password_step_finds_by_index() {
    let world = crowd().await;
    let (store, name) = (world.store(), NameKey::of("alice").unwrap());
    let user: UserId = world.id();
    finds_by_index(&world, tenants::by_slug(store, "acme")).await;
    finds_by_index(&world, users::by_login(store, "acme", &name)).await;
    finds_by_index(&world, users::named(store, "acme", &name)).await;
    finds_by_index(&world, users::by_reset_name(store, "acme", &name, world.now())).await;
    finds_by_index(&world, users::account(store, user)).await;
    finds_by_index(&world, users::knows_address(store, user, "192.0.2.1")).await;
    finds_by_index(&world, throttles::read(store, &["a", "b"])).await;
    let write = world.try_write(async |tx| {
        throttles::hold(tx, &["a", "b"], world.now()).await?;
        let counter = Counter { key: "a".into(), failures: Failures::default() };
        throttles::write(tx, &[counter.clone(), Counter { key: "b".into(), ..counter }], world.now()).await?;
        throttles::purge_prefix(tx, "a", world.now()).await?;
        throttles::clear_prefix(tx, "a").await?;
        users::hold(tx, user).await?;
        users::rehash(tx, user, "old", "new").await?;
        users::set_typed_failures(tx, user, Failures::default()).await?;
        users::signed_in(tx, user, world.now(), true).await
    });
    finds_by_index(&world, write).await;
}

#[tokio::test]
async fn the_second_step_finds_by_index() {
    let world = crowd().await;
    let tags = [world.tag("now"), world.tag("before the rotation")];
    let (pending, factor): (PendingLoginId, FactorId) = (world.id(), world.id());
    finds_by_index(&world, logins::find(world.store(), &tags)).await;
    let write = world.try_write(async |tx| {
        logins::hold(tx, &tags).await?;
        logins::consume(tx, pending, world.now()).await?;
        totp::accept_step(tx, factor, 1, world.now()).await?;
        recovery::consume(tx, world.id(), &[0; 32], world.now()).await
    });
    finds_by_index(&world, write).await;
    finds_by_index(&world, recovery::of_user(world.store(), world.id())).await;
}

#[tokio::test]
async fn security_keys_and_challenges_are_found_by_index() {
    let world = crowd().await;
    let (store, user): (_, UserId) = (world.store(), world.id());
    let factor: FactorId = world.id();
    finds_by_index(&world, security_keys::of_user(store, user)).await;
    finds_by_index(&world, security_keys::by_credential(store, b"credential")).await;
    finds_by_index(&world, challenges::of_owner(store, Ceremony::SignIn, world.id())).await;
    finds_by_index(&world, challenges::by_value(store, Ceremony::Passkey, &[0; 32])).await;
    finds_by_index(&world, security_keys::by_credential_with_handle(store, b"credential")).await;
    let write = world.try_write(async |tx| {
        security_keys::accept_counter(tx, factor, 1, false, world.now()).await?;
        security_keys::mark_counter(tx, factor, world.now()).await?;
        security_keys::rename(tx, user, factor, "Blue").await?;
        security_keys::remove(tx, user, factor).await?;
        security_keys::remove_all(tx, user).await?;
        users::set_preferred(tx, user, None).await?;
        challenges::consume(tx, world.id()).await?;
        challenges::make_room(tx, "192.0.2.1", 100).await
    });
    finds_by_index(&world, write).await;
}

#[tokio::test]
async fn every_request_of_a_session_finds_by_index() {
    let world = crowd().await;
    let (store, user): (_, UserId) = (world.store(), world.id());
    let (token, session): (TokenId, SessionId) = (world.id(), world.id());
    let tags = [world.tag("now"), world.tag("before the rotation")];
    finds_by_index(&world, sessions::token_by_id(store, token)).await;
    finds_by_index(&world, sessions::token_by_hash(store, &tags)).await;
    for before in [None, Some(session)] {
        pages_by_index(&world, sessions::live_of_user(store, user, world.now(), 50, before)).await;
    }
    let write = world.try_write(async |tx| {
        sessions::is_open(tx, token, world.now()).await?;
        sessions::touch(tx, session, world.now()).await?;
        sessions::end(tx, user, session, world.now()).await?;
        sessions::replace_token(tx, session, world.now()).await?;
        sessions::end_tokens(tx, session).await
    });
    finds_by_index(&world, write).await;
}

#[tokio::test]
async fn what_is_short_lived_is_ended_by_index() {
    let world = crowd().await;
    let (user, session, tenant, keep) = (world.id(), world.id(), world.id(), world.id());
    for why in End::ALL {
        let of = match why {
            End::SignOut => vec![Of::Session { user, session }],
            End::Enforcement => vec![Of::InCharge { tenant, keep }, Of::Tenant { tenant, keep: Some(keep) }],
            End::Suspension => vec![Of::Tenant { tenant, keep: None }],
            // Everybody's: they read everything.
            End::Restore | End::ClockSetBack => continue,
            _ => vec![Of::Person { user, keep: Some(keep) }],
        };
        let write = world.try_write(async |tx| {
            for of in of {
                short_lived::end(tx, of, why, world.now()).await?;
            }
            Ok(())
        });
        finds_by_index(&world, write).await;
    }
}

#[tokio::test]
async fn managing_factors_and_links_finds_by_index() {
    let world = crowd().await;
    let (store, user): (_, UserId) = (world.store(), world.id());
    let (factor, tags) = (world.id(), [world.tag("now"), world.tag("before the rotation")]);
    finds_by_index(&world, totp::of_user(store, user)).await;
    finds_by_index(&world, totp::candidate(store, user)).await;
    finds_by_index(&world, mail_codes::of_user(store, user, CodePurpose::Change)).await;
    finds_by_index(&world, links::peek(store, LinkPurpose::PasswordReset, &tags)).await;
    finds_by_index(&world, links::made_after(store, LinkPurpose::PasswordReset, user, world.now())).await;
    finds_by_index(&world, links::open_of_user(store, LinkPurpose::ConfirmEmail, user, world.now())).await;
    finds_by_index(&world, meta::get(store, "fact")).await;
    let write = world.try_write(async |tx| {
        totp::rename(tx, user, factor, "Phone").await?;
        totp::remove(tx, user, factor).await?;
        totp::remove_all(tx, user).await?;
        totp::consume_candidate(tx, user, factor).await?;
        recovery::remove_all(tx, user).await?;
        mail_codes::consume(tx, user, CodePurpose::Change, b"tag", world.now()).await?;
        mail_codes::wrong(tx, user, CodePurpose::Change).await?;
        users::set_enrollment(tx, user, Enrollment::EMAIL).await?;
        links::revoke(tx, LinkPurpose::PasswordReset, Some(user)).await?;
        links::revoke_oldest(tx, LinkPurpose::PasswordReset, user, 2).await?;
        links::consume(tx, LinkPurpose::PasswordReset, &tags, world.now()).await
    });
    finds_by_index(&world, write).await;
}

#[tokio::test]
async fn an_administrators_lists_page_by_index() {
    let world = crowd().await;
    let (kind, user, since) = (Some(EventKind::SignInSucceeded), Some(world.id()), Some(world.now()));
    let (actor, until): (Option<UserId>, _) = (Some(world.id()), since);
    let before: Option<EventId> = Some(world.id());
    let filters = [
        audit::Filter::default(),
        audit::Filter { since, until, ..audit::Filter::default() },
        audit::Filter { kind, since, ..audit::Filter::default() },
        audit::Filter { user, until, ..audit::Filter::default() },
        audit::Filter { actor, before, ..audit::Filter::default() },
        audit::Filter { kind, user, actor, since, until, before },
    ];
    for filter in filters {
        pages_by_index(&world, audit::list(world.store(), world.id(), &filter, 50)).await;
        only_reads_by(&world, &filter).await;
    }
    pages_by_index(&world, in_charge::owners(world.store(), world.id(), 50)).await;
    pages_by_index(&world, in_charge::others_without_factor(world.store(), world.id(), 5)).await;
    for sql in statements(in_charge::others_without_factor(world.store(), world.id(), 5)).await {
        // And not among all who have no factor.
        let plan = plan(&world, &sql).await;
        assert!(plan.iter().any(|line| line.contains("users_in_charge")), "{plan:#?}");
    }
    finds_by_index(&world, in_charge::somebody_without_address(world.store(), world.id())).await;
    for after in ["", "acme"] {
        pages_by_index(&world, organisations::list(world.store(), after, 50)).await;
    }
    for after in [None, Some(world.id())] {
        pages_by_index(&world, users::of_tenant(world.store(), world.id(), after, 50)).await;
    }
}

/// Fails when a filter of the audit log goes through events that it does not want while there is an index of those
/// that it does.
async fn only_reads_by(world: &World, filter: &audit::Filter) {
    let index = match (filter.actor, filter.user, filter.kind) {
        (None, None, None) => "audit_events_by_tenant",
        (None, None, Some(_)) => "audit_events_by_type",
        (None, Some(_), None) => "audit_events_by_user",
        (Some(_), None, None) => "audit_events_by_actor",
        // Any of them will do.
        _ => "audit_events_by_",
    };
    for sql in statements(audit::list(world.store(), world.id(), filter, 50)).await {
        let plan = plan(world, &sql).await;
        assert!(plan.iter().any(|line| line.contains(index)), "no {index} in {plan:#?}");
    }
}

#[tokio::test]
async fn the_workers_find_by_index() {
    let world = crowd().await;
    pages_by_index(&world, outbox::due(world.store(), world.now(), 10)).await;
    pages_by_index(&world, organisations::due(world.store(), world.now())).await;
    let (tenant, now) = (world.id(), world.now());
    let write = world.try_write(async |tx| {
        organisations::hold(tx, "acme").await?;
        organisations::end_everything(tx, tenant, now).await?;
        organisations::remove_people(tx, tenant, 10).await?;
        organisations::remove_events(tx, tenant, 10).await?;
        organisations::remove(tx, tenant, now).await
    });
    finds_by_index(&world, write).await;
    let write = world.try_write(async |tx| {
        for entry in short_lived::entries() {
            entry.purge(tx, world.now()).await?;
        }
        users::release_earlier_names(tx, world.now()).await?;
        audit::forget(tx, world.now(), 500).await?;
        throttles::purge(tx, world.now()).await
    });
    finds_by_index(&world, write).await;
}
