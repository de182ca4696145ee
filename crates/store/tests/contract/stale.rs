//! What callers are remembered by: whoever changes it says whose memory is stale.

use std::{fs, path::Path};

use twinlock_core::{
    assurance::Method,
    enrollment::Enrollment,
    ids::{SessionId, TokenId},
    user::{Role, Status},
};
use twinlock_store::{
    Stale, StoreError, Tx, organisations, people, recovery,
    sessions::{
        self,
        short_lived::{self, End, Of},
    },
    user_counts,
    users::{self, User},
};

use crate::{recovery as code, sessions as session, totp as factor, world::World};

/// Somebody who is signed in.
struct Caller<'a> {
    world: &'a World,
    user: &'a User,
    session: SessionId,
    token: TokenId,
}

impl Caller<'_> {
    async fn looked_up(&self, tx: &Tx) -> String {
        format!("{:?}", sessions::token_by_id(tx, self.token).await.unwrap())
    }

    /// Fails unless an act changes what is read of the caller, and says so. It is undone afterwards.
    async fn is_told_of<T>(&self, what: &str, act: impl AsyncFnOnce(&Tx) -> Result<T, StoreError>) {
        let tx = self.world.store().begin().await.unwrap();
        let before = self.looked_up(&tx).await;
        act(&tx).await.unwrap();
        assert_ne!(self.looked_up(&tx).await, before, "{what} changes nothing here");
        let whom = [
            Stale::Session(self.session),
            Stale::User(self.user.id),
            Stale::Tenant(self.user.tenant_id),
            Stale::Everybody,
        ];
        let stale = tx.made_stale();
        assert!(whom.iter().any(|whom| stale.contains(whom)), "{what}: {stale:?}");
    }
}

/// attacks.md row 45: no act leaves a caller remembered as they were.
#[tokio::test]
async fn what_changes_a_caller_says_so() {
    let (world, alice) = World::with_alice().await;
    let (user, tenant, now) = (alice.id, alice.tenant_id, world.now());
    let session = session::session(&world, user).await.id;
    let token = session::token(&world, session, None).await;
    let set = code::set(&world, user, 0).await.id;
    world.sql("UPDATE recovery_sets SET saved_at = NULL").await;
    let caller = Caller { world: &world, user: &alice, session, token };
    let named = User { username: "other".into(), ..alice.clone() };
    caller.is_told_of("display name", async |tx| users::set_display_name(tx, user, "Other").await).await;
    caller.is_told_of("names", async |tx| people::set_names(tx, &named).await).await;
    caller.is_told_of("role", async |tx| people::set_role(tx, user, Role::Owner).await).await;
    caller.is_told_of("status", async |tx| users::set_status(tx, &alice, Status::Suspended).await).await;
    caller.is_told_of("password", async |tx| users::set_password(tx, user, "another").await).await;
    caller.is_told_of("deadline", async |tx| users::set_mfa_deadline(tx, user, Some(now)).await).await;
    caller.is_told_of("limit", async |tx| users::set_limited_until(tx, user, now).await).await;
    caller.is_told_of("proof", async |tx| users::set_enrollment(tx, user, Enrollment::EMAIL).await).await;
    caller.is_told_of("preferred", async |tx| users::set_preferred(tx, user, Some(Method::Totp)).await).await;
    caller
        .is_told_of("address", async |tx| users::change_email(tx, &alice, "new@example.org", now).await)
        .await;
    caller.is_told_of("deletion", async |tx| users::remove(tx, &alice).await).await;
    caller.is_told_of("tenant's name", async |tx| organisations::rename(tx, tenant, "Other").await).await;
    caller.is_told_of("suspension", async |tx| organisations::suspend(tx, tenant, now).await).await;
    caller.is_told_of("removal", async |tx| organisations::remove_people(tx, tenant, 9).await).await;
    caller.is_told_of("saved codes", async |tx| recovery::mark_saved(tx, user, now).await).await;
    caller.is_told_of("no codes", async |tx| recovery::remove_all(tx, user).await).await;
    caller
        .is_told_of("a used code", async |tx| {
            recovery::consume(tx, set, &[0; 32], now).await?;
            user_counts::refresh(tx, user).await
        })
        .await;
    caller.is_told_of("sign-out", async |tx| sessions::end(tx, user, session, now).await).await;
    caller.is_told_of("new token", async |tx| sessions::replace_token(tx, session, now).await).await;
    caller.is_told_of("tokens", async |tx| sessions::end_tokens(tx, session).await).await;
    for why in [End::SignOutEverywhere, End::Change, End::Enforcement, End::Suspension, End::Restore] {
        for of in [Of::Person { user, keep: None }, Of::Tenant { tenant, keep: None }, Of::Everybody] {
            caller.is_told_of(&format!("{why:?}"), async |tx| short_lived::end(tx, of, why, now).await).await;
        }
    }
    factor::factor(&world, user, b"secret").await;
    caller
        .is_told_of("fewer factors", async |tx| {
            twinlock_store::totp::remove_all(tx, user).await?;
            user_counts::refresh(tx, user).await
        })
        .await;
}

