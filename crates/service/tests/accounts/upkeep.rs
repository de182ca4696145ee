//! What the server does by itself.

use twinlock_core::session::IDLE_SECS;
use twinlock_service::{maintenance, recover};

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
