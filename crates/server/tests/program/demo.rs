//! `twinlock demo`: accounts that work at once, in data that may be thrown away.

use std::{fs, net::TcpListener, process::Command};

use serde_json::Value;

use crate::support::{Ended, Home, Server, code_now, twinlock};

/// User name, role, password and secret of each line of the table.
fn people(server: &Server) -> Vec<Vec<String>> {
    let cells = |line: &String| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let rows = server.said.iter().map(cells);
    rows.filter(|cells| {
        cells.len() == 4 && ["owner", "admin", "helpdesk", "member"].contains(&cells[1].as_str())
    })
    .collect()
}

#[tokio::test]
async fn every_account_of_the_table_works_at_once() {
    let server = Server::start(twinlock(["demo", "--listen", "127.0.0.1:0"]));
    let people = people(&server);
    let roles: Vec<_> = people.iter().map(|cells| cells[1].as_str()).collect();
    assert_eq!(roles, ["owner", "admin", "helpdesk", "member", "member", "member"], "{:?}", server.said);
    for cells in &people {
        let [username, role, password, secret] = cells.as_slice() else { unreachable!() };
        let code = (secret != "(none)").then(|| code_now(secret));
        if code.is_some() {
            let (_, first) = server.login(username, password, None).await;
            assert_eq!(first["mfa_required"], true, "{username}: {first}");
        }
        let (status, answer) = server.login(username, password, code.as_deref()).await;
        assert_eq!(
            (status, answer["user"]["role"].as_str()),
            (200, Some(role.as_str())),
            "{username}: {answer}"
        );
    }
    let with_app = people.iter().filter(|cells| cells[3] != "(none)").count();
    assert!((1..people.len()).contains(&with_app), "some have a second factor");
}

/// attacks.md row 94: at the most talkative level, after a sign-in with both locks, no password, secret or
/// token is in the log.
#[tokio::test]
async fn passwords_and_secrets_are_fresh_each_time_and_not_in_the_log() {
    let start = || {
        let mut command = twinlock(["demo", "--listen", "127.0.0.1:0"]);
        command.env("TWINLOCK_LOG__LEVEL", "trace");
        Server::start(command)
    };
    let (one, other) = (start(), start());
    let (first, second) = (people(&one), people(&other));
    let (maria, mut hidden) = (&first[0], Vec::new());
    let (_, pending) = one.login("maria", &maria[2], None).await;
    let (_, done) = one.login("maria", &maria[2], Some(&code_now(&maria[3]))).await;
    for token in [&pending["mfa_token"], &done["token"]] {
        hidden.push(token.as_str().unwrap().to_owned());
    }
    assert_eq!(one.session(&hidden[1]).await, 200);
    for (one, other) in first.iter().zip(&second) {
        assert_ne!(one[2], other[2]);
        hidden.push(one[2].clone());
        if one[3] != "(none)" {
            assert_ne!(one[3], other[3]);
            hidden.push(one[3].clone());
        }
    }
    let log = one.stop().err;
    assert!(log.contains("TRACE"), "it is talkative");
    assert_eq!(hidden.iter().find(|secret| log.contains(*secret)), None);
}

#[test]
fn it_is_for_this_machine_only_unless_allowed() {
    let line = Ended::of(twinlock(["demo", "--listen", "0.0.0.0:0"])).failed(2);
    assert!(line.contains("--allow-remote"), "{line}");
    let allowed = Server::start(twinlock(["demo", "--listen", "0.0.0.0:0", "--allow-remote"]));
    assert!(allowed.url.starts_with("http://0.0.0.0:"), "{}", allowed.url);
}

#[test]
fn a_named_folder_is_marked_used_again_and_never_somebodys() {
    let home = Home::new();
    let demo = || home.command(&["demo", "--listen", "127.0.0.1:0"]);
    assert_eq!(Server::start(demo()).stop().code, 0);
    assert!(home.path("data/.twinlock-demo").exists());
    let running = Server::start(demo());
    assert!(Ended::of(demo()).failed(1).contains("in use"));
    running.stop();

    let real = Home::new();
    real.serve_people().stop();
    let before = fs::read(real.path("data/twinlock.db")).unwrap();
    let line = real.run(&["demo", "--listen", "127.0.0.1:0"]).failed(2);
    assert!(line.contains("not a demo's"), "{line}");
    assert_eq!(fs::read(real.path("data/twinlock.db")).unwrap(), before);
}

#[test]
fn it_leaves_nothing_behind() {
    let home = Home::new();
    fs::create_dir(home.path("tmp")).unwrap();
    let mut command = twinlock(["demo", "--listen", "127.0.0.1:0"]);
    command.env("TMPDIR", home.path("tmp"));
    let server = Server::start(command);
    assert_eq!(fs::read_dir(home.path("tmp")).unwrap().count(), 1);
    server.stop();
    assert_eq!(fs::read_dir(home.path("tmp")).unwrap().count(), 0);
}

/// Somebody of the second list: organisation, password and secret.
struct Further {
    tenant: String,
    password: String,
    secret: Option<String>,
}

