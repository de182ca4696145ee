//! What the server does by itself.

use twinlock_core::session::IDLE_SECS;
use twinlock_service::{maintenance, recover};
use twinlock_store::{Run as _, Store, audit::Event};

use crate::world::{PASSWORD, World, client};

#[tokio::test]
async fn what_is_over_is_forgotten_and_what_lives_is_kept() {
    let world = World::new().await;
    recover::request(&world.app, &client(), "demo", "ben@demo.example");
    let token = world.mail().await.token();
    let session = world.try_sign_in("maria", PASSWORD).await.unwrap();
    maintenance::tick(&world.app).await;
    assert!(recover::peek(&world.app, &token).await.unwrap().is_some());
    assert!(world.caller(&session).await.is_some());

    world.clock.advance_secs(3 * 86_400);
    maintenance::tick(&world.app).await;
    assert!(recover::peek(&world.app, &token).await.unwrap().is_none());
    assert!(world.caller(&session).await.is_none());
}

/// attacks.md row 45: use keeps a session alive over a restart, for its last use is written down.
#[tokio::test]
async fn the_last_use_of_a_session_reaches_the_other_servers() {
    let world = World::new().await;
    let session = world.try_sign_in("maria", PASSWORD).await.unwrap();
    for _ in 0..4 {
        world.clock.advance_secs(IDLE_SECS / 2);
        assert!(world.caller(&session).await.is_some());
        maintenance::tick(&world.app).await;
    }
    let other = world.second_node().await;
    let token = secrecy::ExposeSecret::expose_secret(&session.token);
    assert!(twinlock_service::sessions::by_bearer(&other, token).await.unwrap().is_some());
}

/// Ordinary rounds bring what was written into the file of an embedded database: a copy of the file alone has it.
#[tokio::test]
async fn a_round_of_maintenance_brings_everything_into_the_file() {
    let world = World::new().await;
    let files = world.database.files();
    let Some(file) = files.first() else { return };
    world.try_sign_in("maria", PASSWORD).await.unwrap();
    let copied = async || {
        let folder = tempfile::tempdir().unwrap();
        let copy = folder.path().join("copy.db");
        std::fs::copy(file, &copy).unwrap();
        let store = Store::connect(&format!("sqlite://{}", copy.display()), 1).await.unwrap();
        let sql = "SELECT * FROM audit_events WHERE type = 'sign_in.succeeded'";
        let found: Vec<Event> = store.all(sql, vec![]).await.unwrap();
        store.close().await.unwrap();
        found.len()
    };
    assert_eq!(copied().await, 0, "what was just written is beside it");
    maintenance::tick(&world.app).await;
    assert_eq!(copied().await, 1);
}
