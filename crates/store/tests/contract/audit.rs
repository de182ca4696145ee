//! The audit log.

use serde_json::json;
use twinlock_core::{
    audit::{ActorKind, EventKind},
    clock::Timestamp,
    ids::{EventId, TenantId, UserId},
};
use twinlock_store::{
    Run as _,
    audit::{self, Event, Filter, Repeated},
};

use crate::world::World;

/// An event now, and a second later.
async fn event(world: &World, tenant: Option<TenantId>, kind: EventKind, user: Option<UserId>) -> Event {
    let event = Event {
        id: world.id(),
        at: world.now(),
        tenant_id: tenant,
        kind,
        actor: ActorKind::User,
        actor_id: user,
        actor_name: Some("alice".into()),
        user_id: user,
        address: "192.0.2.1".into(),
        user_agent: "Browser'; DROP TABLE audit_events; --".into(),
        request_id: "r1".into(),
        detail: json!({"method": "totp", "steps": [1, 2]}),
        repeated: None,
    };
    world.write(async |tx| audit::append(tx, &event).await).await;
    world.clock.advance_secs(1);
    event
}

async fn list(world: &World, tenant: TenantId, filter: &Filter) -> Vec<EventId> {
    let entries = audit::list(world.store(), tenant, filter, 100).await.unwrap();
    entries.into_iter().map(|entry| entry.event.id).collect()
}

#[tokio::test]
async fn an_event_is_read_as_it_was_written() {
    let (world, alice) = World::with_alice().await;
    let tenant = alice.tenant_id;
    let written = event(&world, Some(tenant), EventKind::MfaEnabled, Some(alice.id)).await;
    let read = audit::list(world.store(), tenant, &Filter::default(), 10).await.unwrap();
    assert_eq!(format!("{:?}", read[0].event), format!("{written:?}"));
    assert_eq!(read[0].user_name.as_deref(), Some("alice"));
}

#[tokio::test]
async fn an_event_about_somebody_who_is_gone_has_no_name_of_theirs() {
    let (world, alice) = World::with_alice().await;
    let gone: UserId = world.id();
    event(&world, Some(alice.tenant_id), EventKind::MfaEnabled, Some(gone)).await;
    let read = audit::list(world.store(), alice.tenant_id, &Filter::default(), 10).await.unwrap();
    assert_eq!((read[0].event.user_id, read[0].user_name.as_deref()), (Some(gone), None));
}

#[tokio::test]
async fn filters_narrow_the_list_alone_and_together() {
    let (world, alice) = World::with_alice().await;
    let tenant = alice.tenant_id;
    let bob = world.user(&world.tenant("unrelated").await, "bob").await.id;
    let enabled = event(&world, Some(tenant), EventKind::MfaEnabled, Some(alice.id)).await;
    let of_bob = event(&world, Some(tenant), EventKind::MfaEnabled, Some(bob)).await;
    let refused = event(&world, Some(tenant), EventKind::SignInCodeRefused, Some(alice.id)).await;
    let filter = |kind, user, since| Filter { kind, user, since, ..Filter::default() };
    let cases = [
        (filter(None, None, None), vec![refused.id, of_bob.id, enabled.id]),
        (filter(Some(EventKind::MfaEnabled), None, None), vec![of_bob.id, enabled.id]),
        (filter(None, Some(alice.id), None), vec![refused.id, enabled.id]),
        (filter(None, None, Some(of_bob.at)), vec![refused.id, of_bob.id]),
        (filter(Some(EventKind::MfaEnabled), Some(alice.id), Some(enabled.at)), vec![enabled.id]),
        (filter(Some(EventKind::Restored), None, None), vec![]),
    ];
    for (filter, expected) in cases {
        assert_eq!(list(&world, tenant, &filter).await, expected, "{filter:?}");
    }
    let by_bob = Filter { actor: Some(bob), ..Filter::default() };
    assert_eq!(list(&world, tenant, &by_bob).await, [of_bob.id]);
    let by_alice_about_bob = Filter { actor: Some(alice.id), user: Some(bob), ..Filter::default() };
    assert_eq!(list(&world, tenant, &by_alice_about_bob).await, []);
}

