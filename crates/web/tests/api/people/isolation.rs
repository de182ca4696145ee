//! Who may do what to whom, all of it: every administrative route, for every role, person and organisation.

use std::collections::BTreeSet;

use axum::http::Method;
use serde_json::{Value, json};
use twinlock_core::user::Role;
use twinlock_service::admin::{self, CreateUser};
use twinlock_testkit::{Answer, Caller, TestApp, app::PASSWORD};

use super::{add, id_of};
use crate::routes::{Guard, ROUTES};

mod cursors;
mod outsiders;
mod roles;

/// What a role may do to its organisation: one letter for each role that may, and the status it is answered with.
const ON_ORGANISATION: &[(&str, &str, &str, u16)] = &[
    ("GET", "/audit", "oa", 200),
    ("GET", "/audit.csv", "oa", 200),
    ("GET", "/users.csv", "oa", 200),
    ("POST", "/invitations", "oa", 202),
    ("POST", "/mfa/reminders", "oa", 202),
    ("GET", "/mfa/history", "oah", 200),
    ("GET", "/mfa/status", "oah", 200),
    ("GET", "/recommendations", "oa", 200),
    ("GET", "/settings", "oa", 200),
    ("PATCH", "/settings", "oa", 200),
    ("GET", "/users", "oah", 200),
    ("POST", "/users", "oa", 201),
    ("POST", "/users/import", "oa", 201),
];

/// To whom an owner, an administrator and helpdesk may do it: one letter for each role, `s` for oneself.
const ON_PEOPLE: &[(&str, &str, [&str; 3], u16)] = &[
    ("DELETE", "", ["oahm", "hm", ""], 204),
    ("GET", "", ["oahms", "oahms", "oahms"], 200),
    ("PATCH", "", ["oahm", "hm", ""], 200),
    ("POST", "/invitation", ["oahm", "hm", ""], 200),
    ("GET", "/mfa", ["oahm", "hm", "m"], 200),
    ("PUT", "/mfa/deadline", ["oahm", "hm", ""], 200),
    ("DELETE", "/mfa/methods/{id}", ["oahm", "hm", ""], 204),
    ("POST", "/reset-mfa", ["oahm", "hm", "m"], 200),
    ("DELETE", "/sessions", ["oahm", "hm", ""], 204),
    ("GET", "/sessions", ["oahm", "hm", ""], 200),
];

/// Roles with their letters.
const ROLES: [(char, Role); 4] =
    [('o', Role::Owner), ('a', Role::Admin), ('h', Role::Helpdesk), ('m', Role::Member)];

/// A request with a body that is right.
struct Act {
    method: Method,
    path: String,
}

impl Act {
    fn on_organisation(tenant: &str, (method, path): (&str, &str)) -> Self {
        Self { method: method.parse().unwrap(), path: format!("/api/v1/tenants/{tenant}{path}") }
    }

    fn on_person(tenant: &str, (method, path): (&str, &str), (person, factor): (&str, &str)) -> Self {
        let path = format!("/users/{person}{}", path.replace("{id}", factor));
        Self::on_organisation(tenant, (method, &path))
    }

    fn body(&self) -> Value {
        let last = self.path.rsplit('/').next().unwrap_or_default();
        match (self.method.as_str(), last) {
            ("PATCH", "settings") => json!({ "password_min_length": 13 }),
            ("PATCH", _) => json!({ "status": "suspended" }),
            ("POST", "users") => json!({ "username": "newcomer", "password": PASSWORD }),
            ("PUT", "deadline") => json!({ "deadline": "2026-03-20T12:00:00Z", "reason": "on leave" }),
            _ => json!({}),
        }
    }

    async fn by(&self, caller: &Caller<'_>) -> Answer {
        match self.method {
            _ if self.path.ends_with("/import") => {
                caller.raw(self.method.clone(), &self.path, "text/csv", "username\nimported\n").await
            }
            Method::GET | Method::DELETE => caller.raw(self.method.clone(), &self.path, "", "").await,
            _ => caller.call(self.method.clone(), &self.path, &self.body()).await,
        }
    }
}

/// Somebody of the demo tenant with a factor, proven just now.
async fn with_factor<'a>(test: &'a TestApp, name: &str) -> Caller<'a> {
    let mut caller = test.sign_in(name).await;
    caller.enrol().await;
    caller
}

/// The owner, who requires a second factor of everybody within a week.
async fn enforcing_owner(test: &TestApp) -> Caller<'_> {
    let olga = with_factor(test, "olga").await;
    let week = json!({ "mfa_required": true, "mfa_grace_period_days": 7 });
    olga.patch("/api/v1/tenants/demo/settings", week).await.expect(200);
    olga
}

/// The id of somebody's only factor.
async fn factor_of(caller: &Caller<'_>) -> String {
    caller.get("/api/v1/mfa").await.expect(200).json()["methods"][0]["id"].as_str().unwrap().to_owned()
}

/// A route that is missing in the tables above would be tried by no test of this folder.
#[test]
fn every_administrative_route_is_in_the_tables() {
    let route = |method: &str, path: String, helps| (method.to_owned(), path, helps);
    let mut tables = BTreeSet::new();
    for (method, path, by, _) in ON_ORGANISATION {
        tables.insert(route(method, format!("/api/v1/tenants/{{tenantID}}{path}"), by.contains('h')));
    }
    for (method, path, on, _) in ON_PEOPLE {
        let path = format!("/api/v1/tenants/{{tenantID}}/users/{{userID}}{path}");
        tables.insert(route(method, path, !on[2].is_empty()));
    }
    let administrative =
        ROUTES.iter().filter(|route| matches!(route.guard, Guard::Helps | Guard::Administers));
    let listed = administrative
        .map(|listed| route(listed.method, listed.template.to_owned(), listed.guard == Guard::Helps));
    assert_eq!(tables, listed.collect());
}