/// What is read of a caller comes from these tables.
const READ: [&str; 8] = [
    "recovery_codes",
    "recovery_sets",
    "security_keys",
    "session_tokens",
    "sessions",
    "tenants",
    "totp_factors",
    "users",
];

/// Functions that write to them and make nobody stale, and why.
const SAY_NOTHING: [(&str, &[&str]); 5] = [
    (
        "counters and times: whoever decides by one reads it anew, with the account held",
        &[
            "users/changes.rs clear_failures",
            "users/changes.rs set_key_failures",
            "users/changes.rs set_typed_failures",
            "users/changes.rs signed_in",
            "lacking.rs remind",
            "sessions.rs touch",
        ],
    ),
    ("the same password under a costlier hash", &["users/changes.rs rehash"]),
    (
        "nothing of it is read of a caller",
        &[
            "security_keys.rs let_sign_in_alone",
            "security_keys.rs mark_counter",
            "security_keys.rs mark_discovered",
            "security_keys.rs rename",
            "totp.rs accept_step",
            "totp.rs burn_steps",
            "totp.rs rename",
            "totp.rs reseal",
            "users.rs handle_or",
        ],
    ),
    (
        "whoever adds or takes a factor or code counts the person anew, which says it: `user_counts::refresh`",
        &[
            "recovery.rs consume",
            "security_keys.rs accept_counter",
            "security_keys.rs insert",
            "security_keys.rs remove",
            "security_keys.rs remove_all",
            "totp.rs insert",
            "totp.rs remove",
            "totp.rs remove_all",
        ],
    ),
    ("parts of an act on everybody, which says it", &["clock.rs keep_spent", "clock.rs move_back"]),
];

/// Whoever writes a function that changes such a row says whom it makes stale, or here why nobody.
#[test]
fn every_function_that_writes_what_is_read_of_a_caller_was_thought_of() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    functions(&source, &source, &mut |place, body| {
        if writes(body) && !body.contains(".stale(") {
            found.push(place);
        }
    });
    found.sort_unstable();
    let mut known: Vec<_> = SAY_NOTHING.iter().flat_map(|(_, places)| places.iter().copied()).collect();
    known.sort_unstable();
    assert_eq!(found, known);
}

fn writes(body: &str) -> bool {
    let word = |after: &str| !after.starts_with(|letter: char| letter.is_alphanumeric() || letter == '_');
    READ.iter().any(|table| {
        // New sessions, tokens and accounts were read by nobody yet.
        let inserted = table.contains('_') && *table != "session_tokens";
        let verbs = ["UPDATE ", "DELETE FROM ", "clear(\"", "clear(\n        \"", "INSERT INTO "];
        verbs
            .iter()
            .filter(|verb| inserted || **verb != "INSERT INTO ")
            .any(|verb| body.split(&format!("{verb}{table}")).skip(1).any(word))
    })
}

/// Calls `look` with the place and text of every function of the source in this folder.
fn functions(root: &Path, folder: &Path, look: &mut impl FnMut(String, &str)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            functions(root, &path, look);
            continue;
        }
        let Some(file) =
            path.strip_prefix(root).unwrap().to_str().filter(|_| path.extension() == Some("rs".as_ref()))
        else {
            continue;
        };
        for function in fs::read_to_string(&path).unwrap().split("fn ").skip(1) {
            let name: String =
                function.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect();
            look(format!("{file} {name}"), function);
        }
    }
}
