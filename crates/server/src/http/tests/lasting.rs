//! How long a connection lasts: HTTP/1.1 and HTTP/2, over real sockets.

use axum::{body::Bytes, http::Request};
use h2::client::{ResponseFuture, SendRequest};

use super::{raw::hasty, *};

/// A client that has begun to speak HTTP/2, and answers the server's pings.
struct Two {
    send: SendRequest<Bytes>,
    /// What the connection came to.
    ended: JoinHandle<Result<(), h2::Error>>,
}

impl Two {
    async fn connect(server: &Running) -> Self {
        let (send, connection) = h2::client::handshake(server.connect().await).await.unwrap();
        Self { send, ended: tokio::spawn(connection) }
    }

    async fn get(&mut self, path: &str) -> Result<ResponseFuture, h2::Error> {
        let request = Request::get(format!("http://x{path}")).body(()).unwrap();
        std::future::poll_fn(|cx| self.send.poll_ready(cx)).await?;
        self.send.send_request(request, true).map(|(answer, _)| answer)
    }
}

async fn text(answer: ResponseFuture) -> String {
    let mut body = answer.await.unwrap().into_body();
    let mut bytes = Vec::new();
    while let Some(part) = body.data().await {
        bytes.extend_from_slice(&part.unwrap());
    }
    String::from_utf8(bytes).unwrap()
}

/// `/` answers at once; `/slow` once it is told to.
fn routes(go_on: &Arc<Notify>) -> Router {
    let go_on = Arc::clone(go_on);
    let slow = move || {
        let go_on = Arc::clone(&go_on);
        async move {
            go_on.notified().await;
            "done"
        }
    };
    Router::new().route("/", get(|| async { "now" })).route("/slow", get(slow))
}

/// A limit that no test reaches.
const LONG: Duration = Duration::from_mins(10);

/// attacks.md row 97: a connection without a request ends, whatever pings go to and fro: with a farewell, and without
/// an error. One with a request goes on meanwhile.
#[tokio::test]
async fn an_idle_connection_ends_and_a_busy_one_goes_on() {
    let go_on = Arc::new(Notify::new());
    let server = Running::within(routes(&go_on), hasty()).await;
    let mut idle = Two::connect(&server).await;
    assert_eq!(text(idle.get("/").await.unwrap()).await, "now");
    let mut one = server.connect().await;
    one.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut busy = Two::connect(&server).await;
    let ended = async {
        idle.ended.await.unwrap().unwrap();
        let mut answer = String::new();
        one.read_to_string(&mut answer).await.unwrap();
        assert!(answer.ends_with("now"), "{answer}");
    };
    let working = async {
        while text(busy.get("/").await.unwrap()).await == "now" {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        () = ended => {}
        () = working => unreachable!("it goes on"),
    }
    assert!(idle.send.ready().await.is_err());
    assert_eq!(text(busy.get("/").await.unwrap()).await, "now");
}

/// attacks.md row 97: a request that never gets on ends with its connection: here one that waits for ever.
#[tokio::test]
async fn a_request_that_does_not_get_on_ends_with_its_connection() {
    let server = Running::within(routes(&Arc::new(Notify::new())), hasty()).await;
    let mut two = Two::connect(&server).await;
    let answer = two.get("/slow").await.unwrap();
    assert!(answer.await.is_err());
    let _ = two.ended.await.unwrap();
}

/// attacks.md row 97: a client that asks for a great answer and does not take it is given up, window or no window.
#[tokio::test]
async fn an_answer_that_is_not_taken_ends_with_its_connection() {
    let great = || async { vec![b'x'; 10 << 20] };
    let server = Running::within(Router::new().route("/", get(great)), hasty()).await;
    let mut two = Two::connect(&server).await;
    let answer = two.get("/").await.unwrap().await.unwrap();
    // Its window is full, and it is never given a new one.
    let _ = two.ended.await.unwrap();
    drop(answer);
    let mut one = server.connect().await;
    one.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    one.readable().await.unwrap();
    server.stop.cancel();
    server.task.await.unwrap();
}

/// An old connection is told to go: it takes no new request, and finishes the one under way.
#[tokio::test]
async fn an_old_connection_finishes_what_is_under_way() {
    let go_on = Arc::new(Notify::new());
    let limits = Limits { age: Duration::from_millis(40), idle: LONG, linger: LONG, ..Limits::default() };
    let server = Running::within(routes(&go_on), limits).await;
    let mut two = Two::connect(&server).await;
    let slow = two.get("/slow").await.unwrap();
    let mut one = server.connect().await;
    one.write_all(b"GET /slow HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    // As soon as the farewell is there, no request begins.
    while let Ok(answer) = two.get("/").await {
        if answer.await.is_err() {
            break;
        }
    }
    go_on.notify_waiters();
    assert_eq!(text(slow).await, "done");
    two.ended.await.unwrap().unwrap();
    let mut answer = String::new();
    one.read_to_string(&mut answer).await.unwrap();
    assert!(answer.ends_with("done"), "{answer}");
}

/// attacks.md row 97: after its farewell a request has some time to finish, and no more.
#[tokio::test]
async fn an_old_connection_does_not_linger_for_ever() {
    let short = Duration::from_millis(40);
    let limits = Limits { age: short, idle: LONG, linger: short, ..Limits::default() };
    let server = Running::within(routes(&Arc::new(Notify::new())), limits).await;
    let mut two = Two::connect(&server).await;
    assert!(two.get("/slow").await.unwrap().await.is_err());
}

/// attacks.md row 97: who begins HTTP/2 and asks for nothing, or sends half of a head, has no more time than others.
#[tokio::test]
async fn a_connection_without_a_first_request_ends() {
    let limits = Limits { first: Duration::from_millis(40), idle: LONG, ..Limits::default() };
    let server = Running::within(routes(&Arc::new(Notify::new())), limits).await;
    let two = Two::connect(&server).await;
    assert!(two.ended.await.is_ok());
    for begun in ["", "GET / HTTP/1.1\r\nhost: x\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"] {
        let mut stream = server.connect().await;
        stream.write_all(begun.as_bytes()).await.unwrap();
        let _ = stream.read_to_end(&mut Vec::new()).await;
    }
}
