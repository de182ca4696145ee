mod crowd;
mod lasting;
mod raw;

use axum::{extract::ConnectInfo, routing::get};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    sync::Notify,
    task::JoinHandle,
};

use super::*;

/// A server on a free port with these routes.
struct Running {
    address: SocketAddr,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Running {
    async fn start(router: Router) -> Self {
        Self::within(router, Limits::default()).await
    }

    async fn within(router: Router, limits: Limits) -> Self {
        Self::with_room(router, Room::of(4096, 4096, vec![]), limits).await
    }

    async fn with_room(router: Router, room: Room, limits: Limits) -> Self {
        let listener = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let (address, stop) = (listener.local_addr().unwrap(), CancellationToken::new());
        let task = tokio::spawn(serve_within(listener, router, room, limits, stop.clone()));
        Self { address, stop, task }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Everything that comes back for these bytes until the server closes.
    async fn answer(&self, request: &str) -> String {
        let mut stream = self.connect().await;
        let _ = stream.write_all(request.as_bytes()).await;
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer).await;
        answer
    }
}

fn whoami() -> Router {
    Router::new()
        .route("/", get(|ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.ip().to_string() }))
}

#[tokio::test]
async fn a_handler_learns_the_peers_address() {
    let server = Running::start(whoami()).await;
    let answer = server.answer("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("127.0.0.1"), "{answer}");
}

/// attacks.md row 96: heads without end and heads of ten thousand lines are refused, and the server goes on.
#[tokio::test]
async fn a_huge_head_is_refused() {
    let server = Running::start(whoami()).await;
    let long = format!("GET / HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", "a".repeat(200_000));
    let many = format!("GET / HTTP/1.1\r\nhost: x\r\n{}\r\n", "a: b\r\n".repeat(10_000));
    for request in [long, many] {
        let mut stream = server.connect().await;
        let (mut read, mut write) = stream.split();
        let mut answer = [0; 12];
        let sent = async { write.write_all(request.as_bytes()).await };
        let (_, got) = tokio::join!(sent, read.read_exact(&mut answer));
        assert!(got.is_err() || answer == *b"HTTP/1.1 431", "{}", String::from_utf8_lossy(&answer));
    }
    let answer = server.answer("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

#[tokio::test]
async fn a_stop_lets_the_request_under_way_finish_and_takes_no_new_one() {
    let [begun, go_on] = [Arc::new(Notify::new()), Arc::new(Notify::new())];
    let signals = [Arc::clone(&begun), Arc::clone(&go_on)];
    let slow = move || {
        let [begun, go_on] = signals.clone();
        async move {
            begun.notify_one();
            go_on.notified().await;
            "done"
        }
    };
    let server = Running::start(Router::new().route("/", get(slow))).await;
    let mut stream = server.connect().await;
    stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    begun.notified().await;
    server.stop.cancel();
    // The listener closes while the request is still waiting for its answer.
    while TcpStream::connect(server.address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    go_on.notify_one();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.ends_with("done"), "{answer}");
    server.task.await.unwrap();
}
