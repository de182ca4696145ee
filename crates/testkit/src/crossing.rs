//! Somebody at the database's own prompt who takes rows in an order that nobody of ours takes.

use twinlock_store::{
    Run, StoreError,
    row::{FromRow, Row},
};

use crate::TestDatabase;

struct Waiting(i64);

impl FromRow for Waiting {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        row.int("n").map(Self)
    }
}

const WAITING: &str = "SELECT count(*) AS n FROM pg_stat_activity WHERE wait_event_type = 'Lock' \
    AND application_name = current_setting('application_name')";

impl TestDatabase {
    /// Runs an act between two statements of somebody else's transaction. The second one comes when the act waits for
    /// what the first one took, and takes what the act has: PostgreSQL ends the one that waited first, the act.
    pub async fn cross<T>(&self, act: impl Future<Output = T>, first: &str, second: &str) -> T {
        let outside = self.connect().await;
        let tx = outside.begin().await.expect("a transaction");
        tx.exec(first, vec![]).await.expect("the first statement runs");
        let meet = async {
            loop {
                let waiting: Option<Waiting> = outside.one(WAITING, vec![]).await.expect("a number");
                if waiting.is_some_and(|Waiting(n)| n > 0) {
                    break;
                }
                tokio::task::yield_now().await;
            }
            tx.exec(second, vec![]).await.expect("the act makes way");
            tx.commit().await.expect("it ends");
        };
        tokio::join!(act, meet).0
    }
}
