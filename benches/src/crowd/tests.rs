//! A crowd against what the product makes.

use std::collections::HashSet;

use twinlock_core::{name::NameKey, user::Role};
use twinlock_service::{
    admin::{self, CreateUser},
    seed,
};
use twinlock_store::{row::Bind as _, users};
use twinlock_testkit::{TestApp, app::PASSWORD};

use super::*;

const PEOPLE: usize = 100;

/// A crowd in the tenant `demo`. That the database is whole, down to the counts, is checked when the test ends.
async fn crowd(test: &TestApp) -> Crowd {
    let store = test.database.store();
    let mia = users::by_login(store, "demo", &NameKey::of("mia").unwrap()).await.unwrap().unwrap().user;
    let crowd = Crowd {
        people: PEOPLE,
        tenant: mia.tenant_id,
        first_at: test.clock.now().millis() - 100,
        // As long as that of a real secret.
        secret: Sealed { key_id: "test".into(), bytes: vec![7; 24 + 20 + 16] },
    };
    crowd.fill(store, &mia).await;
    crowd
}

struct Line(String);

impl FromRow for Line {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        row.text("line").map(Self)
    }
}

async fn lines(store: &Store, sql: &str, user: UserId) -> Vec<String> {
    let found: Vec<Line> = store.all(sql, vec![user.bind()]).await.unwrap();
    found.into_iter().map(|Line(line)| line).collect()
}

/// What a table has of somebody: the type of each value, and how long those are that have a length of their own.
async fn shape(store: &Store, table: &str, user: UserId) -> Vec<String> {
    let columns = format!("SELECT name AS line FROM pragma_table_info('{table}') WHERE $1 = $1");
    let shape = |name: String| {
        format!("'{name} ' || typeof({name}) || ' ' || iif(typeof({name}) = 'blob', length({name}), '')")
    };
    let columns: Vec<_> = lines(store, &columns, user).await.into_iter().map(shape).collect();
    let whose = match table {
        "users" => "id = $1",
        "recovery_codes" => "set_id = (SELECT id FROM recovery_sets WHERE user_id = $1)",
        _ => "user_id = $1",
    };
    let sql =
        format!("SELECT {} AS line FROM {table} WHERE {whose} ORDER BY 1", columns.join(" || ', ' || "));
    lines(store, &sql, user).await
}

#[tokio::test]
async fn people_of_a_crowd_have_the_rows_that_the_product_makes() {
    let test = TestApp::start().await;
    let (store, crowd) = (test.database.store(), crowd(&test).await);
    let name = "person9999999";
    let wanted = CreateUser {
        username: name.into(),
        email: Some(format!("{name}@demo.example")),
        display_name: Some("Someone 9999999".into()),
        role: Role::Member,
        password: Some(PASSWORD.to_owned().into()),
    };
    let lacking = crowd.user(crowd.lacking(5, 0)[3]);
    let made: UserId = admin::create_user(&test.app, "demo", wanted).await.unwrap().user.id.into();
    let tables = ["users", "login_names", "user_search", "totp_factors", "recovery_sets", "recovery_codes"];
    for table in tables {
        assert_eq!(shape(store, table, lacking).await, shape(store, table, made).await, "{table}");
    }
    let prepared = seed::prepare(&test.app, "demo", name).await.unwrap();
    seed::authenticator_app(&test.app, prepared, true).await.unwrap();
    let enrolled = crowd.user(crowd.enrolled(5)[3]);
    for table in tables {
        assert_eq!(shape(store, table, enrolled).await, shape(store, table, made).await, "{table}");
    }
    let words = "SELECT replace(word, substr(u.username, 7), '#') AS line FROM user_search \
                 JOIN users u ON u.id = user_id WHERE u.id = $1 ORDER BY 1";
    let names = "SELECT kind || ' ' || replace(name, substr(u.username, 7), '#') AS line FROM login_names \
                 JOIN users u ON u.id = user_id WHERE u.id = $1 ORDER BY 1";
    for sql in [words, names] {
        assert_eq!(lines(store, sql, enrolled).await, lines(store, sql, made).await);
    }
}

#[tokio::test]
async fn everybody_of_a_crowd_signs_in_and_is_counted() {
    let test = TestApp::start().await;
    let crowd = crowd(&test).await;
    let olga = test.sign_in("olga").await;
    let status = olga.get("/api/v1/tenants/demo/mfa/status").await.expect(200).json();
    assert_eq!((&status["users_total"], &status["users_enrolled"]), (&104.into(), &85.into()));
    for (numbers, member) in [(crowd.lacking(15, 0), "token"), (crowd.enrolled(85), "mfa_token")] {
        for number in numbers {
            let name = Crowd::username(number);
            let answer = test.anonymous().login("demo", &name, PASSWORD, None).await.expect(200).json();
            assert_eq!(answer["user"]["id"], crowd.user(number).to_string(), "{name}");
            assert!(answer[member].is_string(), "{answer}");
        }
    }
}

#[tokio::test]
async fn an_app_that_is_given_works() {
    let test = TestApp::start().await;
    let crowd = crowd(&test).await;
    let keyring = twinlock_store::seal::Keyring::new("test", [42; 32]);
    let database =
        Database { file: test.database.files().remove(0), store: test.database.connect().await, keyring };
    let numbers = crowd.enrolled(3);
    let secrets = crowd.give_apps(&database, &numbers).await;
    for (number, secret) in numbers.into_iter().zip(secrets) {
        let code = secret.code_at(twinlock_core::factor::totp::step_at(Machine.now()));
        test.clock.set(Machine.now());
        test.anonymous().sign_in_with_code(&Crowd::username(number), &code).await;
    }
}

#[test]
fn samples_are_spread_and_nobody_is_in_them_twice() {
    let crowd = Crowd {
        people: 10_000,
        tenant: TenantId(Uuid::nil()),
        first_at: 0,
        secret: Sealed { key_id: String::new(), bytes: Vec::new() },
    };
    for (numbers, lacks) in [(crowd.lacking(150, 0), true), (crowd.enrolled(840), false)] {
        assert!(numbers.iter().all(|number| (number % OF < LACKING) == lacks && *number < 10_000));
        assert_eq!(numbers.iter().collect::<HashSet<_>>().len(), numbers.len());
        assert!(numbers[0] < 20 && numbers[numbers.len() - 1] > 9900);
    }
    assert_ne!(crowd.lacking(150, 0), crowd.lacking(150, 1));
    let names: HashSet<_> = (0..10_000).map(Crowd::username).collect();
    assert_eq!(names.len(), 10_000);
}
