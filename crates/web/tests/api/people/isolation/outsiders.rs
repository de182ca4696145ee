//! From outside: nobody, half signed in, or of another organisation.

use twinlock_core::audit::EventKind;
use twinlock_testkit::inspect::Cell;

use super::*;

/// Nobody's id.
const NOBODY: &str = "0198c3a2-7b10-7c3e-8f4a-0123456789ab";

/// Every act on an organisation and on a person of it.
fn acts(tenant: &str, person: (&str, &str)) -> Vec<Act> {
    let on_organisation = ON_ORGANISATION.iter().map(|row| Act::on_organisation(tenant, (row.0, row.1)));
    on_organisation.chain(on_person(tenant, person)).collect()
}

fn on_person(tenant: &str, person: (&str, &str)) -> Vec<Act> {
    ON_PEOPLE.iter().map(|row| Act::on_person(tenant, (row.0, row.1), person)).collect()
}

/// The owners of both organisations, and a member of each with the id of their factor.
struct Two<'a> {
    olga: Caller<'a>,
    otto: Caller<'a>,
    mia: (String, String),
    other_mia: (String, String),
}

async fn two(test: &TestApp) -> Two<'_> {
    let olga = enforcing_owner(test).await;
    let mut otto = test.anonymous().sign_in("other", "otto", PASSWORD).await;
    otto.enrol().await;
    let mia = with_factor(test, "mia").await;
    let mut other = test.anonymous().sign_in("other", "mia", PASSWORD).await;
    other.enrol().await;
    let own = async |caller: &Caller<'_>| {
        let id = caller.get("/api/v1/account").await.expect(200).string("id");
        (id, factor_of(caller).await)
    };
    let (mia, other_mia) = (own(&mia).await, own(&other).await);
    Two { olga, otto, mia, other_mia }
}

/// Everything but the audit log, which tells of those who try.
async fn untold(test: &TestApp) -> Vec<Cell> {
    test.cells().await.into_iter().filter(|cell| !cell.place.starts_with("audit_events.")).collect()
}

/// The same answer, whatever there is: status, headers and body.
async fn as_if_there_were_none(caller: &Caller<'_>, real: &[Act], invented: &[Act]) {
    assert_eq!(real.len(), invented.len());
    for (real, invented) in real.iter().zip(invented) {
        let answer = real.by(caller).await;
        let seen = (answer.status.as_u16(), answer.code());
        assert_eq!(seen, (404, "not_found".to_owned()), "{} {}", real.method, real.path);
        assert_eq!(answer.seen(), invented.by(caller).await.seen(), "{} {}", real.method, real.path);
    }
}

/// attacks.md row 65: an organisation is there for its own people only, by every route and verb, and nothing is
/// changed in it.
/// attacks.md row 66: nor is a person of it there under the path of another one.
#[tokio::test]
async fn another_organisation_is_not_there() {
    let test = TestApp::start().await;
    let Two { olga, otto, mia, other_mia } = two(&test).await;
    let of = |(person, factor): &(String, String)| (person.clone(), factor.clone());
    let (mia, other_mia) = (of(&mia), of(&other_mia));
    let (mia, other_mia) = ((mia.0.as_str(), mia.1.as_str()), (other_mia.0.as_str(), other_mia.1.as_str()));
    let nobody = (NOBODY, NOBODY);
    let before = untold(&test).await;
    as_if_there_were_none(&otto, &acts("demo", mia), &acts("nowhere", nobody)).await;
    as_if_there_were_none(&otto, &acts("demo", other_mia), &acts("nowhere", nobody)).await;
    as_if_there_were_none(&otto, &on_person("other", mia), &on_person("other", nobody)).await;
    as_if_there_were_none(&olga, &on_person("demo", other_mia), &on_person("demo", nobody)).await;
    as_if_there_were_none(&olga, &acts("system", mia), &acts("nowhere", nobody)).await;
    // A factor of somebody else is none of the person in the path.
    let bob = id_of(&olga, "bob").await;
    for factor in [mia.1, other_mia.1] {
        let act = Act::on_person("demo", ("DELETE", "/mfa/methods/{id}"), (&bob, factor));
        act.by(&olga).await.refused(404, "not_found");
    }
    assert_eq!(untold(&test).await, before);
}

