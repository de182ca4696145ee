//! Sessions and their tokens.

use twinlock_core::{
    assurance::{Method, Proof, Proofs},
    ids::{SessionId, TokenId, UserId},
    session::{IDLE_SECS, Lifetime},
};
use twinlock_store::{
    sessions::{
        self, Channel, NewToken, Purpose, Session,
        short_lived::{self, End, Of},
    },
    users,
};

use crate::{
    short_lived::{end_of, purge},
    world::World,
};

/// A session that began now and ends in a day.
pub async fn session(world: &World, user: UserId) -> Session {
    let session = Session {
        id: world.id(),
        user_id: user,
        channel: Channel::Browser,
        purpose: Purpose::Full,
        address: "192.0.2.1".into(),
        user_agent: "Browser".into(),
        lifetime: Lifetime {
            created_at: world.now(),
            expires_at: world.after(86_400),
            last_used_at: world.now(),
        },
        ended_at: None,
    };
    world.write(async |tx| sessions::insert(tx, &session).await).await;
    session
}

/// A token of this session; with a cookie, under the cookie's hash.
pub async fn token(world: &World, session: SessionId, cookie: Option<&str>) -> TokenId {
    let id = world.id();
    let hash = cookie.map(|cookie| world.tag(cookie));
    let proofs = Proofs::default().with(Proof::new(Method::Password, world.now()));
    let token = NewToken { id, session, hash: hash.as_ref(), proofs: &proofs, now: world.now() };
    world.write(async |tx| sessions::insert_token(tx, &token).await).await;
    id
}

async fn live(world: &World, user: UserId) -> Vec<SessionId> {
    let sessions = sessions::live_of_user(world.store(), user, world.now(), 100, None).await.unwrap();
    sessions.into_iter().map(|session| session.id).collect()
}

#[tokio::test]
async fn a_token_brings_its_session_and_account() {
    let (world, alice) = World::with_alice().await;
    let written = session(&world, alice.id).await;
    let cookie = token(&world, written.id, Some("cookie")).await;
    let other = session(&world, alice.id).await;
    let bearer = token(&world, other.id, None).await;
    let by_id = sessions::token_by_id(world.store(), bearer).await.unwrap().unwrap();
    assert_eq!(format!("{:?}", by_id.session), format!("{other:?}"));
    assert_eq!((by_id.token, by_id.proofs.amr()), (bearer, vec!["pwd"]));
    assert_eq!(by_id.account.user.username, "alice");
    let hashes = [world.tag("from another key"), world.tag("cookie")];
    let by_hash = sessions::token_by_hash(world.store(), &hashes).await.unwrap().unwrap();
    assert_eq!((by_hash.token, by_hash.session.id), (cookie, written.id));
    assert!(sessions::token_by_hash(world.store(), &[world.tag("other")]).await.unwrap().is_none());
}

/// attacks.md row 45: no token of an ended session is answered any more.
#[tokio::test]
async fn an_ended_session_takes_its_tokens_with_it() {
    let (world, alice) = World::with_alice().await;
    let id = session(&world, alice.id).await.id;
    let bearer = token(&world, id, None).await;
    replace(&world, id, 60).await;
    token(&world, id, Some("cookie")).await;
    assert!(world.write(async |tx| sessions::end(tx, alice.id, id, world.now()).await).await);
    assert!(sessions::token_by_id(world.store(), bearer).await.unwrap().is_none());
    assert!(sessions::token_by_hash(world.store(), &[world.tag("cookie")]).await.unwrap().is_none());
    assert!(!is_open(&world, bearer).await);
    assert!(!world.write(async |tx| sessions::end(tx, alice.id, id, world.now()).await).await);
}

/// attacks.md row 52: nobody ends the session of another.
#[tokio::test]
async fn nobody_ends_the_session_of_another() {
    let (world, alice) = World::with_alice().await;
    let mallory = world.user(&world.tenant("other").await, "mallory").await;
    let id = session(&world, alice.id).await.id;
    assert!(!world.write(async |tx| sessions::end(tx, mallory.id, id, world.now()).await).await);
    assert_eq!(end_of(&world, mallory.id, End::Change).await, 0);
    assert_eq!(live(&world, alice.id).await, [id]);
    assert!(live(&world, mallory.id).await.is_empty());
}

