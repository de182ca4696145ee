//! Whether a PostgreSQL does, before anything is done in it.

use crate::{
    Run, Store, StoreError,
    db::{READS_ONLY, State},
    error::{LOSES_STATEMENTS, NO_TRANSACTIONS, READ_ONLY, code},
};

/// A pooler hands out its connections in an order of its own: so often is each side asked.
const TURNS: u32 = 8;

impl Store {
    /// Whether a server can work on the PostgreSQL of this address: it writes, has transactions, and what is prepared on
    /// a connection stays there. A pooler that hands out a connection for each transaction must keep apart what two
    /// clients prepared under one name. Any SQLite does.
    ///
    /// # Errors
    /// [`StoreError::Unsupported`] or an error that [`crate::refusal`] has words for, where the database does not do; any
    /// other where it cannot be reached.
    pub async fn probe(url: &str) -> Result<(), StoreError> {
        let (one, other) = (Self::connect(url, 1).await?, Self::connect(url, 1).await?);
        let outcome = if one.is_sqlite() { Ok(()) } else { probe(&one, &other).await };
        one.close().await?;
        other.close().await?;
        outcome
    }
}

async fn probe(one: &Store, other: &Store) -> Result<(), StoreError> {
    for _ in 0..TURNS {
        match state(one, READS_ONLY).await?.as_deref() {
            Some("off") => {}
            Some("on") => return Err(StoreError::Unsupported(READ_ONLY)),
            _ => return Err(StoreError::Unsupported(LOSES_STATEMENTS)),
        }
        // Each is the first statement of its connection, so that both have the same name.
        if state(other, "SELECT 'another' AS state").await?.as_deref() != Some("another") {
            return Err(StoreError::Unsupported(LOSES_STATEMENTS));
        }
    }
    let tx = one.begin().await.map_err(without_transactions)?;
    tx.commit().await
}

async fn state(store: &Store, sql: &str) -> Result<Option<String>, StoreError> {
    let answer: Option<State> = store.one(sql, vec![]).await?;
    Ok(answer.map(|State(state)| state))
}

/// PgBouncer refuses BEGIN with the code of nearly everything that it refuses. Statements went through before.
fn without_transactions(error: StoreError) -> StoreError {
    match &error {
        StoreError::Database(cause) if code(cause).is_some_and(|code| code == "08P01") => {
            StoreError::Unsupported(NO_TRANSACTIONS)
        }
        _ => error,
    }
}
