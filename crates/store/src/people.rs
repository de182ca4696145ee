//! People as administrators see and change them.

use std::collections::HashSet;

use twinlock_core::{
    ids::{TenantId, UserId},
    name::{NameKey, ascii_email},
    user::{Role, Status},
};
use uuid::Uuid;

use crate::{
    Run, Stale, StoreError, Tx,
    row::{Bind as _, FromRow, Row, params},
    user_search,
    users::{self, ACCOUNT_COLUMNS, Account, FROM_ACCOUNT, User},
};

/// Whom to list; what is none makes no difference.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only people of this role.
    pub role: Option<Role>,
    /// Only accounts of this status.
    pub status: Option<Status>,
    /// Only people whose second factors are so.
    pub mfa: Option<Mfa>,
}

/// How it stands with somebody's second factors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mfa {
    /// There is one at least.
    Enrolled,
    /// There is none, and the invitation was accepted.
    NotEnrolled,
    /// There is one, and losing one thing locks them out. Nothing locks out who is suspended anyway.
    AtRisk,
}

impl Filter {
    /// As conditions, each in words that an index has: the values are our own, never a client's.
    fn conditions(self) -> String {
        let role = self.role.map(|role| match role {
            Role::Member => " AND u.role = 'member'".to_owned(),
            other => format!(" AND u.role = '{}' AND u.role <> 'member'", other.as_str()),
        });
        let status = self.status.map(|status| match status {
            Status::Active => " AND u.status = 'active'".to_owned(),
            other => format!(" AND u.status = '{}' AND u.status <> 'active'", other.as_str()),
        });
        let mfa = self.mfa.map(|mfa| match mfa {
            Mfa::Enrolled => " AND u.factor_kinds > 0".to_owned(),
            Mfa::NotEnrolled => " AND u.factor_kinds = 0 AND u.status <> 'invited'".to_owned(),
            Mfa::AtRisk => " AND u.at_risk = 1 AND u.status <> 'suspended'".to_owned(),
        });
        [role, status, mfa].into_iter().flatten().collect()
    }

    /// The same in words that no index has: for people who were found by another one already. PostgreSQL would else
    /// walk an index of all who fit for each of them.
    fn conditions_on_found(self) -> String {
        let expression = [
            ("u.factor_kinds", "(u.factor_kinds + 0)"),
            ("u.at_risk", "(u.at_risk + 0)"),
            ("u.role", "(u.role || '')"),
            ("u.status", "(u.status || '')"),
        ];
        expression.into_iter().fold(self.conditions(), |text, (column, value)| text.replace(column, value))
    }
}

/// Accounts of a tenant in the order they were made, after `after`, at most `limit`.
pub async fn page(
    run: &impl Run,
    tenant: TenantId,
    filter: Filter,
    after: Option<UserId>,
    limit: u32,
) -> Result<Vec<Account>, StoreError> {
    let sql = format!(
        "SELECT {ACCOUNT_COLUMNS} {FROM_ACCOUNT} WHERE u.tenant_id = $1 AND u.id > $2{} \
         ORDER BY u.id LIMIT $3",
        filter.conditions()
    );
    let after = after.unwrap_or(UserId(Uuid::nil()));
    run.all(&sql, params![tenant, after, limit]).await
}

/// Where a page of a search ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// The word by which the last person was found.
    pub word: String,
    /// That person.
    pub user: UserId,
}

impl FromRow for Position {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self { word: row.text("word")?, user: row.id("user_id")? })
    }
}

/// Somebody found.
#[derive(Debug)]
pub struct Found {
    /// The account.
    pub account: Account,
    /// The word by which it was found: its first that fits.
    pub word: String,
}

impl FromRow for Found {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self { account: Account::from_row(row)?, word: row.text("found_by")? })
    }
}

/// What to look for in a tenant.
#[derive(Debug, Clone)]
pub struct Search {
    /// How a word must begin: user name, address, or a word of the display name.
    pub prefix: NameKey,
    /// Whom to show of those found.
    pub filter: Filter,
    /// Where the page before ended.
    pub after: Option<Position>,
    /// Words that are looked through before the search is broken off, however few of the people found fit.
    pub words: u32,
}

/// A page of a search.
#[derive(Debug)]
pub struct Hits {
    /// Who was found.
    pub found: Vec<Found>,
    /// Where the search was broken off, if there may be more beyond.
    pub looked_to: Option<Position>,
}

