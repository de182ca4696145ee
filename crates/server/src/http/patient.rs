//! A connection that is given up when nothing moves on it.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep},
};

/// As many bytes as the library may need to know which HTTP it is (RFC 9113 §3.4, the client's preface).
const PREFACE: usize = 24;

/// How long to wait for a connection to move.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For the first 24 bytes together. Until it knows which HTTP it is, the library has no time limit of its
    /// own.
    pub first: Duration,
    /// Without a byte in either direction: longer than any answer may take (30 s), and than `first`.
    pub idle: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { first: Duration::from_secs(10), idle: Duration::from_secs(75) }
    }
}

/// Wraps a stream; reading and writing fail with `TimedOut` once nothing has moved for too long.
pub struct Patient<S> {
    stream: S,
    timer: Pin<Box<Sleep>>,
    moved_at: Instant,
    patience: Patience,
    limit: Duration,
    /// Bytes read so far, until they are enough.
    first: usize,
}

impl<S> Patient<S> {
    /// A fresh connection.
    pub fn new(stream: S, patience: Patience) -> Self {
        let limit = patience.first;
        Self { stream, timer: Box::pin(sleep(limit)), moved_at: now(), patience, limit, first: 0 }
    }

    fn moved(&mut self) {
        self.moved_at = now();
        self.limit = self.patience.idle;
    }

    /// Bytes that dribble in one by one do not count until there are enough of them.
    fn read(&mut self, bytes: usize) {
        self.first = self.first.saturating_add(bytes);
        if self.first >= PREFACE {
            self.moved();
        }
    }

    /// Pending until the time is over. The timer is set anew only when it runs out: touching it for every
    /// packet would cost more than the packet.
    fn poll_over(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        loop {
            ready!(self.timer.as_mut().poll(cx));
            let end = self.moved_at + self.limit;
            if now() >= end {
                return Poll::Ready(io::ErrorKind::TimedOut.into());
            }
            self.timer.as_mut().reset(end);
        }
    }

    /// What writing came to, unless it waits and waited too long.
    fn settle<T>(&mut self, outcome: Poll<io::Result<T>>, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        match outcome {
            Poll::Pending => self.poll_over(cx).map(Err),
            done @ Poll::Ready(_) => {
                self.moved();
                done
            }
        }
    }
}

#[allow(clippy::disallowed_methods, reason = "it guards a connection, and decides nothing about security")]
fn now() -> Instant {
    Instant::now()
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        let outcome = Pin::new(&mut self.stream).poll_read(cx, into);
        if outcome.is_pending() {
            return self.poll_over(cx).map(Err);
        }
        self.read(into.filled().len() - before);
        outcome
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.settle(outcome, cx)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.settle(outcome, cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    const NONE: Duration = Duration::ZERO;
    const LONG: Duration = Duration::from_hours(1);

    /// attacks.md row 97: a client that connects and says nothing is given up.
    #[tokio::test]
    async fn a_silent_client_is_given_up() {
        let (_client, server) = duplex(16);
        let mut server = Patient::new(server, Patience { first: NONE, idle: LONG });
        assert_eq!(server.read_u8().await.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    /// attacks.md row 97: a client that dribbles its first bytes has no more time for it.
    #[tokio::test]
    async fn a_client_that_dribbles_is_given_up() {
        let (mut client, server) = duplex(PREFACE);
        let mut server = Patient::new(server, Patience { first: NONE, idle: LONG });
        client.write_all(&[b'P'; PREFACE - 1]).await.unwrap();
        server.read_exact(&mut [0; PREFACE - 1]).await.unwrap();
        assert_eq!(server.read_u8().await.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    /// attacks.md row 97: a client that does not take the answer is given up.
    #[tokio::test]
    async fn a_client_that_does_not_take_the_answer_is_given_up() {
        let (_client, server) = duplex(4);
        let mut server = Patient::new(server, Patience { first: NONE, idle: NONE });
        assert_eq!(server.write_all(b"12345").await.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn a_connection_that_moved_has_time_again() {
        let (mut client, server) = duplex(PREFACE);
        let mut server = Patient::new(server, Patience { first: NONE, idle: LONG });
        client.write_all(&[b'1'; PREFACE]).await.unwrap();
        server.read_exact(&mut [0; PREFACE]).await.unwrap();
        let mut next = Box::pin(server.read_u8());
        assert!(next.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
}