fn further(server: &Server, username: &str) -> Further {
    let line = server.said.iter().position(|line| line.starts_with(&format!("  {username} ("))).unwrap();
    let cells: Vec<_> = server.said[line + 1].split_whitespace().collect();
    let [login, "password", password, "secret", secret] = cells.as_slice() else { panic!("{cells:?}") };
    let tenant = login.strip_suffix("/login").unwrap().rsplit('/').next().unwrap();
    Further {
        tenant: tenant.to_owned(),
        password: (*password).to_owned(),
        secret: (*secret != "(none)").then(|| (*secret).to_owned()),
    }
}

/// The token of somebody of either list.
async fn token(server: &Server, username: &str) -> String {
    let row = people(server).into_iter().find(|cells| cells[0] == username);
    let who = row.map_or_else(
        || further(server, username),
        |cells| Further {
            tenant: "demo".to_owned(),
            password: cells[2].clone(),
            secret: Some(cells[3].clone()).filter(|secret| secret != "(none)"),
        },
    );
    let body = serde_json::json!({
        "tenant_id": who.tenant, "username": username, "password": who.password,
        "mfa_code": who.secret.as_deref().map(code_now),
    });
    let (status, answer) = server.post("/api/v1/auth/login", &body).await;
    assert_eq!(status, 200, "{username}: {answer}");
    answer["token"].as_str().unwrap().to_owned()
}

async fn get(server: &Server, token: &str, path: &str) -> Value {
    let request = reqwest::Client::new().get(format!("{}/api/v1{path}", server.url)).bearer_auth(token);
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200, "{path}");
    serde_json::from_str(&response.text().await.unwrap()).unwrap()
}

fn count(list: &Value) -> usize {
    list["items"].as_array().unwrap().len()
}

fn demo() -> Server {
    Server::start(twinlock(["demo", "--listen", "127.0.0.1:0"]))
}