#[tokio::test]
async fn ending_the_others_keeps_this_one_and_those_of_other_people() {
    let (world, alice) = World::with_alice().await;
    let bob = world.user(&world.tenant("other").await, "bob").await;
    session(&world, alice.id).await;
    let (two, three) = (session(&world, alice.id).await, session(&world, bob.id).await);
    let end_all = async |keep| {
        let of = Of::Person { user: alice.id, keep };
        world.write(async |tx| short_lived::end(tx, of, End::Change, world.now()).await).await
    };
    assert_eq!(end_all(Some(two.id)).await, 1);
    assert_eq!(live(&world, alice.id).await, [two.id]);
    assert_eq!(end_all(None).await, 1);
    assert_eq!(live(&world, bob.id).await, [three.id]);
    session(&world, alice.id).await;
    let everybody = async |tx: &_| short_lived::end(tx, Of::Everybody, End::Restore, world.now()).await;
    assert_eq!(world.write(everybody).await, 2);
}

async fn is_open(world: &World, token: TokenId) -> bool {
    world.write(async |tx| sessions::is_open(tx, token, world.now()).await).await
}

/// The session's live token is good for so many seconds more.
async fn replace(world: &World, session: SessionId, secs: i64) {
    world.write(async |tx| sessions::replace_token(tx, session, world.after(secs)).await).await;
}

#[tokio::test]
async fn tokens_that_are_removed_stand_for_nothing() {
    let (world, alice) = World::with_alice().await;
    let [one, two] = [session(&world, alice.id).await.id, session(&world, alice.id).await.id];
    let cookie = token(&world, one, Some("cookie")).await;
    let other = token(&world, two, None).await;
    assert!(is_open(&world, cookie).await);
    world.write(async |tx| sessions::end_tokens(tx, one).await).await;
    assert!(!is_open(&world, cookie).await && is_open(&world, other).await);
    assert!(sessions::token_by_hash(world.store(), &[world.tag("cookie")]).await.unwrap().is_none());
}

/// attacks.md row 44: a token that another took the place of is good until its end, to the second.
#[tokio::test]
async fn a_replaced_token_has_an_end() {
    let (world, alice) = World::with_alice().await;
    let id = session(&world, alice.id).await.id;
    let old = token(&world, id, None).await;
    replace(&world, id, 60).await;
    let new = token(&world, id, None).await;
    let ends = async |token| sessions::token_by_id(world.store(), token).await.unwrap().unwrap().ends_at;
    assert_eq!((ends(old).await, ends(new).await), (Some(world.after(60)), None));
    world.clock.advance_secs(59);
    assert!(is_open(&world, old).await && is_open(&world, new).await);
    world.clock.advance_secs(1);
    assert!(!is_open(&world, old).await && is_open(&world, new).await);
}