/// attacks.md row 68: without a whole sign-in there is nothing to administer, whoever one is.
#[tokio::test]
async fn half_a_sign_in_administers_nothing() {
    let test = TestApp::start().await;
    let Two { mia, .. } = two(&test).await;
    let login = async |name: &str| test.anonymous().login("demo", name, PASSWORD, None).await.expect(200);
    let pending = login("olga").await.string("mfa_token");
    test.clock.advance_secs(1);
    add(&test, "late", Role::Owner).await;
    let enrolling = login("late").await.string("enrollment_token");
    let before = test.cells().await;
    for act in acts("demo", (&mia.0, &mia.1)) {
        act.by(&test.anonymous()).await.refused(401, "unauthenticated");
        act.by(&test.anonymous().with_token(&pending)).await.refused(401, "unauthenticated");
        let by = test.anonymous().with_token(&enrolling);
        act.by(&by).await.refused(403, "mfa_enrollment_required");
    }
    assert_eq!(test.cells().await, before);
}

/// attacks.md row 65: whoever tries is seen by those who look after them; the other organisation learns nothing.
#[tokio::test]
async fn a_try_to_reach_another_organisation_is_in_ones_own_audit_log() {
    let test = TestApp::start().await;
    let Two { olga, otto, .. } = two(&test).await;
    let tries = async || test.events(EventKind::OtherTenantRefused).await;
    for tenant in ["demo", "nowhere", "demo"] {
        otto.get(&format!("/api/v1/tenants/{tenant}/users")).await.refused(404, "not_found");
    }
    assert_eq!(tries().await.len(), 1, "once a minute, however many they are");
    test.clock.advance_secs(60);
    otto.get("/api/v1/tenants/nowhere/settings").await.refused(404, "not_found");
    assert_eq!(tries().await.len(), 2, "the same for one that there is not");
    olga.get("/api/v1/tenants/demo/users").await.expect(200);
    assert_eq!(tries().await.len(), 2);
    // What only operators do is the gravest of tries.
    test.clock.advance_secs(60);
    otto.delete("/api/v1/tenants/demo").await.refused(404, "not_found");
    assert_eq!(tries().await.len(), 3);
    let told = async |caller: &Caller<'_>, tenant: &str| {
        let path = format!("/api/v1/tenants/{tenant}/audit?type=session.other_tenant_refused");
        caller.get(&path).await.expect(200).json()["items"].as_array().unwrap().len()
    };
    assert_eq!((told(&otto, "other").await, told(&olga, "demo").await), (3, 0));
}

/// attacks.md row 65: the path alone says which organisation is meant, in one spelling.
#[tokio::test]
async fn nothing_but_the_path_names_the_organisation() {
    let test = TestApp::start().await;
    let Two { otto, mia, .. } = two(&test).await;
    for tenant in
        ["DEMO", "demo%20", "%20demo", "demo%00", "demo/", "other%2f..%2fdemo", "other/../demo", "*", "%25"]
    {
        for path in ["users", "settings", "mfa/status", "mfa/history"] {
            otto.get(&format!("/api/v1/tenants/{tenant}/{path}")).await.refused(404, "not_found");
        }
    }
    let own = "/api/v1/tenants/other/users";
    let elsewhere =
        otto.clone().with_header("x-tenant-id", "demo").with_header("x-forwarded-prefix", "/demo");
    let listed = elsewhere.get(own).await.expect(200).json();
    assert!(listed["items"].as_array().unwrap().iter().all(|person| person["tenant_id"] == "other"));
    for query in ["tenant_id=demo", "tenantID=demo"] {
        otto.get(&format!("{own}?{query}")).await.refused(422, "validation_failed");
    }
    for field in ["tenant_id", "tenant", "id"] {
        let mut body = json!({ "username": "spy" });
        body[field] = json!("demo");
        otto.post(own, body).await.refused(422, "validation_failed");
    }
    let reminded = otto.post("/api/v1/tenants/other/mfa/reminders", json!({ "user_ids": [mia.0] })).await;
    assert!(!reminded.text().contains("already_enrolled"), "{}", reminded.text());
}
