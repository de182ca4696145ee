//! Short-lived state: what belongs to somebody and has an end, and how it is ended before its time (ADR 0024).
//!
//! Each place is listed once, in `registry`, with everything that ends it. Whoever ends something says why, and
//! whose; nobody keeps a list of tables of their own.

mod registry;
mod whose;

use std::fmt::Write as _;

use sea_orm::Value;
use twinlock_core::{
    assurance::FRESH_SECS, clock::Timestamp, password::GIVEN_SECS, session::IDLE_SECS, timeline::SetBack,
};

use self::registry::{REGISTRY, REMEMBERED_SECS};
pub(crate) use self::whose::ADMINISTRATORS;
pub use self::whose::Of;
use crate::{Run as _, StoreError, Tx, row::Bind};

/// Why short-lived state ends before its time.
///
/// Where a person or an organisation is deleted, all of it goes with their row, by foreign keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// One session was ended: its owner signed out, or chose it in a list.
    SignOut,
    /// A person is to be signed in nowhere, or nowhere else.
    SignOutEverywhere,
    /// From now on an organisation requires a second factor.
    Enforcement,
    /// An invitation was accepted.
    Opened,
    /// A password, a factor or a status changed, or factors were reset.
    Change,
    /// Another address counts.
    NewAddress,
    /// An organisation was suspended.
    Suspension,
    /// The database is a copy of an earlier one.
    Restore,
    /// The clock was set back.
    ClockSetBack,
}

impl End {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::SignOut,
        Self::SignOutEverywhere,
        Self::Enforcement,
        Self::Opened,
        Self::Change,
        Self::NewAddress,
        Self::Suspension,
        Self::Restore,
        Self::ClockSetBack,
    ];
}

/// When something ends.
#[derive(Debug, Clone, Copy)]
pub struct At {
    /// The time that counts from now on.
    now: Timestamp,
    /// The time that counted until now: another one only where the clock was set back.
    was: Timestamp,
}

impl From<Timestamp> for At {
    fn from(now: Timestamp) -> Self {
        Self { now, was: now }
    }
}

impl From<&SetBack> for At {
    fn from(back: &SetBack) -> Self {
        Self { now: back.now, was: back.was }
    }
}

/// A table, or columns of accounts, whose content is short-lived.
#[derive(Debug)]
pub struct Entry {
    /// The table.
    pub table: &'static str,
    /// Which columns of it, where the row as such is lasting.
    pub columns: &'static [&'static str],
    owner: Owner,
    /// The column that names a session, where one session can go on without the others.
    session: Option<&'static str>,
    rules: &'static [Rule],
    /// Which rows are over by themselves and may go; none where they stay.
    over: Option<Over>,
}

/// How rows lead to the account that they belong to.
#[derive(Debug, Clone, Copy)]
enum Owner {
    /// They are accounts.
    Account,
    /// By their column `user_id`.
    Person,
    /// By a row of another table that has a `user_id`.
    Through { column: &'static str, parent: &'static str },
}

/// What is done to the rows, why, and to which of them. Words after a colon are parameters.
#[derive(Debug)]
struct Rule {
    by: &'static [End],
    act: Act,
    only: Option<&'static str>,
}

#[derive(Debug, Clone, Copy)]
enum Act {
    Delete,
    Set(&'static str),
}

#[derive(Debug)]
struct Over {
    key: &'static str,
    when: &'static str,
}

impl Entry {
    /// Whether it ends for this reason.
    pub fn ends_by(&self, end: End) -> bool {
        self.rules.iter().any(|rule| rule.by.contains(&end))
    }

    /// Forgets the rows that are over by themselves and held by nobody; answers how many.
    pub async fn purge(&self, tx: &Tx, now: Timestamp) -> Result<u64, StoreError> {
        let Some(over) = &self.over else { return Ok(0) };
        let (condition, values) = numbered(over.when, Of::Everybody, now.into())?;
        tx.clear(self.table, over.key, &condition, values).await
    }

