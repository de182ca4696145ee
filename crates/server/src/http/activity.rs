//! What happens on a connection: requests under way, and since when nothing moved.
//!
//! Bytes do not tell: an HTTP/2 connection without a request still carries pings, our own among them. So requests
//! are counted, from the moment their head is read until their answer is taken.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
};

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use tokio::time::Instant;

/// The requests of one connection.
pub struct Activity(Mutex<Seen>);

/// What was seen of a connection so far.
#[derive(Debug, Clone, Copy)]
pub struct Seen {
    /// Requests whose answer is not taken yet.
    pub under_way: usize,
    /// Whether there ever was a request.
    pub served: bool,
    /// When a request last began, moved on or ended; before the first one, when the connection was opened.
    pub moved_at: Instant,
}

impl Activity {
    /// A fresh connection.
    pub fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(Seen { under_way: 0, served: false, moved_at: now() })))
    }

    /// What was seen so far.
    pub fn seen(&self) -> Seen {
        *self.lock()
    }

    /// Counts a request until the answer is dropped.
    pub fn begin(self: &Arc<Self>) -> UnderWay {
        let mut seen = self.lock();
        seen.under_way += 1;
        (seen.served, seen.moved_at) = (true, now());
        drop(seen);
        UnderWay(Arc::clone(self))
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request that is counted.
pub struct UnderWay(Arc<Activity>);

impl UnderWay {
    fn moved(&self) {
        self.0.lock().moved_at = now();
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let mut seen = self.0.lock();
        seen.under_way -= 1;
        seen.moved_at = now();
    }
}

/// The body of an answer; its request is under way until the library has taken all of it.
pub struct Answer {
    body: Body,
    under_way: UnderWay,
}

impl Answer {
    /// `body` answers the request.
    pub fn new(body: Body, under_way: UnderWay) -> Self {
        Self { body, under_way }
    }
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        self.under_way.moved();
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[allow(clippy::disallowed_methods, reason = "it guards connections, and decides nothing about security")]
pub fn now() -> Instant {
    Instant::now()
}
