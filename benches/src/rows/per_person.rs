//! Bytes of the database for a person with two factors, ten codes and one session.

use twinlock_core::user::Status;

use crate::{
    Options,
    database::Database,
    report::{Figure, Row},
    server::{Mode, Site},
};

const PEOPLE: usize = 2000;

pub async fn measure(options: &Options) -> Vec<Row> {
    let site = Site::make(options, Mode::CHEAP);
    let empty = Database::open(&site.data()).await.close().await;
    let database = Database::open(&site.data()).await;
    let model = database.user("demo", "member").await;
    let users = database.add_users(&model, "person", PEOPLE, Status::Active).await;
    for user in &users {
        let tx = database.begin().await;
        for _ in 0..2 {
            database.add_app(&tx, user).await;
        }
        database.add_codes(&tx, user).await;
        database.add_session(&tx, user).await;
        tx.commit().await.expect("a commit");
    }
    let full = database.close().await;
    let each = (full - empty) as f64 / PEOPLE as f64;
    let figure = Figure::new(each / 1024.0, 2, " KiB").noting("without the audit log");
    vec![Row::below("database, a person with two factors, ten codes and one session", figure, 3.0)]
}
