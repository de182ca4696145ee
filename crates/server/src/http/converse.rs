//! One connection, from its first byte to its end.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::ConnectInfo,
    http::{HeaderValue, Version, header},
};
use hyper::{Request, Response, body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto::Builder,
};
use tokio::{
    net::TcpStream,
    pin, select,
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use twinlock_web::http::ProbesOnly;

use super::{
    activity::{Answer, Seen, now},
    places::{Good, Place},
};

/// How long a connection may last, and how long nothing may happen on it.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Until the head of the first request is read.
    pub first: Duration,
    /// Without a request, or without a request moving on: longer than any answer may take (40 s).
    pub idle: Duration,
    /// From its beginning. Then the client is told to open another.
    pub age: Duration,
    /// After the farewell, for requests that are under way.
    pub linger: Duration,
    /// After the farewell, for the client to hang up.
    pub farewell: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(10),
            idle: Duration::from_secs(75),
            age: Duration::from_hours(1),
            linger: Duration::from_mins(1),
            farewell: Duration::from_secs(5),
        }
    }
}

impl Limits {
    /// For a connection that is good for a probe and nothing else.
    const PROBE: Self = Self {
        first: Duration::from_secs(2),
        idle: Duration::from_secs(2),
        age: Duration::from_secs(5),
        linger: Duration::from_secs(5),
        farewell: Duration::from_secs(1),
    };

    /// Those of the listener's connection of this number: what was opened together does not end together.
    fn of(self, number: u64) -> Self {
        let share = u32::try_from(number % 16).unwrap_or_default();
        Self { age: self.age + self.age / 64 * share, ..self }
    }
}

/// What is due on a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Due {
    /// Nothing until then.
    Nothing(Instant),
    /// The client is told to go; requests under way are finished.
    Farewell,
    /// It is cut off.
    End,
}

/// The course of a connection.
struct Course {
    limits: Limits,
    opened_at: Instant,
    farewell_at: Option<Instant>,
}

impl Course {
    fn due(&self, seen: Seen, now: Instant) -> Due {
        let Limits { first, idle, age, linger, farewell } = self.limits;
        let or = |end: Instant, due: Due| if now >= end { due } else { Due::Nothing(end) };
        if let Some(at) = self.farewell_at {
            let end = if seen.under_way == 0 { at.max(seen.moved_at) + farewell } else { at + linger };
            return or(end, Due::End);
        }
        if !seen.served {
            return or(self.opened_at + first, Due::End);
        }
        let (silent, old) = (seen.moved_at + idle, self.opened_at + age);
        if now < silent {
            return or(old.min(silent), Due::Farewell);
        }
        if seen.under_way == 0 { Due::Farewell } else { Due::End }
    }
}

/// What every connection of a listener needs.
pub struct Listener {
    /// Reads and writes HTTP.
    pub protocol: Builder<TokioExecutor>,
    /// Answers.
    pub router: Router,
    /// How long things may last.
    pub limits: Limits,
    /// Cancelled when the server stops.
    pub stop: CancellationToken,
}

/// A client that has connected.
pub struct Connection {
    /// Its stream.
    pub stream: TcpStream,
    /// Its address.
    pub peer: std::net::SocketAddr,
    /// Its place.
    pub place: Place,
}

