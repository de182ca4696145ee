//! The listeners: connections in, requests to the router, and an orderly end.
//!
//! Time and size limits here guard the process against slow and greedy clients; what a request may hold is
//! the web crate's business.

mod patient;

use std::{convert::Infallible, io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, extract::ConnectInfo};
use hyper::{Request, body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{
        conn::auto::Builder,
        graceful::{GracefulShutdown, Watcher},
    },
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::failure::Failure;

use patient::{Patience, Patient};

/// Connections at the same time, if the operating system allows as many files.
const MAX_CONNECTIONS: usize = 4096;
/// Files that are not connections: the database, logs, mails.
const OTHER_FILES: usize = 128;
/// The read buffer of a connection, in bytes: a little above what the web crate admits of target (8 KiB)
/// and headers (32 KiB), so that it can answer in its own words. Beyond, the answer is a bare 431.
const MAX_HEAD_BYTES: usize = 48 * 1024;
/// Requests at the same time on one HTTP/2 connection.
const MAX_STREAMS: u32 = 100;
/// How long a stop waits for requests under way.
pub const DRAIN: Duration = Duration::from_millis(7500);
/// How long to wait when the operating system gives no connection (too many open files).
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How long to wait for a client.
#[derive(Debug, Clone, Copy)]
struct Limits {
    /// For the head of a request to arrive, and for the next one on an idle connection.
    head: Duration,
    /// For the connection to move at all.
    patience: Patience,
}

impl Default for Limits {
    fn default() -> Self {
        Self { head: Duration::from_secs(10), patience: Patience::default() }
    }
}

/// Listens at an address.
///
/// # Errors
/// Exit code 2 where the address is taken or not this machine's.
pub async fn bind(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address)
        .await
        .map_err(|error| Failure::setup(format!("cannot listen on {address}: {error}")))
}

/// Serves until `stop`, then lets requests under way finish for at most [`DRAIN`].
pub async fn serve(listener: TcpListener, router: Router, stop: CancellationToken) {
    serve_within(listener, router, stop, Limits::default()).await;
}

async fn serve_within(listener: TcpListener, router: Router, stop: CancellationToken, limits: Limits) {
    let protocol = Arc::new(protocol(limits.head));
    let places = Arc::new(Semaphore::new(connection_limit()));
    let connections = GracefulShutdown::new();
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            accepted = accept(&listener, &places) => match accepted {
                Ok(connection) => {
                    let connection = connection.with(limits.patience);
                    let (protocol, router) = (Arc::clone(&protocol), router.clone());
                    tokio::spawn(converse(connection, protocol, router, connections.watcher()));
                }
                Err(error) => {
                    tracing::warn!(%error, "no connection can be accepted");
                    sleep(ACCEPT_PAUSE).await;
                }
            },
        }
    }
    drop(listener);
    if timeout(DRAIN, connections.shutdown()).await.is_err() {
        tracing::warn!("requests were cut off: they took too long to finish");
    }
}

struct Connection<S = TcpStream> {
    stream: S,
    peer: SocketAddr,
    place: OwnedSemaphorePermit,
}

impl Connection {
    fn with(self, patience: Patience) -> Connection<Patient<TcpStream>> {
        Connection { stream: Patient::new(self.stream, patience), peer: self.peer, place: self.place }
    }
}

/// The next connection, once there is a place for it. Until then clients wait in the kernel's line.
async fn accept(listener: &TcpListener, places: &Arc<Semaphore>) -> io::Result<Connection> {
    let place = Arc::clone(places).acquire_owned().await.map_err(io::Error::other)?;
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                // Answers are small: waiting to fill a packet only costs time.
                let _ = stream.set_nodelay(true);
                return Ok(Connection { stream, peer, place });
            }
            // The client was gone before we got to it.
            Err(error) if is_of_the_client(&error) => {}
            Err(error) => return Err(error),
        }
    }
}

fn is_of_the_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionRefused | ConnectionAborted | ConnectionReset)
}

/// HTTP/1.1, or HTTP/2 for a client that begins with it (a proxy; browsers speak HTTP/2 over TLS only).
fn protocol(head: Duration) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(head).max_buf_size(MAX_HEAD_BYTES);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(Duration::from_secs(20))
        .keep_alive_timeout(Duration::from_secs(10))
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(u32::try_from(MAX_HEAD_BYTES).unwrap_or(u32::MAX));
    builder
}

async fn converse(
    connection: Connection<Patient<TcpStream>>,
    protocol: Arc<Builder<TokioExecutor>>,
    router: Router,
    watcher: Watcher,
) {
    let Connection { stream, peer, place: _place } = connection;
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        let router = router.clone();
        async move { Ok::<_, Infallible>(router.oneshot(request).await.unwrap_or_else(|never| match never {})) }
    });
    let io = TokioIo::new(stream);
    if let Err(error) = watcher.watch(protocol.serve_connection(io, service)).await {
        // A client that went away or sent no HTTP; its bytes are not repeated.
        tracing::debug!(error = %kind(&*error), "a connection broke off");
    }
}

fn kind(error: &(dyn std::error::Error + 'static)) -> String {
    error.downcast_ref::<hyper::Error>().map_or_else(|| "i/o".to_owned(), ToString::to_string)
}

/// As many connections as we want and the operating system has files for; its soft limit is raised to the
/// hard one first.
fn connection_limit() -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    let files = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        Err(_) => limit.current,
    };
    let files = files.map_or(usize::MAX, |files| usize::try_from(files).unwrap_or(usize::MAX));
    files.saturating_sub(OTHER_FILES).clamp(16, MAX_CONNECTIONS)
}

#[cfg(test)]
mod tests;