#[tokio::test]
async fn a_span_of_time_begins_with_its_first_millisecond_and_ends_before_its_last() {
    let (world, alice) = World::with_alice().await;
    let tenant = alice.tenant_id;
    let first = event(&world, Some(tenant), EventKind::MfaEnabled, Some(alice.id)).await;
    let second = event(&world, Some(tenant), EventKind::MfaEnabled, Some(alice.id)).await;
    let span = |since, until| Filter { since: Some(since), until: Some(until), ..Filter::default() };
    let a_millisecond_later = |at: Timestamp| Timestamp::from_millis(at.millis() + 1);
    for (filter, expected) in [
        (span(first.at, second.at), vec![first.id]),
        (span(first.at, a_millisecond_later(second.at)), vec![second.id, first.id]),
        (span(a_millisecond_later(first.at), second.at), vec![]),
        (span(second.at, first.at), vec![]),
        (Filter { before: Some(first.id), ..span(first.at, second.at) }, vec![]),
        (Filter { before: Some(second.id), ..span(first.at, second.at) }, vec![first.id]),
        (Filter { before: Some(second.id), ..span(first.at, first.at) }, vec![]),
    ] {
        assert_eq!(list(&world, tenant, &filter).await, expected, "{filter:?}");
    }
}

#[tokio::test]
async fn events_come_newest_first_page_by_page() {
    let (world, alice) = World::with_alice().await;
    let tenant = alice.tenant_id;
    let mut expected = vec![];
    for _ in 0..5 {
        expected.insert(0, event(&world, Some(tenant), EventKind::SignInSucceeded, Some(alice.id)).await.id);
    }
    let mut seen: Vec<EventId> = vec![];
    loop {
        let filter = Filter { user: Some(alice.id), before: seen.last().copied(), ..Filter::default() };
        let page = audit::list(world.store(), tenant, &filter, 2).await.unwrap();
        if page.is_empty() {
            break;
        }
        assert!(page.len() <= 2);
        seen.extend(page.into_iter().map(|entry| entry.event.id));
    }
    assert_eq!(seen, expected);
}

/// attacks.md row 52: a tenant sees its own events, not even those about its people elsewhere.
#[tokio::test]
async fn a_tenant_sees_its_own_events_only() {
    let (world, alice) = World::with_alice().await;
    let other = world.tenant("other").await.id;
    let own = event(&world, Some(alice.tenant_id), EventKind::SignInSucceeded, Some(alice.id)).await;
    event(&world, Some(other), EventKind::SignInSucceeded, Some(alice.id)).await;
    event(&world, None, EventKind::KeysRotated, None).await;
    assert_eq!(list(&world, alice.tenant_id, &Filter::default()).await, [own.id]);
    let about_alice = Filter { user: Some(alice.id), ..Filter::default() };
    assert_eq!(list(&world, alice.tenant_id, &about_alice).await, [own.id]);
}

/// attacks.md row 1: what one source repeats within a minute is one row, also when two nodes write it at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn repetitions_are_counted_in_one_row_also_at_once() {
    let world = World::new().await;
    let (id, at): (EventId, Timestamp) = (world.id(), world.now());
    let counted = world
        .race(async move |tx| {
            let mut event = Event::of_server(id, at, ActorKind::Anonymous, EventKind::SignInThrottled);
            event.repeated = Some(Repeated { key: b"key".to_vec(), times: 2, last_at: at.plus_secs(7) });
            audit::append(tx, &event).await?;
            Ok(true)
        })
        .await;
    let rows: Vec<Event> = world.store().all("SELECT * FROM audit_events", vec![]).await.unwrap();
    assert_eq!(rows.len(), 1);
    let counted = u32::try_from(2 * counted).unwrap();
    assert_eq!(rows[0].times(), counted);
    let told = rows[0].told();
    assert_eq!((&told["count"], &told["last_at"]), (&json!(counted), &json!(at.plus_secs(7))));
}

/// Old events are forgotten a few at a time, the oldest first, and no younger ones.
#[tokio::test]
async fn events_are_forgotten_by_age_a_few_at_a_time() {
    let (world, alice) = World::with_alice().await;
    let tenant = alice.tenant_id;
    let mut events = vec![];
    for _ in 0..5 {
        events.push(event(&world, Some(tenant), EventKind::SignInSucceeded, Some(alice.id)).await);
    }
    let end = events[3].at;
    let forget = async || world.write(async |tx| audit::forget(tx, end, 2).await).await;
    assert_eq!((forget().await, forget().await, forget().await), (2, 1, 0));
    assert_eq!(list(&world, tenant, &Filter::default()).await, [events[4].id, events[3].id]);
}
