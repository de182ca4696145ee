//! A role that is taken away while its bearer is at work.

use std::{cell::Cell, future::poll_fn, pin::Pin};

use serde_json::json;
use tokio::task::yield_now;
use twinlock_testkit::{TestApp, app::PASSWORD};

use super::{USERS, change, id_of, is_live, owner};
use crate::support::{audit, enrolled};

const SETTINGS: &str = "/api/v1/tenants/demo/settings";

/// attacks.md row 68: whoever gets another role between the two steps signs in as what they are then.
#[tokio::test]
async fn a_role_that_changes_between_the_steps_is_the_new_one() {
    let test = TestApp::start().await;
    let (mut olga, keys) = owner(&test).await;
    let (_, phone) = enrolled(&test, "adam").await;
    for (role, list) in [("member", 403), ("owner", 200), ("helpdesk", 200), ("member", 403)] {
        olga.step_up(&keys.next_code()).await;
        let pending = test.anonymous().login("demo", "adam", PASSWORD, None).await.expect(200);
        change(&olga, "adam", json!({ "role": role })).await.expect(200);
        let finish = json!({ "mfa_token": pending.string("mfa_token"), "mfa_code": phone.code() });
        let answer = test.anonymous().post("/api/v1/auth/mfa", finish).await.expect(200);
        assert_eq!(answer.json()["user"]["role"], role);
        let adam = test.anonymous().with_token(&answer.string("token"));
        assert_eq!(adam.get(USERS).await.status, list, "{role}");
    }
}

/// attacks.md row 68: whoever is demoted while they act has acted before, or not at all, however far the one or the
/// other was.
#[tokio::test]
async fn an_act_that_meets_the_demotion_came_before_it_or_never() {
    let mut seen = [0; 2];
    let moments = [0, 1, 2, 4, 8, 16];
    for (act_waits, demotion_waits) in moments.iter().flat_map(|moment| [(*moment, 0), (0, *moment)]) {
        let test = TestApp::start().await;
        let (olga, _) = owner(&test).await;
        let (adam, _) = enrolled(&test, "adam").await;
        let path = format!("{USERS}/{}", id_of(&olga, "adam").await);
        // The server knows both, so that neither is looked up.
        assert!(is_live(&olga).await && is_live(&adam).await);
        let before = audit(&test, &olga).await.len();
        test.clock.advance_secs(1);
        let after = Waiting::new(&test);
        let act = async {
            after.statements(act_waits).await;
            after.done(adam.patch(SETTINGS, json!({ "password_min_length": 15 }))).await
        };
        let demote = async {
            after.statements(demotion_waits).await;
            after.done(olga.patch(&path, json!({ "role": "member" }))).await.expect(200)
        };
        let (answer, _) = on_a_clock_that_runs(&test, Box::pin(async { tokio::join!(act, demote) })).await;
        let mut kinds: Vec<_> = audit(&test, &olga).await.into_iter().map(|(kind, _)| kind).collect();
        kinds.truncate(kinds.len() - before);
        let place = |wanted: &str| kinds.iter().position(|kind| kind == wanted);
        // The newest comes first.
        let acted = place("tenant.settings_changed");
        let demoted = place("user.role_changed").expect("a demotion");
        match answer.status.as_u16() {
            200 => assert!(acted.expect("an event") > demoted, "{act_waits} {demotion_waits}: {kinds:?}"),
            _ => assert!(answer.refused(403, "forbidden").status == 403 && acted.is_none(), "{kinds:?}"),
        }
        seen[usize::from(acted.is_some())] += 1;
        adam.get(USERS).await.refused(403, "forbidden");
    }
    assert!(seen.iter().all(|times| *times > 0), "all moments were alike: {seen:?}");
}

/// Waits for what others do.
struct Waiting<'a> {
    test: &'a TestApp,
    begun: u64,
    over: Cell<bool>,
}

impl<'a> Waiting<'a> {
    fn new(test: &'a TestApp) -> Self {
        Self { test, begun: test.app.store().statements(), over: Cell::new(false) }
    }

    /// Until so many statements were run, or whoever runs them is done.
    async fn statements(&self, count: u64) {
        while self.test.app.store().statements() < self.begun + count && !self.over.get() {
            yield_now().await;
        }
    }

    async fn done<T>(&self, work: impl Future<Output = T>) -> T {
        let done = work.await;
        self.over.set(true);
        done
    }
}

/// A second goes by with every statement, so that events are in the order of their transactions.
async fn on_a_clock_that_runs<F: Future + Unpin>(test: &TestApp, mut future: F) -> F::Output {
    let mut known = test.app.store().statements();
    poll_fn(|context| {
        let now = test.app.store().statements();
        test.clock.advance_secs(i64::try_from(now - known).unwrap());
        known = now;
        Pin::new(&mut future).poll(context)
    })
    .await
}