#[tokio::test]
async fn an_owner_has_something_to_see_on_every_page_of_the_console() {
    let server = demo();
    let maria = token(&server, "maria").await;
    let status = get(&server, &maria, "/tenants/demo/mfa/status").await;
    assert_eq!((&status["users_total"], &status["users_enrolled"]), (&7.into(), &5.into()), "{status}");
    let history = get(&server, &maria, "/tenants/demo/mfa/history?days=60").await;
    let days: Vec<_> = history["days"].as_array().unwrap().iter().map(|day| &day["users_enrolled"]).collect();
    assert_eq!((days.len(), days[0], days[34]), (35, &0.into(), &5.into()), "{history}");
    let kinds: Vec<_> = get(&server, &maria, "/tenants/demo/audit?limit=100").await["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["type"].as_str().unwrap().to_owned())
        .collect();
    for kind in ["account.invitation_sent", "mfa.factor_added", "sign_in.password_refused", "tenant.created"]
    {
        assert!(kinds.iter().any(|found| found == kind), "{kind}: {kinds:?}");
    }
    assert_eq!(kinds.last().unwrap(), "tenant.created", "the oldest is last");
    let worth = get(&server, &maria, "/tenants/demo/recommendations").await;
    let worth: Vec<_> = worth["items"].as_array().unwrap().iter().map(|item| &item["id"]).collect();
    for id in ["owner_with_one_factor", "people_at_risk", "mfa_not_required"] {
        assert!(worth.iter().any(|found| *found == id), "{id}: {worth:?}");
    }
    assert_eq!(count(&get(&server, &maria, "/tenants/demo/users?status=invited").await), 1);
    let anton = token(&server, "anton").await;
    assert_eq!(count(&get(&server, &anton, "/mfa/webauthn").await), 1);
    let dora = token(&server, "dora").await;
    assert_eq!(get(&server, &dora, "/mfa").await["readiness"]["verdict"], "at_risk");
}

/// There are several organisations, and bob need not know the short name of his.
#[tokio::test]
async fn whoever_names_no_organisation_is_of_the_one_that_the_guide_speaks_of() {
    let server = demo();
    let page = server.get("/login").await.1;
    assert!(page.contains("Demo organisation") && !page.contains("for=\"tenant_id\""), "{page}");
    assert!(server.get("/t/office/login").await.1.contains("value=\"office\""));
}

#[tokio::test]
async fn a_deadline_is_running_where_it_disturbs_nobody_else() {
    let server = demo();
    let pia = token(&server, "pia").await;
    let own = get(&server, &pia, "/mfa").await;
    assert_eq!((&own["required"], &own["grace"]["days_left"]), (&true.into(), &2.into()), "{own}");
    let olga = token(&server, "olga").await;
    let status = get(&server, &olga, "/tenants/office/mfa/status").await;
    assert_eq!((&status["users_total"], &status["users_enrolled"]), (&3.into(), &1.into()), "{status}");
    assert_eq!(status["required"], true);
    // Whoever tries the API with the people of the first list may switch their second factor off.
    let settings = get(&server, &token(&server, "maria").await, "/tenants/demo/settings").await;
    assert_eq!(settings["mfa_required"], false);
}

#[tokio::test]
async fn an_operator_sees_organisations_a_mail_that_waits_and_somebody_to_approve() {
    let server = demo();
    let otto = token(&server, "otto").await;
    let tenants = get(&server, &otto, "/tenants").await;
    let ids: Vec<_> = tenants["items"].as_array().unwrap().iter().map(|tenant| &tenant["id"]).collect();
    assert!(["demo", "office"].iter().all(|id| ids.iter().any(|found| found == id)), "{tenants}");
    let health = get(&server, &otto, "/operators/health").await;
    assert_eq!(health["ready"], true, "{health}");
    let queue = get(&server, &otto, "/operators/mail").await;
    // The others may be on their way still.
    let stuck = queue["items"].as_array().unwrap().iter().find(|mail| mail["attempts"] == 6);
    assert!(stuck.is_some_and(|mail| !mail["last_error"].is_null()), "{queue}");
    let operators = get(&server, &otto, "/operators").await;
    assert_eq!(count(&operators), 2);
    assert!(operators.to_string().contains("\"awaiting_approval\":true"), "{operators}");
}

/// Whatever the port, the calls that the demo prints are the guide's, and work as they are.
#[tokio::test]
async fn the_printed_calls_work_where_port_8080_is_taken() {
    // Somebody else's may be there already: then it is taken as well.
    let _taken = TcpListener::bind("127.0.0.1:8080");
    let server = Server::start(twinlock(["demo"]));
    assert!(server.said[0].contains("8080 is taken"), "{:?}", server.said);
    let base = server.url.replace("127.0.0.1", "localhost");
    let calls: Vec<_> =
        server.said.iter().filter(|line| line.contains("curl -s")).map(|line| line.trim()).collect();
    assert_eq!(calls.len(), 4, "{calls:?}");
    assert!(calls.iter().all(|call| call.contains(&base)), "{calls:?}");
    let script = calls.join("; echo; ");
    let done = Command::new("bash").args(["-c", &script]).output().unwrap();
    let out = String::from_utf8(done.stdout).unwrap();
    for part in ["\"token\":", "\"username\":\"bob\"", "\"backup_codes\":"] {
        assert!(out.contains(part), "{part}: {out}");
    }
}

#[tokio::test]
async fn mails_are_read_in_the_demo_newest_first_and_their_links_work() {
    let server = demo();
    let place = format!(
        "mails reach nobody: read them at {}/demo/mail",
        server.url.replace("127.0.0.1", "localhost")
    );
    assert!(server.said.contains(&place), "{:?}", server.said);
    let reset = serde_json::json!({ "tenant_id": "demo", "email": "alice@demo.example" });
    assert_eq!(server.post("/api/v1/auth/password-reset", &reset).await.0, 202);
    let mut list = String::new();
    for _ in 0..5000 {
        list = server.get("/demo/mail").await.1;
        if list.contains("alice@demo.example") {
            break;
        }
    }
    let (newest, invited) =
        (list.find("alice@demo.example").unwrap(), list.find("ivan@demo.example").unwrap());
    assert!(newest < invited, "the newest comes first");
    let links: Vec<_> = list.split("href=\"").filter_map(|rest| rest.split('"').next()).collect();
    let mail = links.iter().find(|link| link.starts_with("/demo/mail/")).unwrap();
    let (status, text) = server.get(mail).await;
    assert_eq!(status, 200);
    let opens = text.split("href=\"").filter_map(|rest| rest.split('"').next());
    let link = opens.clone().find(|link| link.contains("/reset")).expect("a link to press").to_owned();
    let path = link.split_once("localhost").unwrap().1.split_once('/').unwrap().1;
    assert_eq!(server.get(&format!("/{path}")).await.0, 200, "{link}");
    let html = reqwest::get(format!("{}{mail}/html", server.url)).await.unwrap();
    let policy = html.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'; style-src 'unsafe-hashes' 'sha256-"), "{policy}");
    assert!(html.text().await.unwrap().contains(&link));
    for path in ["/demo/mail/nothing", "/demo/mail/00000000-0000-0000-0000-000000000000", "/demo/mail/x/html"]
    {
        assert_eq!(server.get(path).await.0, 404, "{path}");
    }
}

/// attacks.md row 68: what a demo shows to everybody is not there on a server that somebody needs.
#[tokio::test]
async fn a_server_shows_its_mails_to_nobody() {
    let home = Home::new();
    let server = home.serve_people();
    for path in ["/demo/mail", "/demo/mail/00000000-0000-0000-0000-000000000000", "/demo/mail/x/html"] {
        assert_eq!(server.get(path).await.0, 404, "{path}");
    }
    assert!(!server.get("/login").await.1.contains("/demo/mail"));
}

#[tokio::test]
async fn its_database_is_as_people_would_have_left_it_at_every_start() {
    let home = Home::new();
    let start = || Server::start(home.command(&["demo", "--listen", "127.0.0.1:0"]));
    for _ in 0..2 {
        let server = start();
        let log = server.stop().err;
        // The hashes of tests are cheap, and nothing else is worth a word.
        assert!(log.lines().all(|line| line.contains("hashing.insecure")), "{log}");
        assert_eq!(home.violations().await, Vec::<String>::new());
    }
}
