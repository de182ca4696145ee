//! What no client sees: the stored bytes, the audit log, the key that signs tokens.

use twinlock_core::audit::EventKind;
use twinlock_service::audit_log;
use twinlock_store::{
    Run, StoreError,
    audit::Event,
    row::{Bind, FromRow, Row},
    seal::Purpose,
    signing_keys,
};

use crate::TestApp;

/// One stored value, as bytes whatever its type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// Table and column, `recovery_codes.tag`.
    pub place: String,
    /// Its bytes; a number's are its decimal digits.
    pub bytes: Vec<u8>,
}

impl TestApp {
    /// Everything the database holds, as a thief of it would read.
    pub async fn cells(&self) -> Vec<Cell> {
        let store = self.database.store();
        let on_sqlite = store.is_sqlite();
        let columns = if on_sqlite { SQLITE_COLUMNS } else { POSTGRES_COLUMNS };
        let columns: Vec<Column> = store.all(columns, vec![]).await.expect("the columns");
        let mut cells = Vec::new();
        for Column { table, name, kind } in columns {
            let hex = match (on_sqlite, kind.as_str()) {
                (true, _) => format!("hex({name})"),
                (false, "bytea") => format!("encode({name}, 'hex')"),
                (false, _) => format!("encode(convert_to({name}::text, 'UTF8'), 'hex')"),
            };
            let sql = format!("SELECT {hex} AS v FROM {table} WHERE {name} IS NOT NULL");
            let values: Vec<Hex> = store.all(&sql, vec![]).await.expect("the values");
            let place = format!("{table}.{name}");
            cells.extend(values.into_iter().map(|Hex(bytes)| Cell { place: place.clone(), bytes }));
        }
        cells
    }

    /// The values of one column, `recovery_codes.tag`.
    pub async fn column(&self, place: &str) -> Vec<Vec<u8>> {
        self.cells().await.into_iter().filter(|cell| cell.place == place).map(|cell| cell.bytes).collect()
    }

    /// All audit events of one kind, oldest first. What one source repeated within a minute is one event.
    pub async fn events(&self, kind: EventKind) -> Vec<Event> {
        audit_log::flush(&self.app).await.expect("the audit log");
        let sql = "SELECT * FROM audit_events WHERE type = $1 ORDER BY id";
        self.database.store().all(sql, vec![kind.as_str().bind()]).await.expect("the audit log")
    }

    /// How often something happened, repetitions included.
    pub async fn times(&self, kind: EventKind) -> usize {
        self.events(kind).await.iter().map(|event| event.times() as usize).sum()
    }

    /// Runs a statement on the database: what no use case does yet, or what a hand did.
    pub async fn by_hand(&self, sql: &str) {
        self.meddled();
        self.database.store().exec(sql, vec![]).await.expect("the statement runs");
    }

    /// The private key that signs tokens now, for forging what only its holder could.
    pub async fn signing_seed(&self) -> [u8; 32] {
        let keys = signing_keys::all(self.database.store()).await.expect("the keys");
        let key = keys.last().expect("a key");
        let seed = self.app.keyring().open(Purpose::SigningKey, key.id, &key.sealed).expect("opens");
        seed.as_slice().try_into().expect("32 bytes")
    }
}

const SQLITE_COLUMNS: &str = "SELECT m.name AS t, p.name AS c, p.type AS k FROM sqlite_master m \
    JOIN pragma_table_info(m.name) p WHERE m.type = 'table'";
const POSTGRES_COLUMNS: &str = "SELECT table_name::text AS t, column_name::text AS c, data_type::text AS k \
    FROM information_schema.columns WHERE table_schema = current_schema()";

struct Column {
    table: String,
    name: String,
    kind: String,
}

impl FromRow for Column {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self { table: row.text("t")?, name: row.text("c")?, kind: row.text("k")? })
    }
}

struct Hex(Vec<u8>);

impl FromRow for Hex {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        let text = row.text("v")?;
        Ok(Self(data_encoding::HEXLOWER_PERMISSIVE.decode(text.as_bytes()).expect("hex")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn everything_stored_is_seen() {
        let test = TestApp::start().await;
        let names = test.column("users.username").await;
        assert!(names.contains(&b"olga".to_vec()), "{names:?}");
        assert_eq!(test.column("signing_keys.sealed").await.len(), 1);
        test.by_hand("UPDATE users SET display_name = 'Somebody'").await;
        assert!(test.column("users.display_name").await.iter().all(|name| name == b"Somebody"));
    }
}
