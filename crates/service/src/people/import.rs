//! Many people at once, from a table: all of its rows, or none.

mod rows;
mod table;

use std::collections::HashSet;

use serde_json::json;
use twinlock_core::{
    ids::TenantId,
    name::NameError,
    user::{Power, Role, Status},
};
use twinlock_store::{Run, StoreError, people};

pub use rows::ImportRow;
pub use table::TableError;

use super::{
    PersonError,
    create::{insert, may_give},
    invite::{self, Inviting},
};
use crate::{
    App, Caller, Client, Internal,
    administration::{self, Acting, NotAllowed},
    mail::When,
    setup::{FieldProblem, provision::NewUser},
};

/// Most rows of one table: while they are written, nothing else of the organisation is.
pub const MAX_ROWS: usize = 2000;

const TAKEN: NameError = NameError::Invalid("Somebody in this organisation has this.");
const TWICE: NameError = NameError::Invalid("A line above has this, too.");
const NOT_YOURS: NameError = NameError::Invalid("You cannot give this role.");

/// Why nobody was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The caller may not.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// It is no table of people.
    #[error(transparent)]
    Unreadable(#[from] TableError),
    /// Some rows cannot be used.
    #[error("some rows cannot be used")]
    Refused(Vec<ImportRow>),
    /// A name was taken while the table was being written.
    #[error(transparent)]
    Person(#[from] PersonError),
}

impl From<StoreError> for ImportError {
    fn from(error: StoreError) -> Self {
        Self::Person(error.into())
    }
}

impl From<Internal> for ImportError {
    fn from(error: Internal) -> Self {
        Self::Person(error.into())
    }
}

/// What an import of this table would do. Writes nothing.
pub async fn preview(
    app: &App,
    caller: &Caller,
    tenant: &str,
    table: &str,
) -> Result<Vec<ImportRow>, ImportError> {
    administration::look(app, caller, tenant, Power::Administer)?;
    let account = &caller.live.account;
    let rows = rows::read(table)?;
    Ok(judged(&app.store, account.tenant.id, account.user.role, rows).await?)
}

/// Makes everybody of the table, and mails an invitation to who has an address; or nobody, when a row is refused.
pub async fn import(
    app: &App,
    client: &Client,
    caller: &Caller,
    tenant: &str,
    table: &str,
) -> Result<Vec<ImportRow>, ImportError> {
    app.transact(|| import_once(app, client, caller, tenant, table)).await
}

async fn import_once(
    app: &App,
    client: &Client,
    caller: &Caller,
    tenant: &str,
    table: &str,
) -> Result<Vec<ImportRow>, ImportError> {
    administration::may_act(app, caller, tenant, Power::Administer)?;
    administration::not_among_operators(&caller.live.account)?;
    let rows = rows::read(table)?;
    let acting = administration::act(app, client, caller, tenant, Power::Administer).await?;
    let actor = &acting.actor;
    let mut rows = judged(&acting.work, actor.tenant.id, actor.user.role, rows).await?;
    let giver = acting.actor.user.role;
    for row in rows.iter().filter(|row| may_give(giver, row.role).is_ok()) {
        acting.require_factor_to_give(row.role).map_err(NotAllowed::from)?;
    }
    if rows.iter().any(ImportRow::is_refused) {
        return Err(ImportError::Refused(rows));
    }
    for row in &mut rows {
        make(&acting, row).await?;
    }
    acting.work.commit().await?;
    Ok(rows)
}

async fn make(acting: &Acting<'_>, row: &mut ImportRow) -> Result<(), ImportError> {
    let Some(texts) = row.texts.clone() else { return Ok(()) };
    let new = NewUser {
        texts,
        role: row.role,
        status: Status::Invited,
        password_hash: None,
        must_change: true,
        created_at: None,
    };
    let account = insert(acting, new, json!({ "imported": true })).await?;
    row.user = Some(account.user.id);
    // Without an address the link would be for nobody: it is made when somebody is there to hand it over.
    if account.user.email.is_some() {
        let who = Inviting { actor: &acting.actor, target: &account, when: When::Later { bulk: true } };
        let sent = invite::send(&acting.work, &who).await.map_err(PersonError::from)?;
        row.invited_at = sent.leaves_at;
    }
    Ok(())
}

/// The rows with everything that speaks against them: roles, names of others, names of rows above.
async fn judged(
    run: &impl Run,
    tenant: TenantId,
    giver: Role,
    mut rows: Vec<ImportRow>,
) -> Result<Vec<ImportRow>, StoreError> {
    let keys: Vec<_> = rows.iter().flat_map(ImportRow::keys).map(|(_, key)| key).collect();
    let taken = people::taken(run, tenant, &keys).await?;
    let mut above = HashSet::new();
    for row in &mut rows {
        let mut own = HashSet::new();
        for (field, key) in row.keys() {
            let key = key.as_str().to_owned();
            let problem =
                if taken.contains(&key) { Some(TAKEN) } else { above.contains(&key).then_some(TWICE) };
            row.problems.extend(problem.map(FieldProblem::of(field)));
            own.insert(key);
        }
        above.extend(own);
        if may_give(giver, row.role).is_err() {
            row.problems.push(FieldProblem { field: "role", problem: NOT_YOURS });
        }
    }
    Ok(rows)
}
