//! Databases that do not do: exit code 2, one line that says what to change, nothing served.

use super::database::{Database, command};
use crate::support::{Ended, Home};

/// The line that each command ends with on the database of this address.
fn refusals(url: &str) -> Vec<String> {
    [["serve", "--listen", "127.0.0.1:0"].as_slice(), &["migrate"]]
        .map(|arguments| {
            let ended = Ended::of(command(&Home::new(), url, arguments));
            assert!(!ended.err.contains("throw-away"), "{}", ended.err);
            ended.failed(2)
        })
        .into()
}

fn all_tell(lines: &[String], told: &str) {
    assert!(lines.iter().all(|line| line.contains(told)), "{lines:?}");
}

#[tokio::test]
async fn a_role_that_may_not_make_tables() {
    let Some(database) = Database::new().await else { return };
    let url = database.url_of(&database.role().await);
    all_tell(&refusals(&url), "the role of database.url lacks rights");
}

#[tokio::test]
async fn a_role_that_may_not_connect() {
    let Some(database) = Database::new().await else { return };
    let url = database.url_of(&database.role().await);
    database.admin(&format!("REVOKE CONNECT ON DATABASE {} FROM PUBLIC", database.name)).await;
    all_tell(&refusals(&url), "the role of database.url lacks rights");
}

#[tokio::test]
async fn a_role_that_may_only_read_the_tables_of_another() {
    let Some(database) = Database::new().await else { return };
    let home = Home::new();
    Ended::of(command(&home, &database.url(), &["migrate"])).succeeded();
    let role = database.role().await;
    let serve = || Ended::of(command(&home, &database.url_of(&role), &["serve", "--listen", "127.0.0.1:0"]));
    assert!(serve().failed(2).contains("the role of database.url lacks rights"));
    database.owner(&format!("GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")).await;
    assert!(serve().failed(2).contains("the role of database.url lacks rights"));
}

#[tokio::test]
async fn a_database_that_only_reads() {
    let Some(database) = Database::new().await else { return };
    database.reads_only(true).await;
    all_tell(&refusals(&database.url()), "the database of database.url only reads");
    // The same where there are tables already: nobody is told late, in the middle of an answer.
    database.reads_only(false).await;
    Ended::of(command(&Home::new(), &database.url(), &["migrate"])).succeeded();
    database.reads_only(true).await;
    all_tell(&refusals(&database.url()), "the database of database.url only reads");
}