/// People of a tenant who have a word that begins so, in the order of these words, each once.
pub async fn search(
    run: &impl Run,
    tenant: TenantId,
    search: &Search,
    limit: u32,
) -> Result<Hits, StoreError> {
    let sql = format!(
        "SELECT s.word AS found_by, {ACCOUNT_COLUMNS} FROM user_search s JOIN users u ON u.id = s.user_id \
         JOIN tenants t ON t.id = u.tenant_id \
         WHERE s.tenant_id = $1 AND (s.word, s.user_id) > ($2, $3) AND (s.word, s.user_id) <= ($4, $5){} \
         AND NOT EXISTS (SELECT 1 FROM user_search e \
                         WHERE e.user_id = s.user_id AND e.word >= $6 AND e.word < s.word) \
         ORDER BY s.word, s.user_id LIMIT $7",
        search.filter.conditions_on_found()
    );
    let prefix = search.prefix.as_str();
    let nobody = UserId(Uuid::nil());
    // Words are compared by their bytes, and no character has greater ones.
    let end = Position { word: format!("{prefix}{}", char::MAX), user: nobody };
    let from = search.after.clone().unwrap_or(Position { word: prefix.to_owned(), user: nobody });
    let looked_to = breaking_off(run, tenant, search, &from, &end).await?;
    let to = looked_to.clone().unwrap_or(end);
    let values = params![tenant, from.word, from.user, to.word, to.user, prefix, limit];
    Ok(Hits { found: run.all(&sql, values).await?, looked_to })
}

/// Where a search between two places is broken off; nowhere, if there are not so many words. The beginning of one
/// without a filter is never: nobody has more than a few words, so that the first ones find people enough.
async fn breaking_off(
    run: &impl Run,
    tenant: TenantId,
    search: &Search,
    from: &Position,
    to: &Position,
) -> Result<Option<Position>, StoreError> {
    if search.after.is_none() && search.filter == Filter::default() {
        return Ok(None);
    }
    let sql = "SELECT word, user_id FROM user_search WHERE tenant_id = $1 AND (word, user_id) > ($2, $3) \
               AND (word, user_id) <= ($4, $5) ORDER BY word, user_id LIMIT 1 OFFSET $6";
    let offset = search.words.saturating_sub(1);
    run.one(sql, params![tenant, &from.word, from.user, &to.word, to.user, offset]).await
}

struct Name(String);

impl FromRow for Name {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        row.text("name").map(Self)
    }
}

/// Names looked up by one statement: a database takes so many parameters and no more.
const NAMES_AT_ONCE: usize = 500;

/// Which of these names are somebody's in the tenant, or are kept for them.
pub async fn taken(
    run: &impl Run,
    tenant: TenantId,
    names: &[NameKey],
) -> Result<HashSet<String>, StoreError> {
    let mut taken = HashSet::new();
    for names in names.chunks(NAMES_AT_ONCE) {
        let marks: Vec<_> = (2..names.len() + 2).map(|number| format!("${number}")).collect();
        let sql =
            format!("SELECT name FROM login_names WHERE tenant_id = $1 AND name IN ({})", marks.join(", "));
        let mut values = params![tenant];
        values.extend(names.iter().map(|name| name.as_str().bind()));
        taken.extend(run.all::<Name>(&sql, values).await?.into_iter().map(|Name(name)| name));
    }
    Ok(taken)
}

/// Sets what a person may do.
pub async fn set_role(tx: &Tx, id: UserId, role: Role) -> Result<(), StoreError> {
    tx.stale(Stale::User(id));
    tx.exec("UPDATE users SET role = $1 WHERE id = $2", params![role.as_str(), id]).await.map(drop)
}

/// Writes the names of a person whose row is held, and the address of somebody who was only invited: nothing was
/// ever proven by the one before, so it is not remembered. [`StoreError::Conflict`] when one is taken.
pub async fn set_names(tx: &Tx, user: &User) -> Result<(), StoreError> {
    tx.stale(Stale::User(user.id));
    let sql = "UPDATE users SET username = $1, email = $2, display_name = $3 WHERE id = $4";
    tx.exec(
        sql,
        params![&user.username, user.email.as_deref().map(ascii_email), &user.display_name, user.id],
    )
    .await?;
    tx.exec("DELETE FROM login_names WHERE user_id = $1 AND until IS NULL", params![user.id]).await?;
    users::put_names(tx, user).await?;
    user_search::index(tx, user).await
}
