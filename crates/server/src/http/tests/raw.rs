//! What arrives as bytes: requests that could be read in two ways, and clients that take their time.

use axum::{body::Bytes, routing::post};

use super::*;

/// How much of a body arrived.
fn count() -> Router {
    Router::new()
        .route("/", post(|body: Bytes| async move { format!("{} bytes", body.len()) }))
        .route("/hidden", get(|| async { "smuggled" }))
}

const HIDDEN: &str = "GET /hidden HTTP/1.1\r\nhost: x\r\n\r\n";

/// The statuses of all answers, and whether the connection was closed after them.
async fn statuses(request: &str) -> Vec<u16> {
    let server = Running::start(count()).await;
    let answer = server.answer(request).await;
    assert!(!answer.contains("smuggled"), "{request:?}: {answer}");
    let lines = answer.lines().filter_map(|line| line.strip_prefix("HTTP/1.1 "));
    lines.map(|status| status[..3].parse().unwrap()).collect()
}

fn with(lines: &str, body: &str) -> String {
    format!("POST / HTTP/1.1\r\nhost: x\r\n{lines}\r\n\r\n{body}")
}

/// attacks.md row 97: a length that could be read in two ways is refused, and the connection ends with it.
#[tokio::test]
async fn an_ambiguous_length_is_refused_and_ends_the_connection() {
    for lines in [
        "content-length: 1\r\ncontent-length: 2",
        "content-length: 1, 2",
        "content-length: +5",
        "content-length: -5",
        "content-length: 0x5",
        "content-length: 5 5",
        "content-length: 5;",
        "content-length:",
        "content-length: 99999999999999999999",
        "transfer-encoding: chunked, x",
        "transfer-encoding: x",
        "transfer-encoding: identity",
        "transfer-encoding: chunked\r\ntransfer-encoding: identity",
        "content-length : 5",
        "transfer-encoding : chunked",
        "a: b\r\n content-length: 5",
        "a: b\r\n\tcontent-length: 5",
        " content-length: 5",
        "a: b\rcontent-length: 5",
        "a: b\0c",
    ] {
        assert_eq!(statuses(&with(lines, &format!("hello{HIDDEN}"))).await, [400], "{lines:?}");
    }
}

/// attacks.md row 97: where chunks and a length are both given, the chunks count and nothing after them is read
/// (RFC 9112 §6.1).
#[tokio::test]
async fn after_chunks_and_a_length_the_connection_ends() {
    for lines in [
        "transfer-encoding: chunked\r\ncontent-length: 4",
        "content-length: 4\r\ntransfer-encoding: chunked",
        "content-length: 4\r\nTransfer-Encoding: Chunked\r\ncontent-length: 5",
    ] {
        let request = with(lines, &format!("0\r\n\r\n{HIDDEN}"));
        assert_eq!(statuses(&request).await, [200], "{lines:?}");
    }
}

/// attacks.md row 97: chunks whose size is no plain hexadecimal number end the connection.
#[tokio::test]
async fn broken_chunks_end_the_connection() {
    for chunk in ["+5", "-5", "0x5", "5 5", "", " ", "g", "FFFFFFFFFFFFFFFFF"] {
        let body = format!("{chunk}\r\nhello\r\n0\r\n\r\n{HIDDEN}");
        let answers = statuses(&with("transfer-encoding: chunked", &body)).await;
        assert!(answers.iter().all(|status| *status == 400) && answers.len() < 2, "{chunk:?}: {answers:?}");
    }
    for body in [format!("5\r\nhello!\r\n0\r\n\r\n{HIDDEN}"), format!("5\nhello\r\n0\r\n\r\n{HIDDEN}")] {
        let answers = statuses(&with("transfer-encoding: chunked", &body)).await;
        assert!(answers.iter().all(|status| *status == 400) && answers.len() < 2, "{body:?}: {answers:?}");
    }
}

/// attacks.md row 97: lines that end in a bare LF are lines like others (RFC 9112 §2.2), so that their length
/// counts: what follows the body is the next request and no part of it.
#[tokio::test]
async fn a_bare_line_feed_ends_a_line_for_all_purposes() {
    let request = "POST / HTTP/1.1\nhost: x\ncontent-length: 33\nconnection: close\n\n";
    assert_eq!(HIDDEN.len(), 33);
    assert_eq!(statuses(&format!("{request}{HIDDEN}")).await, [200]);
}

/// attacks.md row 97: a version or a first line that is none.
#[tokio::test]
async fn a_line_that_is_no_request_is_refused() {
    for line in ["GET /hidden", "GET / HTTP/3.7", "GET  / HTTP/1.1 x", "GET / HTTP/1.1\r\nhost x", "\0"] {
        let answers = statuses(&format!("{line}\r\n\r\n{HIDDEN}")).await;
        assert!(answers.iter().all(|status| *status == 400) && answers.len() < 2, "{line:?}: {answers:?}");
    }
}

/// Limits that a test can wait for.
pub fn hasty() -> Limits {
    let [short, long] = [40, 120].map(Duration::from_millis);
    Limits { first: short, idle: long, farewell: short, linger: long, ..Limits::default() }
}

/// attacks.md row 97: clients that are slow on purpose are given up, each at its place; another one is served
/// meanwhile.
#[tokio::test]
async fn slow_clients_are_given_up() {
    let server = Running::within(count(), hasty()).await;
    let mut slow = Vec::new();
    for begun in [
        "",
        "P",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n",
        "POST / HTTP/1.1\r\nhost: x\r\n",
        "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nhello",
        "POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhe",
        "GET /hidden HTTP/1.1\r\nhost: x\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ] {
        let mut stream = server.connect().await;
        stream.write_all(begun.as_bytes()).await.unwrap();
        slow.push((begun, stream));
    }
    let answer =
        server.answer("POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 2\r\n\r\nab").await;
    assert!(answer.ends_with("2 bytes"), "{answer}");
    for (begun, mut stream) in slow {
        let mut rest = Vec::new();
        // Closed or reset: it ends.
        let ended = timeout(Duration::from_secs(20), stream.read_to_end(&mut rest)).await;
        assert!(ended.is_ok(), "{begun:?} is still waited for");
    }
}
