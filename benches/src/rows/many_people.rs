//! What a request costs among very many people, against the same among a thousand.

use std::time::Duration;

use secrecy::SecretBox;
use twinlock_core::{
    clock::Clock,
    factor::totp::{TotpSecret, step_at},
};
use twinlock_store::seal::Purpose;
use twinlock_web::http::Cursors;

use crate::{
    Options,
    crowd::Crowd,
    database::{Database, Machine},
    load::{self, Connection, Outcome, Shot},
    report::{Aim, Figure, Row},
    server::{Mode, Server, Site},
    sign_in,
    stats::{Pair, median_pair},
};

/// How many there are in the reference.
pub const FEW: usize = 1000;

const CONNECTIONS: usize = 8;
/// Sign-ins of one round: as many as the reference has people without a second factor.
const SIGN_INS: usize = 150;
/// People who finish a second step, all rounds together: nearly as many as the reference has that could.
const SECOND_STEPS: usize = 840;
/// Checks of each session in one round.
const CHECKS: usize = 20;

const LISTS: Aim = Aim::AtMost(1.25);
const SIGNING_IN: Aim = Aim::AtMost(1.15);

pub async fn measure(options: &Options) -> Vec<Row> {
    let sites = [options.people, FEW].map(|_| Site::make(options, Mode::CHEAP));
    let many = Place::open(&sites[0], options.people).await;
    let few = Place::open(&sites[1], FEW).await;
    let contest = Contest { options, many, few };
    let mut rows = Vec::new();
    for (work, list) in [
        ("MFA status of an organisation, people without a second factor", List::MfaStatus),
        ("list of people, the first page", List::First),
        ("list of people, a page from the middle", List::Middle),
        ("people found by a beginning that all names have", List::Search),
        ("the same of a role that nobody has", List::SearchInVain),
    ] {
        let seconds = options.seconds;
        rows.push(contest.row(work, LISTS, async |place, _| place.list(list, seconds).await).await);
    }
    let work = "password sign-in, people all over the organisation";
    rows.push(contest.row(work, SIGNING_IN, async |place, round| place.passwords(round).await).await);
    let work = "second step, people all over the organisation";
    let rounds = options.rounds;
    rows.push(contest.row(work, SIGNING_IN, async |place, round| place.codes(round, rounds).await).await);
    let work = "session check, people all over the organisation";
    rows.push(contest.row(work, SIGNING_IN, async |place, _| place.sessions().await).await);
    rows
}

/// Two organisations of different size, each with a server.
struct Contest<'a> {
    options: &'a Options,
    many: Place,
    few: Place,
}

impl Contest<'_> {
    async fn row(
        &self,
        work: &'static str,
        aim: Aim,
        measure: impl AsyncFn(&Place, usize) -> Outcome,
    ) -> Row {
        let mut pairs = Vec::new();
        for round in 0..self.options.rounds {
            // Each goes first in turn.
            let mut both = [&self.many, &self.few];
            both.rotate_left(round % 2);
            let mut millis = [0.0; 2];
            for (place, millis) in both.iter().zip(&mut millis) {
                let outcome = measure(place, round).await;
                assert_eq!(outcome.failed, 0, "{work}: requests failed");
                *millis = outcome.millis();
            }
            millis.rotate_right(round % 2);
            pairs.push(Pair { subject: millis[0], reference: millis[1] });
        }
        let pair = median_pair(pairs);
        let figure = Figure::new(pair.subject, 3, " ms").noting(format!("{} people", self.options.people));
        Row::new(work, figure, Figure::new(pair.reference, 3, " ms").noting(format!("{FEW} people")), aim)
    }
}

/// What an administrator looks at.
#[derive(Clone, Copy)]
enum List {
    MfaStatus,
    First,
    Middle,
    Search,
    SearchInVain,
}

/// An organisation of some size and its server.
struct Place {
    server: Server,
    crowd: Crowd,
    owner: String,
    /// Where the list of people continues in its middle.
    middle: String,
    /// People with an app that works, and its secret.
    phones: Vec<(usize, TotpSecret)>,
    sessions: Vec<String>,
}

impl Place {
    async fn open(site: &Site<'_>, people: usize) -> Self {
        let started = std::time::Instant::now();
        let crowd = Crowd::make(&site.data(), "demo", "member", people).await;
        told(people, started.elapsed());
        let database = Database::open(&site.data()).await;
        let numbers = crowd.enrolled(SECOND_STEPS);
        let secrets = crowd.give_apps(&database, &numbers).await;
        let middle = middle(&database, &crowd);
        database.close().await;
        let server = site.start();
        let mut connection = Connection::open(&server.host).await;
        let owner = sign_in::token(&mut connection, "owner").await;
        let mut sessions = Vec::new();
        for number in crowd.lacking(SIGN_INS, 0) {
            sessions.push(sign_in::token(&mut connection, &Crowd::username(number)).await);
        }
        let phones = numbers.into_iter().zip(secrets).collect();
        Self { server, crowd, owner, middle, phones, sessions }
    }

    async fn list(&self, list: List, seconds: u64) -> Outcome {
        let people = "/api/v1/tenants/demo/users";
        let path = match list {
            List::MfaStatus => "/api/v1/tenants/demo/mfa/status".to_owned(),
            List::First => people.to_owned(),
            List::Middle => format!("{people}?cursor={}", self.middle),
            List::Search => format!("{people}?search=person"),
            List::SearchInVain => format!("{people}?search=person&role=helpdesk"),
        };
        load::repeat(&self.server.host, CONNECTIONS, seconds, &Shot::get(path).bearer(&self.owner)).await
    }

    async fn passwords(&self, round: usize) -> Outcome {
        let people = self.crowd.lacking(SIGN_INS, round);
        let shots = people.into_iter().map(|number| sign_in::password(&Crowd::username(number)));
        load::once_each(&self.server.host, CONNECTIONS, shots.collect()).await
    }

    /// Everybody takes the second step once.
    async fn codes(&self, round: usize, rounds: usize) -> Outcome {
        let mut connection = Connection::open(&self.server.host).await;
        let mut waiting = Vec::new();
        for (number, secret) in self.phones.iter().skip(round).step_by(rounds) {
            let token = sign_in::pending(&mut connection, &Crowd::username(*number)).await;
            waiting.push((token, secret));
        }
        // Codes last half a minute, so they are made when everybody waits.
        let step = step_at(Machine.now());
        let shots = waiting.iter().map(|(token, secret)| sign_in::code(token, &secret.code_at(step)));
        load::once_each(&self.server.host, CONNECTIONS, shots.collect()).await
    }

    async fn sessions(&self) -> Outcome {
        let check = Shot::get("/api/v1/auth/session");
        let all = self.sessions.iter().cycle().take(CHECKS * self.sessions.len());
        let shots = all.map(|token| check.clone().bearer(token)).collect();
        load::once_each(&self.server.host, CONNECTIONS, shots).await
    }
}

/// The cursor that the list would have given half-way.
fn middle(database: &Database, crowd: &Crowd) -> String {
    let key = database.keyring.derived(database.keyring.current(), Purpose::Cursor).expect("a key");
    let cursors = Cursors::new(&SecretBox::new(Box::new(*key)));
    let last = crowd.user(crowd.people / 2);
    cursors.encode(&format!("users/{}/", crowd.tenant), last.0.as_bytes())
}

fn told(people: usize, took: Duration) {
    let rate = people as f64 / took.as_secs_f64();
    eprintln!("made {people} people in {:.1} s, {rate:.0}/s", took.as_secs_f64());
}
