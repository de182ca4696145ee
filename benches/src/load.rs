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
use tokio::net::TcpStream;

/// A prepared request.
#[derive(Clone)]
pub struct Shot {
    /// Method.
    pub method: &'static str,
    /// Path.
    pub path: String,
    /// Bearer token.
    pub token: Option<String>,
    /// JSON body.
    pub body: String,
}

/// What came of a run.
pub struct Outcome {
    /// Requests answered with 2xx.
    pub succeeded: usize,
    /// Others.
    pub failed: usize,
    /// Requests a second.
    pub rate: f64,
    /// 99th percentile of the latency.
    pub p99: Duration,
    /// An answer, for building a reference of the same bytes.
    pub sample: Vec<u8>,
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
        if let Some(token) = &shot.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if !shot.body.is_empty() {
            request = request.header("content-type", "application/json");
        }
        let request = request.body(Full::new(Bytes::from(shot.body.clone()))).expect("a request");
        let answer = self.sender.send_request(request).await.expect("an answer");
        let status = answer.status().as_u16();
        (status, answer.into_body().collect().await.expect("a body").to_bytes())
    }
}

/// Fires the same request from `connections` connections for `seconds`.
pub async fn repeat(host: &str, connections: usize, seconds: u64, shot: Shot) -> Outcome {
    let end = Instant::now() + Duration::from_secs(seconds);
    run(host, connections, move |_| (Instant::now() < end).then(|| shot.clone())).await
}

/// Fires each request once, spread over `connections` connections.
pub async fn once_each(host: &str, connections: usize, shots: Vec<Shot>) -> Outcome {
    let shots = Arc::new(shots);
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
    let (mut latencies, mut failed, mut sample) = (Vec::new(), 0, Vec::new());
    for task in tasks {
        let (some, bad, last) = task.await.expect("a task");
        latencies.extend(some);
        failed += bad;
        sample = last.to_vec();
    }
    let elapsed = started.elapsed().as_secs_f64();
    latencies.sort_unstable();
    let p99 = latencies.get(latencies.len() * 99 / 100).copied().unwrap_or_default();
    let succeeded = latencies.len() - failed;
    Outcome { succeeded, failed, rate: latencies.len() as f64 / elapsed, p99, sample }
}
