//! Whether the time of a wrong code tells how much of it is right.

use std::time::Instant;

use twinlock_core::{
    clock::Clock,
    factor::totp::{TotpSecret, step_at},
    user::Status,
};
use twinlock_store::users::User;

use super::alike_sign_ins::{row, worst};
use crate::{
    Options,
    database::{Database, Machine},
    load::Connection,
    report::Row,
    server::{Mode, Site},
    sign_in,
    stats::{Dice, auc},
};

const RUNS: usize = 3;
const PEOPLE: usize = 50;
/// Wrong codes that are evaluated before the waits begin; then they are forgiven.
const FREE: usize = 4;
/// Leading digits that a wrong code shares with the right one: none, one, … five.
const GROUPS: usize = 6;

pub async fn measure(options: &Options) -> Vec<Row> {
    let site = Site::make(options, Mode::CHEAP);
    let server = site.start();
    let mut guesser = Guesser::new(Database::open(&site.data()).await).await;
    let mut best: Option<Vec<f64>> = None;
    for _ in 0..RUNS {
        let areas = guesser.compare(&mut Connection::open(&server.host).await, options.samples).await;
        if best.as_ref().is_none_or(|best| worst(&areas) < worst(best)) {
            best = Some(areas);
        }
    }
    let names: Vec<_> = (1..GROUPS).map(|shared| format!("{shared} digits")).collect();
    let areas = best.unwrap_or_default();
    vec![row(
        "wrong codes that share digits with the right one, rank AUC of their times",
        &names,
        &areas,
        "no digit",
    )]
}

struct Guesser {
    database: Database,
    users: Vec<User>,
    secrets: Vec<TotpSecret>,
    dice: Dice,
    guesses: usize,
}

impl Guesser {
    async fn new(database: Database) -> Self {
        let model = database.user("demo", "member").await;
        let users = database.add_users(&model, "guessed", PEOPLE, Status::Active).await;
        let tx = database.begin().await;
        let mut secrets = Vec::new();
        for user in &users {
            secrets.push(database.add_app(&tx, user).await);
        }
        tx.commit().await.expect("a commit");
        Self { database, users, secrets, dice: Dice::new(), guesses: 0 }
    }

    /// The areas of one to five shared digits against none.
    async fn compare(&mut self, connection: &mut Connection, samples: usize) -> Vec<f64> {
        let mut tokens = Vec::new();
        for user in &self.users {
            tokens.push(sign_in::pending(connection, &user.username).await);
        }
        let mut times = [const { Vec::new() }; GROUPS];
        for _ in 0..samples {
            let mut order: Vec<_> = (0..GROUPS).collect();
            self.dice.shuffle(&mut order);
            for shared in order {
                let person = self.next_person().await;
                let code = self.wrong_code(person, shared);
                let shot = sign_in::code(&tokens[person], &code);
                let before = Instant::now();
                let (status, _) = connection.fire(&shot).await;
                times[shared].push(before.elapsed());
                assert_eq!(status, 401, "a code was not refused as it should be");
            }
        }
        let (base, others) = times.split_first().expect("a first group");
        others.iter().map(|other| auc(base, other)).collect()
    }

    async fn next_person(&mut self) -> usize {
        if self.guesses.is_multiple_of(PEOPLE * FREE) {
            self.database.forgive_codes(&self.users).await;
        }
        self.guesses += 1;
        self.guesses % PEOPLE
    }

    /// A code that begins with exactly `shared` digits of the right one.
    fn wrong_code(&mut self, person: usize, shared: usize) -> String {
        let right = self.secrets[person].code_at(step_at(Machine.now())).into_bytes();
        let other = |digit: u8, dice: &mut Dice| {
            let add = 1 + u8::try_from(dice.below(9)).expect("a digit");
            b'0' + (digit - b'0' + add) % 10
        };
        let digits = right.iter().enumerate().map(|(place, digit)| match place {
            place if place < shared => char::from(*digit),
            place if place == shared => char::from(other(*digit, &mut self.dice)),
            _ => char::from(b'0' + u8::try_from(self.dice.below(10)).expect("a digit")),
        });
        digits.collect()
    }
}
