//! The rows of the table.

use std::{path::Path, time::SystemTime};

use twinlock_core::{
    clock::Timestamp,
    factor::totp::{TotpSecret, step_at},
};

use crate::{
    load::{self, Connection, Shot},
    reference,
    report::{Report, Row},
    server::{self, Server, login, text},
};

const SECONDS: u64 = 5;
const MIB: f64 = 1024.0 * 1024.0;

/// Size of the binary.
pub fn size(binary: &Path, report: &mut Report) {
    let bytes = std::fs::metadata(binary).expect("the binary").len() as f64;
    report.add(Row {
        work: "binary, stripped, all assets inside",
        figure: format!("{:.1} MiB", bytes / MIB),
        reference: "25 MiB".into(),
        ratio: bytes / MIB / 25.0,
        aim: "≤ 1.00",
    });
}

/// Start on an existing database, and memory idle and after many sessions were used.
pub async fn start_and_memory(binary: &Path, report: &mut Report) {
    let folder = server::folder(binary, 1, true);
    let mut starts: Vec<_> = (0..5).map(|_| Server::start(binary, folder.path(), true).took).collect();
    starts.sort_unstable();
    let median = starts[2].as_secs_f64();
    report.add(Row {
        work: "cold start to the line that says it listens",
        figure: format!("{:.0} ms", median * 1000.0),
        reference: "50 ms".into(),
        ratio: median / 0.05,
        aim: "≤ 1.00",
    });
    let server = Server::start(binary, folder.path(), true);
    let idle = server.resident() as f64;
    report.add(Row {
        work: "resident memory, idle",
        figure: format!("{:.1} MiB", idle / MIB),
        reference: "15 MiB".into(),
        ratio: idle / MIB / 15.0,
        aim: "≤ 1.00",
    });
    let shots = (0..20_000).map(|_| login(0)).collect();
    let logins = load::once_each(&server.host, 16, shots).await;
    let used = server.resident() as f64;
    report.add(Row {
        work: "resident memory after 20,000 sessions were opened",
        figure: format!("{:.1} MiB ({} refused)", used / MIB, logins.failed),
        reference: "48 MiB".into(),
        ratio: used / MIB / 48.0,
        aim: "≤ 1.00",
    });
}

/// `GET /auth/session` against a bare handler, alone and while sign-ins saturate the hashing pool.
pub async fn session_check(binary: &Path, report: &mut Report) {
    let folder = server::folder(binary, 4, false);
    let server = Server::start(binary, folder.path(), false);
    let token = server.token(0).await;
    let check =
        Shot { method: "GET", path: "/api/v1/auth/session".into(), token: Some(token), body: String::new() };
    let alone = load::repeat(&server.host, 8, SECONDS, check.clone()).await;
    let bare = reference::bare_handler(alone.sample.clone()).await;
    let reference = load::repeat(&bare, 8, SECONDS, check.clone()).await;
    report.add(Row {
        work: "session check",
        figure: format!("{:.0}/s ({} failed)", alone.rate, alone.failed),
        reference: format!("{:.0}/s, a bare handler with the same bytes", reference.rate),
        ratio: alone.rate / reference.rate,
        aim: "≥ 0.70",
    });
    let host = server.host.clone();
    let storm = tokio::spawn(async move { load::repeat(&host, 8, SECONDS, login(1)).await });
    let during = load::repeat(&server.host, 8, SECONDS, check).await;
    storm.await.expect("the storm");
    report.add(Row {
        work: "session check, p99 while sign-ins saturate the hashing pool",
        figure: format!("{:.2} ms", during.p99.as_secs_f64() * 1000.0),
        reference: format!("{:.2} ms, idle", alone.p99.as_secs_f64() * 1000.0),
        ratio: during.p99.as_secs_f64() / alone.p99.as_secs_f64(),
        aim: "≤ 3.00",
    });
}

/// Password sign-ins against bare Argon2id.
pub async fn password_sign_in(binary: &Path, report: &mut Report) {
    let folder = server::folder(binary, 1, false);
    let server = Server::start(binary, folder.path(), false);
    let signed_in = load::repeat(&server.host, 8, SECONDS, login(0)).await;
    drop(server);
    let reference = reference::hashes_per_second(SECONDS);
    report.add(Row {
        work: "password sign-in without a second factor",
        figure: format!("{:.1}/s ({} failed)", signed_in.rate, signed_in.failed),
        reference: format!("{reference:.1}/s, Argon2id on all cores"),
        ratio: signed_in.rate / reference,
        aim: "≥ 0.95",
    });
}

/// The second step by authenticator app against durable commits.
pub async fn second_step(binary: &Path, report: &mut Report) {
    const USERS: usize = 400;
    let folder = server::folder(binary, USERS, true);
    let server = Server::start(binary, folder.path(), true);
    let mut connection = Connection::open(&server.host).await;
    let mut shots = Vec::new();
    for user in 0..USERS {
        shots.push(prepare_second_step(&mut connection, user).await);
    }
    let done = load::once_each(&server.host, 8, shots).await;
    let reference = reference::commits_per_second(SECONDS).await;
    report.add(Row {
        work: "second step, authenticator app",
        figure: format!("{:.0}/s ({} of {USERS} succeeded)", done.rate, done.succeeded),
        reference: format!("{reference:.0}/s, durable one-row commits"),
        ratio: done.rate / reference,
        aim: "≥ 0.50",
    });
}

/// Enrols a user and takes them to the second step. The code of the next time step is used there: the
/// one that enrolled is spent.
async fn prepare_second_step(connection: &mut Connection, user: usize) -> Shot {
    let post = |path: &str, token: Option<String>, body: String| Shot {
        method: "POST",
        path: path.to_owned(),
        token,
        body,
    };
    let (_, body) = connection.fire(&login(user)).await;
    let token = Some(text(&body, "token"));
    let (_, body) = connection.fire(&post("/api/v1/mfa/setup", token.clone(), "{}".into())).await;
    let base32 = text(&body, "secret");
    let bytes = data_encoding::BASE32_NOPAD.decode(base32.as_bytes()).expect("base32");
    let secret = TotpSecret::from_bytes(&bytes).expect("a secret");
    // The code before the current one enrols, so that the current one is still good.
    let verify = serde_json::json!({ "code": secret.code_at(step_now() - 1) }).to_string();
    let (status, body) = connection.fire(&post("/api/v1/mfa/verify", token, verify)).await;
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
    let (_, body) = connection.fire(&login(user)).await;
    let finish = serde_json::json!({
        "mfa_token": text(&body, "mfa_token"),
        "mfa_code": secret.code_at(step_now() + 1),
    });
    post("/api/v1/auth/mfa", None, finish.to_string())
}

fn step_now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("a time after 1970");
    step_at(Timestamp::from_secs(i64::try_from(since.as_secs()).expect("a time")))
}