    fn statement(&self, rule: &Rule, of: Of) -> String {
        let mut conditions: Vec<String> = self.owned_by(of).into_iter().collect();
        match (self.session, of.keep(), of) {
            (Some(column), _, Of::Session { .. }) => conditions.push(format!("{column} = :session")),
            (Some(column), Some(_), _) => conditions.push(format!("{column} <> :keep")),
            _ => {}
        }
        conditions.extend(rule.only.map(str::to_owned));
        let table = self.table;
        let act = match rule.act {
            Act::Delete => format!("DELETE FROM {table}"),
            Act::Set(columns) => format!("UPDATE {table} SET {columns}"),
        };
        if conditions.is_empty() { act } else { format!("{act} WHERE {}", conditions.join(" AND ")) }
    }

    fn owned_by(&self, of: Of) -> Option<String> {
        let people = of.people()?;
        Some(match self.owner {
            Owner::Account => format!("id {people}"),
            Owner::Person => format!("user_id {people}"),
            Owner::Through { column, parent } => {
                format!("{column} IN (SELECT id FROM {parent} WHERE user_id {people})")
            }
        })
    }
}

/// Everything that is short-lived, in the order in which it is ended.
pub fn entries() -> &'static [Entry] {
    &REGISTRY
}

/// Ends what ends for this reason; answers how many sessions that were. Whoever is remembered as a caller is stale.
pub async fn end(tx: &Tx, of: Of, why: End, at: impl Into<At>) -> Result<u64, StoreError> {
    let at = at.into();
    tx.stale(of.stale());
    let mut sessions = 0;
    for entry in entries() {
        for rule in entry.rules.iter().filter(|rule| rule.by.contains(&why)) {
            let (sql, values) = numbered(&entry.statement(rule, of), of, at)?;
            let changed = tx.exec(&sql, values).await?;
            if entry.table != "sessions" {
                continue;
            }
            sessions = changed;
            // It is not there, or over already, and so is what hung on it.
            if changed == 0 && matches!(of, Of::Session { .. }) {
                return Ok(0);
            }
        }
    }
    Ok(sessions)
}

/// The statements that end everybody's state for this reason. The present time is `:now` in them.
pub fn statements(why: End) -> Vec<String> {
    let rules = entries().iter().flat_map(|entry| entry.rules.iter().map(move |rule| (entry, rule)));
    let rules = rules.filter(|(_, rule)| rule.by.contains(&why));
    rules.map(|(entry, rule)| entry.statement(rule, Of::Everybody)).collect()
}

/// A statement with its parameters by numbers, and what they are.
fn numbered(text: &str, of: Of, at: At) -> Result<(String, Vec<Value>), StoreError> {
    let mut names: Vec<&str> = Vec::new();
    let mut pieces = text.split(':');
    let mut sql = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (name, rest) =
            piece.split_at(piece.find(|letter: char| !letter.is_ascii_lowercase()).unwrap_or(piece.len()));
        let place = names.iter().position(|known| *known == name).unwrap_or_else(|| {
            names.push(name);
            names.len() - 1
        });
        _ = write!(sql, "${}{rest}", place + 1);
    }
    let values: Option<Vec<_>> = names.into_iter().map(|name| value(name, of, at)).collect();
    Ok((sql, values.ok_or(StoreError::Corrupt("a rule of short-lived state"))?))
}

fn value(name: &str, of: Of, at: At) -> Option<Value> {
    Some(match (name, of) {
        ("user", Of::Session { user, .. } | Of::Person { user, .. }) => user.bind(),
        ("session", Of::Session { session, .. }) => session.bind(),
        ("tenant", Of::InCharge { tenant, .. } | Of::Tenant { tenant, .. }) => tenant.bind(),
        ("keep", _) => of.keep()?.bind(),
        ("now", _) => at.now.bind(),
        ("was", _) => at.was.bind(),
        ("idle", _) => at.was.plus_secs(-IDLE_SECS).bind(),
        ("fresh", _) => at.now.plus_secs(-FRESH_SECS).bind(),
        ("lapsed", _) => at.was.plus_secs(-GIVEN_SECS).bind(),
        ("remembered", _) => at.now.plus_secs(-REMEMBERED_SECS).bind(),
        _ => return None,
    })
}