/// Answers until the client hangs up, until its time is over, or until somebody else needs the place.
pub async fn converse(connection: Connection, listener: Arc<Listener>) {
    let Connection { stream, peer, place } = connection;
    let only_a_probe = place.good == Good::AProbe;
    let go = listener.stop.child_token();
    let limits = if only_a_probe { Limits::PROBE } else { listener.limits.of(place.number) };
    let service = service_fn(|mut request: Request<Incoming>| {
        let under_way = place.activity.begin();
        let closes = only_a_probe && request.version() < Version::HTTP_2;
        request.extensions_mut().insert(ConnectInfo(peer));
        if only_a_probe {
            request.extensions_mut().insert(ProbesOnly);
            go.cancel();
        }
        let router = listener.router.clone();
        async move {
            let mut response = router.oneshot(request).await.unwrap_or_else(|never| match never {});
            if closes {
                response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            Ok::<Response<Answer>, Infallible>(response.map(|body| Answer::new(body, under_way)))
        }
    });
    let serving = listener.protocol.serve_connection(TokioIo::new(stream), service);
    pin!(serving);
    let mut course = Course { limits, opened_at: now(), farewell_at: None };
    let mut look_at = course.opened_at;
    loop {
        select! {
            ended = serving.as_mut() => {
                if let Err(error) = ended {
                    // A client that went away or sent no HTTP; its bytes are not repeated.
                    tracing::debug!(error = %kind(&*error), "a connection broke off");
                }
                return;
            }
            () = place.leave.cancelled() => return,
            () = go.cancelled(), if course.farewell_at.is_none() => {
                course.farewell_at = Some(now());
                look_at = now();
                serving.as_mut().graceful_shutdown();
            }
            () = sleep_until(look_at) => match course.due(place.activity.seen(), now()) {
                Due::Nothing(until) => look_at = until,
                Due::Farewell => go.cancel(),
                Due::End => return,
            },
        }
    }
}

fn kind(error: &(dyn std::error::Error + 'static)) -> String {
    error.downcast_ref::<hyper::Error>().map_or_else(|| "i/o".to_owned(), ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn seen(under_way: usize, moved_at: Instant) -> Seen {
        Seen { under_way, served: true, moved_at }
    }

    /// attacks.md row 97: an hour, and a share of it that differs: then the client is told to open another one.
    #[test]
    fn a_connection_has_a_greatest_age() {
        let start = now();
        let limits = Limits::default();
        let course = Course { limits, opened_at: start, farewell_at: None };
        let old = start + limits.age;
        for under_way in [0, 1] {
            assert_eq!(course.due(seen(under_way, old - SECOND), old - SECOND), Due::Nothing(old));
            assert_eq!(course.due(seen(under_way, old - SECOND), old), Due::Farewell);
        }
        let ages: Vec<_> = (1..=16).map(|number| limits.of(number).age).collect();
        assert!(ages.iter().all(|age| (limits.age..limits.age * 5 / 4).contains(age)), "{ages:?}");
        assert_ne!(ages[0], ages[1]);
    }

    /// attacks.md row 97: a request that does not move on ends with its connection; without one the client is told.
    #[test]
    fn what_does_not_move_ends() {
        let start = now();
        let limits = Limits::default();
        let course = Course { limits, opened_at: start, farewell_at: None };
        let silent = start + limits.idle;
        for under_way in [0, 1] {
            assert_eq!(course.due(seen(under_way, start), silent - SECOND), Due::Nothing(silent));
        }
        assert_eq!(course.due(seen(0, start), silent), Due::Farewell);
        assert_eq!(course.due(seen(1, start), silent), Due::End);
        let new = Seen { served: false, ..seen(0, start) };
        assert_eq!(course.due(new, start + limits.first - SECOND), Due::Nothing(start + limits.first));
        assert_eq!(course.due(new, start + limits.first), Due::End);
    }

    /// A farewell leaves requests a minute and a client without one a few seconds.
    #[test]
    fn after_the_farewell_a_connection_ends_soon() {
        let start = now();
        let limits = Limits::default();
        let course = Course { limits, opened_at: start, farewell_at: Some(start) };
        assert_eq!(course.due(seen(0, start), start), Due::Nothing(start + limits.farewell));
        assert_eq!(course.due(seen(0, start), start + limits.farewell), Due::End);
        assert_eq!(course.due(seen(1, start), start + limits.farewell), Due::Nothing(start + limits.linger));
        assert_eq!(course.due(seen(1, start), start + limits.linger), Due::End);
        // The answer was taken just now: the client has time to take the farewell, too.
        let done = start + limits.linger - SECOND;
        assert_eq!(course.due(seen(0, done), done), Due::Nothing(done + limits.farewell));
    }
}
