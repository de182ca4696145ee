//! Within an organisation: each role, on each other one and on oneself.

use super::*;

/// One of each role, all with a fresh factor: `o`, `a`, `h`, `m`.
async fn actors(test: &TestApp) -> Vec<(char, &'static str, Caller<'_>)> {
    let olga = enforcing_owner(test).await;
    add(test, "hana", Role::Helpdesk).await;
    let mut actors = vec![('o', "olga", olga)];
    for (letter, name) in [('a', "adam"), ('h', "hana"), ('m', "mia")] {
        actors.push((letter, name, with_factor(test, name).await));
    }
    actors
}

/// attacks.md row 68: what each role may do to its organisation, and that a refusal leaves no trace.
#[tokio::test]
async fn each_role_does_to_the_organisation_what_is_its_own() {
    let test = TestApp::start().await;
    let actors = actors(&test).await;
    let before = test.cells().await;
    for refused in [true, false] {
        for (method, path, by, status) in ON_ORGANISATION {
            let act = Act::on_organisation("demo", (method, path));
            for (letter, name, caller) in actors.iter().filter(|actor| by.contains(actor.0) != refused) {
                let answer = act.by(caller).await;
                let expected = if refused { 403 } else { *status };
                // Whoever comes second finds the newcomer there already.
                let expected = match (*path, *letter) {
                    ("/users", 'a') if !refused && *method == "POST" => 409,
                    ("/users/import", 'a') if !refused => 422,
                    _ => expected,
                };
                assert_eq!(answer.status, expected, "{name}: {method} {path}: {}", answer.text());
                assert!(!refused || answer.code() == "forbidden", "{name}: {method} {path}");
            }
        }
        assert!(!refused || test.cells().await == before, "a refused act left something");
    }
}

/// attacks.md row 67: nobody acts upwards, sideways or on themselves, by any route, and a refusal leaves no trace.
/// attacks.md row 68: what each role may do to people.
#[tokio::test]
async fn nobody_does_to_people_what_is_not_theirs_to_do() {
    let test = TestApp::start().await;
    let actors = actors(&test).await;
    let mut people = vec![];
    for (letter, role) in ROLES {
        let name = format!("other-{letter}");
        add(&test, &name, role).await;
        let caller = with_factor(&test, &name).await;
        people.push((letter, id_of(&actors[0].2, &name).await, factor_of(&caller).await));
    }
    let mut own = vec![];
    for (_, name, caller) in &actors {
        own.push(('s', id_of(&actors[0].2, name).await, factor_of(caller).await));
    }
    let before = test.cells().await;
    for (method, path, on, _) in ON_PEOPLE {
        for (number, (_, name, caller)) in actors.iter().enumerate() {
            let allowed = on.get(number).copied().unwrap_or_default();
            let targets = people.iter().chain([&own[number]]);
            for (letter, person, factor) in targets.filter(|target| !allowed.contains(target.0)) {
                let answer = Act::on_person("demo", (method, path), (person, factor)).by(caller).await;
                let seen = (answer.status.as_u16(), answer.code());
                assert_eq!(seen, (403, "forbidden".to_owned()), "{name} on {letter}: {method} {path}");
            }
        }
    }
    assert_eq!(test.cells().await, before);
}

/// attacks.md row 68: what each role may do to people, it can.
#[tokio::test]
async fn each_role_does_to_people_what_is_its_own() {
    let test = TestApp::start().await;
    let actors = actors(&test).await;
    let mut number = 0;
    for (method, path, on, status) in ON_PEOPLE {
        for ((_, name, caller), allowed) in actors.iter().zip(on) {
            for (letter, role) in ROLES.iter().filter(|role| allowed.contains(role.0)) {
                number += 1;
                let (person, factor) = target(&test, &format!("target{number}"), *role, path).await;
                let answer = Act::on_person("demo", (method, path), (&person, &factor)).by(caller).await;
                assert_eq!(answer.status, *status, "{name} on {letter}: {method} {path}: {}", answer.text());
            }
        }
    }
    for (_, name, caller) in &actors[..3] {
        let own = id_of(&actors[0].2, name).await;
        Act::on_person("demo", ("GET", ""), (&own, "")).by(caller).await.expect(200);
    }
}

/// Somebody to whom the act can be done: invited, with a factor, or just there.
async fn target(test: &TestApp, name: &str, role: Role, path: &str) -> (String, String) {
    let password = (path != "/invitation").then(|| PASSWORD.to_owned().into());
    let wanted = CreateUser { username: name.into(), email: None, display_name: None, role, password };
    let made = admin::create_user(&test.app, "demo", wanted).await.unwrap();
    let factor = match path {
        "/mfa/methods/{id}" => factor_of(&with_factor(test, name).await).await,
        _ => String::new(),
    };
    (made.user.id.to_string(), factor)
}
