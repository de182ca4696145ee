//! The second step by authenticator app against durable commits.

use twinlock_core::{
    clock::Clock,
    factor::totp::{TotpSecret, step_at},
    user::Status,
};
use twinlock_store::users::User;

use crate::{
    Options,
    database::{Database, Machine},
    load::{self, Connection},
    reference,
    report::{Aim, Figure, Row},
    server::{Mode, Site},
    sign_in,
    stats::{Pair, median_pair},
};

const CONNECTIONS: usize = 8;
/// Sign-ins finished in one round.
const PEOPLE: usize = 500;

pub async fn measure(options: &Options) -> Vec<Row> {
    let site = Site::make(options, Mode::CHEAP);
    let people = enrolled(&site, options.rounds * PEOPLE).await;
    let server = site.start();
    let (mut pairs, mut failed) = (Vec::new(), 0);
    for round in people.chunks(PEOPLE) {
        let mut connection = Connection::open(&server.host).await;
        let mut waiting = Vec::new();
        for (user, secret) in round {
            waiting.push((sign_in::pending(&mut connection, &user.username).await, secret));
        }
        // Codes last half a minute, so they are made when everybody waits.
        let step = step_at(Machine.now());
        let shots = waiting.iter().map(|(token, secret)| sign_in::code(token, &secret.code_at(step)));
        let outcome = load::once_each(&server.host, CONNECTIONS, shots.collect()).await;
        failed += outcome.failed;
        let reference = reference::commits_per_second(&options.scratch, options.seconds).await;
        pairs.push(Pair { subject: outcome.rate(), reference });
    }
    assert_eq!(failed, 0, "second steps failed");
    let pair = median_pair(pairs);
    vec![Row::new(
        "second step, authenticator app",
        Figure::new(pair.subject, 0, "/s"),
        Figure::new(pair.reference, 0, "/s").noting("durable commits of one row"),
        Aim::AtLeast(0.5),
    )]
}

async fn enrolled(site: &Site<'_>, count: usize) -> Vec<(User, TotpSecret)> {
    let database = Database::open(&site.data()).await;
    let model = database.user("demo", "member").await;
    let users = database.add_users(&model, "enrolled", count, Status::Active).await;
    let tx = database.begin().await;
    let mut people = Vec::new();
    for user in users {
        let secret = database.add_app(&tx, &user).await;
        people.push((user, secret));
    }
    tx.commit().await.expect("a commit");
    database.close().await;
    people
}
