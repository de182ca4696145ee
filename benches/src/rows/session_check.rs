//! Session checks: alone, and while sign-ins saturate the hashing pool.

use crate::{
    Options,
    load::{self, Connection, Shot},
    reference,
    report::{Aim, Figure, Row},
    server::{Mode, Site},
    sign_in,
    stats::{Pair, median_pair},
};

const CONNECTIONS: usize = 8;

pub async fn measure(options: &Options) -> Vec<Row> {
    let site = Site::make(options, Mode::default());
    let server = site.start();
    let token = sign_in::token(&mut Connection::open(&server.host).await, "member").await;
    let check = Shot::get("/api/v1/auth/session").bearer(&token);
    vec![alone(options, &server.host, &check).await, in_a_storm(options, &server.host, &check).await]
}

async fn alone(options: &Options, host: &str, check: &Shot) -> Row {
    let warm = load::repeat(host, CONNECTIONS, 1, check).await;
    let bare = reference::bare_handler(warm.sample).await;
    let (mut pairs, mut failed) = (Vec::new(), 0);
    for _ in 0..options.rounds {
        let subject = load::repeat(host, CONNECTIONS, options.seconds, check).await;
        let reference = load::repeat(&bare, CONNECTIONS, options.seconds, check).await;
        failed += subject.failed;
        pairs.push(Pair { subject: subject.rate(), reference: reference.rate() });
    }
    assert_eq!(failed, 0, "session checks failed");
    let pair = median_pair(pairs);
    let reference = Figure::new(pair.reference, 0, "/s").noting("a bare handler with the same bytes");
    Row::new("session check", Figure::new(pair.subject, 0, "/s"), reference, Aim::AtLeast(0.7))
}

/// Only latencies are compared: the storm takes its share of the cores from the checks, as it should.
async fn in_a_storm(options: &Options, host: &str, check: &Shot) -> Row {
    let mut pairs = Vec::new();
    for _ in 0..options.rounds {
        let idle = load::repeat(host, CONNECTIONS, options.seconds, check).await;
        let (storm_host, seconds) = (host.to_owned(), options.seconds);
        let storm = tokio::spawn(async move {
            load::repeat(&storm_host, CONNECTIONS, seconds, &sign_in::password("member")).await
        });
        let during = load::repeat(host, CONNECTIONS, options.seconds, check).await;
        assert!(storm.await.expect("the storm").succeeded > 0, "there was no storm");
        let millis = |outcome: &load::Outcome| outcome.p99.as_secs_f64() * 1000.0;
        pairs.push(Pair { subject: millis(&during), reference: millis(&idle) });
    }
    let pair = median_pair(pairs);
    Row::new(
        "session check, p99 while sign-ins saturate the hashing pool",
        Figure::new(pair.subject, 2, " ms"),
        Figure::new(pair.reference, 2, " ms").noting("the same without the sign-ins"),
        Aim::AtMost(3.0),
    )
}
