//! More connections than there is room for, over real sockets.

use std::net::Ipv4Addr;

use axum::http::Extensions;
use tokio::net::TcpSocket;
use twinlock_web::http::ProbesOnly;

use super::*;

/// What the web crate does with a connection that is only for probes.
fn routes() -> Router {
    let page = |extensions: Extensions| async move {
        if extensions.get::<ProbesOnly>().is_some() { "full" } else { "page" }
    };
    Router::new().route("/", get(page)).route("/healthz", get(|| async { "ok" }))
}

/// Room for so many, and so many of one address. Nobody is sent away for being silent.
fn room(connections: usize, per_network: usize) -> Room {
    Room { silent: Duration::MAX, ..Room::of(connections, per_network, vec![]) }
}

const PAGE: &str = "GET / HTTP/1.1\r\nhost: x\r\n\r\n";
const PROBE: &str = "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n";

/// A connection that has been answered and stays open.
async fn stays(server: &Running) -> TcpStream {
    let mut stream = server.connect().await;
    assert!(next(&mut stream, PAGE).await.ends_with("page"));
    stream
}

/// What comes back next, as far as it comes at once.
async fn next(stream: &mut TcpStream, request: &str) -> String {
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = vec![0; 4096];
    let read = stream.read(&mut answer).await.unwrap();
    String::from_utf8(answer[..read].to_vec()).unwrap()
}

/// attacks.md row 97: beyond the last place a client is answered at once, and its connection closed in good order; a
/// probe is told how the server is. When somebody leaves there is room again.
#[tokio::test]
async fn when_it_is_full_probes_are_answered_and_others_told() {
    let server = Running::with_room(routes(), room(3, 100), Limits::default()).await;
    let mut held = Vec::new();
    for _ in 0..3 {
        held.push(stays(&server).await);
    }
    for _ in 0..20 {
        let told = server.answer(PAGE).await;
        assert!(told.ends_with("full") && told.contains("connection: close"), "{told}");
        assert!(server.answer(PROBE).await.ends_with("ok"));
    }
    held.pop();
    // The server has seen it go as soon as somebody else is let in.
    while !server.answer(&PAGE.replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n")).await.ends_with("page") {
    }
    assert!(next(&mut held[0], PAGE).await.ends_with("page"), "the others stayed");
}

/// attacks.md row 97: the silent ones of the spare places do not keep a probe out.
#[tokio::test]
async fn spare_places_that_are_held_keep_no_probe_out() {
    let server = Running::with_room(routes(), room(0, 100), Limits::default()).await;
    let mut silent = Vec::new();
    for _ in 0..50 {
        silent.push(server.connect().await);
        assert!(server.answer(PROBE).await.ends_with("ok"));
    }
}

/// attacks.md row 97: one address does not take the places of others.
#[tokio::test]
async fn an_address_has_so_many_connections() {
    let server = Running::with_room(routes(), room(100, 2), Limits::default()).await;
    let _held = [stays(&server).await, stays(&server).await];
    assert!(server.answer(PAGE).await.ends_with("full"));
    let elsewhere = TcpSocket::new_v4().unwrap();
    elsewhere.bind(SocketAddr::from((Ipv4Addr::new(127, 0, 0, 2), 0))).unwrap();
    let mut elsewhere = elsewhere.connect(server.address).await.unwrap();
    assert!(next(&mut elsewhere, PAGE).await.ends_with("page"));
}

/// attacks.md row 97: idle HTTP/2 connections, as many as there are places, starve nobody.
#[tokio::test]
async fn idle_connections_make_room_for_people() {
    let room = Room { silent: Duration::ZERO, ..room(8, 8) };
    let server = Running::with_room(routes(), room, Limits::default()).await;
    let mut idle = Vec::new();
    for _ in 0..8 {
        let (mut send, connection) = h2::client::handshake(server.connect().await).await.unwrap();
        let connection = tokio::spawn(connection);
        let request = axum::http::Request::get("http://x/").body(()).unwrap();
        send.send_request(request, true).unwrap().0.await.unwrap();
        idle.push((send, connection));
    }
    let mut people = Vec::new();
    for _ in 0..8 {
        people.push(stays(&server).await);
    }
    for (_, connection) in idle {
        let _ = connection.await.unwrap();
    }
}