/// attacks.md row 44: the database itself holds one live token for a session, and a few that were replaced.
#[tokio::test]
async fn a_session_has_one_live_token_and_few_others() {
    let (world, alice) = World::with_alice().await;
    let id = session(&world, alice.id).await.id;
    let mut tokens = vec![token(&world, id, None).await];
    let proofs = Proofs::default();
    let second = NewToken { id: world.id(), session: id, hash: None, proofs: &proofs, now: world.now() };
    let tx = world.store().begin().await.unwrap();
    assert!(sessions::insert_token(&tx, &second).await.is_err());
    drop(tx);
    for n in 0..12 {
        replace(&world, id, 60 + n).await;
        tokens.push(token(&world, id, None).await);
    }
    for (n, token) in tokens.iter().enumerate() {
        assert_eq!(is_open(&world, *token).await, n >= 4, "{n}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_raced_session_ends_once() {
    let (world, alice) = World::with_alice().await;
    let (id, now) = (session(&world, alice.id).await.id, world.now());
    assert_eq!(world.race(async move |tx| sessions::end(tx, alice.id, id, now).await).await, 1);
}

#[tokio::test]
async fn sessions_are_listed_newest_first_page_by_page() {
    let (world, alice) = World::with_alice().await;
    let mut expected = vec![];
    for _ in 0..5 {
        expected.insert(0, session(&world, alice.id).await.id);
        world.clock.advance_secs(1);
    }
    let mut seen = vec![];
    loop {
        let before = seen.last().copied();
        let page = sessions::live_of_user(world.store(), alice.id, world.now(), 2, before).await.unwrap();
        if page.is_empty() {
            break;
        }
        assert!(page.len() <= 2);
        seen.extend(page.into_iter().map(|session| session.id));
    }
    assert_eq!(seen, expected);
}

/// attacks.md row 45: the list ends a session at the same moment as the check does.
#[tokio::test]
async fn idle_and_expired_sessions_are_not_listed() {
    let (world, alice) = World::with_alice().await;
    let session = session(&world, alice.id).await;
    world.clock.advance_secs(IDLE_SECS - 1);
    assert!(session.lifetime.is_alive(world.now()));
    assert_eq!(live(&world, alice.id).await, [session.id]);
    world.clock.advance_secs(1);
    assert!(!session.lifetime.is_alive(world.now()));
    assert!(live(&world, alice.id).await.is_empty());
    let used = world.after(86_400 - IDLE_SECS - 1);
    world.write(async |tx| sessions::touch(tx, session.id, used).await).await;
    world.clock.set(used);
    assert_eq!(live(&world, alice.id).await, [session.id]);
    world.clock.advance_secs(1);
    assert!(live(&world, alice.id).await.is_empty());
}

/// attacks.md row 99: a clock that was set back does not take a use back.
#[tokio::test]
async fn the_last_use_only_moves_forward() {
    let (world, alice) = World::with_alice().await;
    let id = session(&world, alice.id).await.id;
    for (at, expected) in [(60, 60), (30, 60), (90, 90)] {
        let at = world.after(at);
        world.write(async |tx| sessions::touch(tx, id, at).await).await;
        let read = sessions::live_of_user(world.store(), alice.id, world.now(), 1, None).await.unwrap();
        assert_eq!(read[0].lifetime.last_used_at, world.after(expected));
    }
}

/// A token that was given to an app is none of the session's own: it opens nothing here.
#[tokio::test]
async fn a_token_for_an_app_is_not_found_as_one_of_ours() {
    let (world, alice) = World::with_alice().await;
    let id = session(&world, alice.id).await.id;
    let given = token(&world, id, Some("cookie")).await;
    assert!(is_open(&world, given).await);
    world.sql("UPDATE session_tokens SET client_id = 'wiki', audience = 'https://wiki.example', scope = 'openid'").await;
    assert!(!is_open(&world, given).await);
    assert!(sessions::token_by_id(world.store(), given).await.unwrap().is_none());
    assert!(sessions::token_by_hash(world.store(), &[world.tag("cookie")]).await.unwrap().is_none());
}

#[tokio::test]
async fn tokens_go_when_their_session_is_over_and_sessions_three_months_later() {
    let (world, alice) = World::with_alice().await;
    let id = session(&world, alice.id).await.id;
    token(&world, id, Some("cookie")).await;
    let purge = async |at| {
        purge(&world, "session_tokens", at).await;
        purge(&world, "sessions", at).await
    };
    purge(world.after(86_400)).await;
    assert_eq!(world.number("SELECT count(*) AS n FROM session_tokens").await, 1);
    assert_eq!(purge(world.after(86_401)).await, 0);
    assert_eq!(world.number("SELECT count(*) AS n FROM session_tokens").await, 0);
    assert!(users::knows_address(world.store(), alice.id, "192.0.2.1").await.unwrap());
    assert_eq!(purge(world.after(91 * 86_400 + 1)).await, 1);
    assert!(!users::knows_address(world.store(), alice.id, "192.0.2.1").await.unwrap());
}

#[tokio::test]
async fn an_address_is_known_to_who_signed_in_from_it() {
    let (world, alice) = World::with_alice().await;
    let bob = world.user(&world.tenant("other").await, "bob").await;
    session(&world, alice.id).await;
    let knows = async |user, address| users::knows_address(world.store(), user, address).await.unwrap();
    assert!(knows(alice.id, "192.0.2.1").await);
    assert!(!knows(alice.id, "192.0.2.2").await);
    assert!(!knows(bob.id, "192.0.2.1").await);
}

/// A cookie that was replaced is recognised while its session goes on, and for as long as is asked for.
#[tokio::test]
async fn a_replaced_cookie_is_remembered_with_its_session() {
    let (world, alice) = World::with_alice().await;
    let (kept, ended) = (session(&world, alice.id).await.id, session(&world, alice.id).await.id);
    for (session, old, new) in [(kept, "kept", "living"), (ended, "ended", "over")] {
        token(&world, session, Some(old)).await;
        world.write(async |tx| sessions::end_tokens(tx, session).await).await;
        token(&world, session, Some(new)).await;
    }
    world.write(async |tx| sessions::end(tx, alice.id, ended, world.now()).await).await;
    let was_replaced = async |text: &str, since| {
        sessions::was_replaced(world.store(), &[world.tag(text)], since).await.unwrap()
    };
    assert!(was_replaced("kept", world.after(-1)).await);
    assert!(!was_replaced("kept", world.now()).await);
    for other in ["ended", "living", "over", "never"] {
        assert!(!was_replaced(other, world.after(-1)).await, "{other}");
    }
    assert!(sessions::token_by_hash(world.store(), &[world.tag("kept")]).await.unwrap().is_none());
}
