//! The words by which administrators find people.

use std::collections::BTreeSet;

use twinlock_core::{ids::UserId, name::NameKey};

use crate::{
    Run, StoreError, Tx,
    accounts::{self, User},
    row::{FromRow, Row, params},
};

/// Words kept of one person; a display name has no more that matter.
const MAX_WORDS: usize = 12;

/// Keeps the words of a person: user name, address, and each word of the display name, in the form in which
/// names are compared.
pub(crate) async fn index(tx: &Tx, user: &User) -> Result<(), StoreError> {
    tx.exec("DELETE FROM user_search WHERE user_id = $1", params![user.id]).await?;
    for word in words(user) {
        let sql = "INSERT INTO user_search (tenant_id, word, user_id) VALUES ($1, $2, $3)";
        tx.exec(sql, params![user.tenant_id, &word, user.id]).await?;
    }
    Ok(())
}

/// The same for a person whose names were just changed.
pub(crate) async fn reindex(tx: &Tx, id: UserId) -> Result<(), StoreError> {
    match accounts::account(tx, id).await? {
        Some(account) => index(tx, &account.user).await,
        None => Ok(()),
    }
}

/// Ids of people whose address is at an international domain, after `after`, at most `limit`: the words of some were kept
/// when an address had one form only.
pub async fn at_international_domains(
    run: &impl Run,
    after: UserId,
    limit: u32,
) -> Result<Vec<UserId>, StoreError> {
    let sql = "SELECT id FROM users WHERE id > $1 AND lower(email) LIKE '%xn--%' ORDER BY id LIMIT $2";
    Ok(run.all::<Id>(sql, params![after, limit]).await?.into_iter().map(|Id(id)| id).collect())
}

struct Id(UserId);

impl FromRow for Id {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self(row.id("id")?))
    }
}

/// Keeps the words of a person anew, who is held meanwhile.
pub async fn keep_anew(tx: &Tx, id: UserId) -> Result<(), StoreError> {
    match accounts::hold(tx, id).await? {
        Some(account) => index(tx, &account.user).await,
        None => Ok(()),
    }
}

fn words(user: &User) -> BTreeSet<String> {
    let names = [Some(user.username.as_str()), user.email.as_deref(), Some(user.display_name.as_str())];
    let whole = names.into_iter().flatten();
    let parts = user.display_name.split_whitespace();
    let key = |raw: &str| NameKey::of(raw).map(|key| key.as_str().to_owned());
    // An address at an international domain begins in one way or the other, as somebody types it.
    let letters = user.email.as_deref().and_then(NameKey::of_letters).map(|key| key.as_str().to_owned());
    letters.into_iter().chain(whole.chain(parts).filter_map(key)).take(MAX_WORDS).collect()
}
