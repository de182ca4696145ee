//! The listeners: connections in, requests to the router, and an orderly end.
//!
//! Time and size limits here guard the process against slow and greedy clients; what a request may hold is
//! the web crate's business.

mod activity;
mod converse;
mod places;

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::Router;
use hyper_util::{
    rt::{TokioExecutor, TokioTimer},
    server::conn::auto::Builder,
};
use tokio::{
    net::{TcpListener, TcpStream},
    time::{sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::failure::Failure;

use converse::{Connection, Limits, Listener, converse};
use places::Places;
pub use places::Room;

/// Files that are not connections: the database, logs, mails, and a few more connections for probes.
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
pub async fn serve(listener: TcpListener, router: Router, room: Room, stop: CancellationToken) {
    serve_within(listener, router, room, Limits::default(), stop).await;
}

async fn serve_within(
    listener: TcpListener,
    router: Router,
    room: Room,
    limits: Limits,
    stop: CancellationToken,
) {
    let places = Places::new(Room { connections: room.connections.min(connection_limit()), ..room });
    let connections = TaskTracker::new();
    let shared = Arc::new(Listener { protocol: protocol(), router, limits, stop });
    loop {
        tokio::select! {
            biased;
            () = shared.stop.cancelled() => break,
            accepted = accept(&listener) => match accepted {
                Ok((stream, peer)) => {
                    let connection = Connection { stream, peer, place: places.take(peer.ip()) };
                    connections.spawn(converse(connection, Arc::clone(&shared)));
                }
                Err(error) => {
                    tracing::warn!(%error, "no connection can be accepted");
                    sleep(ACCEPT_PAUSE).await;
                }
            },
        }
    }
    drop(listener);
    connections.close();
    if timeout(DRAIN, connections.wait()).await.is_err() {
        tracing::warn!("requests were cut off: they took too long to finish");
    }
}

/// The next connection.
async fn accept(listener: &TcpListener) -> io::Result<(TcpStream, SocketAddr)> {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                // Answers are small: waiting to fill a packet only costs time.
                let _ = stream.set_nodelay(true);
                return Ok((stream, peer));
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
fn protocol() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    // Heads have no time limit of their own: a connection without a request has one.
    builder.http1().header_read_timeout(None).max_buf_size(MAX_HEAD_BYTES);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(Duration::from_secs(20))
        .keep_alive_timeout(Duration::from_secs(10))
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(u32::try_from(MAX_HEAD_BYTES).unwrap_or(u32::MAX));
    builder
}

/// As many connections as the operating system has files for; its soft limit is raised to the hard one first.
fn connection_limit() -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    let files = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        Err(_) => limit.current,
    };
    let files = files.map_or(usize::MAX, |files| usize::try_from(files).unwrap_or(usize::MAX));
    files.saturating_sub(OTHER_FILES).max(16)
}

#[cfg(test)]
mod tests;
