//! The second step by security key against signatures verified and durable commits.

use twinlock_core::user::Status;
use twinlock_store::users::User;
use twinlock_testkit::security_key::SecurityKey;

use crate::{
    Options,
    database::Database,
    key,
    load::{self, Connection, Shot},
    reference,
    report::{Aim, Figure, Row},
    server::{Mode, Server, Site},
    sign_in,
    stats::{Pair, median, median_pair},
};

const CONNECTIONS: usize = 8;
/// Sign-ins finished in one round.
const PEOPLE: usize = 500;

pub async fn measure(options: &Options) -> Vec<Row> {
    let site = Site::make(options, Mode::CHEAP);
    let mut people = enrolled(&site).await;
    let server = site.start();
    let (mut pairs, mut failed) = (Vec::new(), 0);
    let mut verifications = Vec::new();
    for _ in 0..options.rounds {
        let shots = answers(&server, &mut people).await;
        let outcome = load::once_each(&server.host, CONNECTIONS, shots).await;
        failed += outcome.failed;
        let commits = reference::commits_per_second(&options.scratch, options.seconds).await;
        let verified = reference::verifications_per_second(options.seconds);
        pairs.push(Pair { subject: outcome.rate(), reference: commits.min(verified) });
        verifications.push(verified);
    }
    assert_eq!(failed, 0, "second steps failed");
    let pair = median_pair(pairs);
    let noted = format!(
        "the slower of durable commits of one row and P-256 verifications, which are {:.0}/s",
        median(verifications)
    );
    vec![Row::new(
        "second step, security key",
        Figure::new(pair.subject, 0, "/s"),
        Figure::new(pair.reference, 0, "/s").noting(noted),
        Aim::AtLeast(0.5),
    )]
}

async fn enrolled(site: &Site<'_>) -> Vec<(User, SecurityKey)> {
    let database = Database::open(&site.data()).await;
    let model = database.user("demo", "member").await;
    let users = database.add_users(&model, "keyed", PEOPLE, Status::Active).await;
    let tx = database.begin().await;
    let mut people = Vec::new();
    for (seed, user) in (1..).zip(users) {
        let device = key::add(&tx, &user, seed).await;
        people.push((user, device));
    }
    tx.commit().await.expect("a commit");
    database.close().await;
    people
}

/// Everybody's second step, signed and ready to be sent.
async fn answers(server: &Server, people: &mut [(User, SecurityKey)]) -> Vec<Shot> {
    let origin = format!("http://localhost:{}", server.port());
    let mut connection = Connection::open(&server.host).await;
    let mut shots = Vec::new();
    for (user, device) in people {
        let token = sign_in::pending(&mut connection, &user.username).await;
        let question = connection.json(&sign_in::key_options(&token)).await;
        let credential = device.authenticate(&question["publicKey"], &origin);
        shots.push(sign_in::key(&token, &credential));
    }
    shots
}
