//! A closed-loop load generator over keep-alive HTTP/1.1 connections.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use http_body_util::{BodyExt, Full};
use hyper::{Request, body::Bytes, client::conn::http1};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

/// A prepared request.
#[derive(Clone)]
pub struct Shot {
    method: &'static str,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: Bytes,
}

impl Shot {
    /// A GET.
    pub fn get(path: impl Into<String>) -> Self {
        Self { method: "GET", path: path.into(), headers: Vec::new(), body: Bytes::new() }
    }

    /// A POST of JSON.
    pub fn post(path: impl Into<String>, body: &Value) -> Self {
        let headers = vec![("content-type", "application/json".to_owned())];
        Self { method: "POST", path: path.into(), headers, body: body.to_string().into() }
    }

    /// The same with a bearer token.
    pub fn bearer(mut self, token: &str) -> Self {
        self.headers.push(("authorization", format!("Bearer {token}")));
        self
    }

    /// The same as a proxy passes it on for a client at this address.
    pub fn on_behalf_of(mut self, address: impl ToString) -> Self {
        self.headers.push(("x-forwarded-for", address.to_string()));
        self
    }
}

/// What came of a run.
pub struct Outcome {
    /// Requests answered with 2xx.
    pub succeeded: usize,
    /// Others.
    pub failed: usize,
    /// How long the run took, in seconds.
    pub seconds: f64,
    /// 99th percentile of the latency.
    pub p99: Duration,
    /// The body of a good answer, for building a reference of the same bytes.
    pub sample: Bytes,
}

impl Outcome {
    /// Good answers a second.
    pub fn rate(&self) -> f64 {
        self.succeeded as f64 / self.seconds
    }

    /// From one good answer to the next, in milliseconds.
    pub fn millis(&self) -> f64 {
        1000.0 / self.rate()
    }
}

/// One connection.
pub struct Connection {
    host: String,
    sender: http1::SendRequest<Full<Bytes>>,
}

impl Connection {
    /// Connects to `host:port`.
    pub async fn open(host: &str) -> Self {
        let stream = TcpStream::connect(host).await.expect("a connection");
        stream.set_nodelay(true).expect("no delay");
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.expect("a handshake");
        tokio::spawn(connection);
        Self { host: host.to_owned(), sender }
    }

    /// Sends one request; answers status and body.
    pub async fn fire(&mut self, shot: &Shot) -> (u16, Bytes) {
        let mut request = Request::builder().method(shot.method).uri(&shot.path).header("host", &self.host);
        for (name, value) in &shot.headers {
            request = request.header(*name, value);
        }
        let request = request.body(Full::new(shot.body.clone())).expect("a request");
        // The connection may still be busy with the end of the last answer.
        self.sender.ready().await.expect("a connection that goes on");
        let answer = self.sender.send_request(request).await.expect("an answer");
        let status = answer.status().as_u16();
        (status, answer.into_body().collect().await.expect("a body").to_bytes())
    }

    /// Sends one request that must succeed; answers its JSON.
    pub async fn json(&mut self, shot: &Shot) -> Value {
        let (status, body) = self.fire(shot).await;
        assert!(status < 300, "{} {}: {status} {}", shot.method, shot.path, String::from_utf8_lossy(&body));
        serde_json::from_slice(&body).expect("JSON")
    }
}

/// Fires the same request from `connections` connections for `seconds`.
pub async fn repeat(host: &str, connections: usize, seconds: u64, shot: &Shot) -> Outcome {
    let end = Instant::now() + Duration::from_secs(seconds);
    let shot = shot.clone();
    run(host, connections, move |_| (Instant::now() < end).then(|| shot.clone())).await
}

/// Fires each request once, spread over `connections` connections.
pub async fn once_each(host: &str, connections: usize, shots: Vec<Shot>) -> Outcome {
    run(host, connections, move |number| shots.get(number).cloned()).await
}

async fn run(
    host: &str,
    connections: usize,
    next: impl Fn(usize) -> Option<Shot> + Send + Sync + 'static,
) -> Outcome {
    let (next, counter) = (Arc::new(next), Arc::new(AtomicUsize::new(0)));
    let mut open = Vec::new();
    for _ in 0..connections {
        open.push(Connection::open(host).await);
    }
    let started = Instant::now();
    let mut tasks = Vec::new();
    for mut connection in open {
        let (next, counter) = (Arc::clone(&next), Arc::clone(&counter));
        tasks.push(tokio::spawn(async move {
            let (mut latencies, mut failed, mut sample) = (Vec::new(), 0, Bytes::new());
            while let Some(shot) = next(counter.fetch_add(1, Ordering::Relaxed)) {
                let before = Instant::now();
                let (status, body) = connection.fire(&shot).await;
                latencies.push(before.elapsed());
                if status < 300 { sample = body } else { failed += 1 }
            }
            (latencies, failed, sample)
        }));
    }
    let (mut latencies, mut failed, mut sample) = (Vec::new(), 0, Bytes::new());
    for task in tasks {
        let (some, bad, last) = task.await.expect("a task");
        latencies.extend(some);
        failed += bad;
        sample = last;
    }
    let seconds = started.elapsed().as_secs_f64();
    latencies.sort_unstable();
    let p99 = latencies.get(latencies.len() * 99 / 100).copied().unwrap_or_default();
    Outcome { succeeded: latencies.len() - failed, failed, seconds, p99, sample }
}
