//! Password sign-ins against bare Argon2id.

use crate::{
    Options, load, reference,
    report::{Aim, Figure, Row},
    server::{Mode, Site},
    sign_in,
    stats::{Pair, median_pair},
};

const CONNECTIONS: usize = 8;

pub async fn measure(options: &Options) -> Vec<Row> {
    let site = Site::make(options, Mode::default());
    let server = site.start();
    let (mut pairs, mut failed) = (Vec::new(), 0);
    for _ in 0..options.rounds {
        let shot = sign_in::password("member");
        let outcome = load::repeat(&server.host, CONNECTIONS, options.seconds, &shot).await;
        failed += outcome.failed;
        let reference = reference::hashes_per_second(options.seconds);
        pairs.push(Pair { subject: outcome.rate(), reference });
    }
    assert_eq!(failed, 0, "sign-ins failed");
    let pair = median_pair(pairs);
    vec![Row::new(
        "password sign-in without a second factor",
        Figure::new(pair.subject, 1, "/s"),
        Figure::new(pair.reference, 1, "/s").noting("Argon2id on all cores"),
        Aim::AtLeast(0.95),
    )]
}
