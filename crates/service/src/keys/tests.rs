use std::{fs, os::unix::fs::PermissionsExt, path::Path, sync::Arc};

use tempfile::TempDir;
use twinlock_core::{
    clock::Clock,
    ids::{FactorId, MailId, TenantId, UserId},
    tenant::Settings,
    throttle::Failures,
    user::{Role, Status},
};
use twinlock_store::{
    outbox,
    seal::Sealed,
    signing_keys::{self, SigningAlgorithm, SigningKey},
    tenants::{self, Tenant},
    totp::{self, TotpFactor},
    users::{self, User},
};
use twinlock_testkit::{FakeClock, SeededEntropy, TestDatabase};

use super::*;

struct Place {
    database: TestDatabase,
    folder: TempDir,
    entropy: SeededEntropy,
    clock: FakeClock,
}

impl Place {
    async fn new() -> Self {
        Self {
            database: TestDatabase::new().await,
            folder: tempfile::tempdir().unwrap(),
            entropy: SeededEntropy::new(1),
            clock: FakeClock::new(),
        }
    }

    fn directory(&self) -> KeyDirectory {
        KeyDirectory::new(self.folder.path().join("keys"))
    }

    async fn load(&self) -> Result<Keyring, KeyError> {
        load_or_create(&self.directory(), self.database.store(), &self.entropy, self.clock.now()).await
    }

    async fn rotate(&self) -> Result<Rotated, KeyError> {
        self.clock.advance_secs(1);
        rotate(&self.directory(), self.database.store(), &self.entropy, self.clock.now()).await
    }

    fn files(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.directory().path()).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect()
    }

    /// An account with one authenticator app, whose secret is `secret`.
    async fn enrol(&self, ring: &Keyring) -> FactorId {
        let (now, entropy, store) = (self.clock.now(), &self.entropy, self.database.store());
        let tenant = Tenant {
            id: TenantId::new(now, entropy),
            slug: "demo".into(),
            name: "Demo".into(),
            settings: Settings::default(),
            version: 1,
            suspended_at: None,
            created_at: now,
        };
        let user = User {
            id: UserId::new(now, entropy),
            tenant_id: tenant.id,
            username: "ben".into(),
            email: None,
            email_changed_at: None,
            earlier_email: None,
            display_name: "Ben".into(),
            role: Role::Member,
            status: Status::Active,
            password_hash: None,
            password_given_at: None,
            typed: Failures::default(),
            key_failures: 0,
            limited_until: None,
            enrollment: twinlock_core::enrollment::Enrollment::default(),
            preferred: None,
            mfa_deadline: None,
            reminded_at: None,
            browser_generation: 0,
            created_at: now,
            last_sign_in_at: None,
        };
        let id = FactorId::new(now, entropy);
        let factor = TotpFactor {
            id,
            user_id: user.id,
            name: "Phone".into(),
            secret: ring.seal(Purpose::TotpSecret, id.0, b"secret", entropy).unwrap(),
            last_step: 0,
            limited_until: None,
            created_at: now,
            last_used_at: None,
        };
        let tx = store.begin().await.unwrap();
        tenants::insert(&tx, &tenant).await.unwrap();
        users::insert(&tx, &user).await.unwrap();
        totp::insert(&tx, &factor).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// The sealed secret of the only app.
    async fn secret(&self) -> Sealed {
        let nobody = "no such key";
        totp::sealed_by_others(self.database.store(), nobody, 10).await.unwrap().remove(0).secret
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn the_first_start_makes_a_key_that_only_the_owner_reads() {
    let place = Place::new().await;
    let ring = place.load().await.unwrap();
    let [file] = place.files().try_into().unwrap();
    assert_eq!(file.file_stem().unwrap().to_str(), Some(ring.current()));
    assert_eq!((mode(&file), mode(place.directory().path())), (0o600, 0o700));
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.trim_end().len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'\n'));
}

#[tokio::test]
async fn the_next_start_finds_the_same_key() {
    let place = Place::new().await;
    let row = uuid::Uuid::from_u128(7);
    let sealed = place.load().await.unwrap().seal(Purpose::Outbox, row, b"x", &place.entropy).unwrap();
    let again = place.load().await.unwrap();
    assert_eq!(&**again.open(Purpose::Outbox, row, &sealed).unwrap(), b"x");
    assert_eq!(place.files().len(), 1);
}

#[tokio::test]
async fn a_key_that_lies_there_already_is_taken() {
    let place = Place::new().await;
    fs::create_dir(place.directory().path()).unwrap();
    fs::write(place.directory().file("ours"), "AB".repeat(32)).unwrap();
    assert_eq!(place.load().await.unwrap().current(), "ours");
    assert_eq!(place.files().len(), 1);
}

/// attacks.md row 95: a server without the key does not start, and makes none.
#[tokio::test]
async fn a_missing_key_is_named_and_no_other_is_made() {
    let place = Place::new().await;
    let id = place.load().await.unwrap().current().to_owned();
    fs::remove_file(place.directory().file(&id)).unwrap();
    let error = place.load().await.unwrap_err();
    assert!(matches!(&error, KeyError::Missing { id: missing, .. } if *missing == id), "{error}");
    assert!(place.files().is_empty());
    assert!(matches!(place.rotate().await, Err(KeyError::Missing { .. })));
    assert!(place.files().is_empty());
}

/// attacks.md row 95: a server with the wrong key does not start.
#[tokio::test]
async fn a_wrong_or_unreadable_key_is_refused() {
    let place = Place::new().await;
    let id = place.load().await.unwrap().current().to_owned();
    let file = place.directory().file(&id);
    fs::write(&file, "00".repeat(32)).unwrap();
    assert!(matches!(place.load().await, Err(KeyError::Wrong { .. })));
    for text in ["", "zz", &"0".repeat(63), &"0".repeat(65), &"+0".repeat(32), "\u{ff}\u{fe}"] {
        fs::write(&file, text).unwrap();
        assert!(matches!(place.load().await, Err(KeyError::Malformed(_))), "{text:?}");
    }
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    assert!(matches!(place.load().await, Err(KeyError::Unreadable(..))));
}

#[tokio::test]
async fn an_id_from_the_database_leads_nowhere_else() {
    let place = Place::new().await;
    place.load().await.unwrap();
    fs::write(place.folder.path().join("elsewhere.key"), "00".repeat(32)).unwrap();
    assert!(place.directory().read("../elsewhere").unwrap().is_none());
}

/// attacks.md row 95: rotation moves every sealed value over and loses none.
#[tokio::test]
async fn rotation_moves_what_is_sealed_to_the_new_key() {
    let place = Place::new().await;
    let ring = place.load().await.unwrap();
    let (store, entropy, now) = (place.database.store(), &place.entropy, place.clock.now());
    let factor = place.enrol(&ring).await;
    let (mail, key) = (MailId::new(now, entropy), new_uuid(now, entropy));
    let tx = store.begin().await.unwrap();
    let sealed_mail = ring.seal(Purpose::Outbox, mail.0, b"mail", entropy).unwrap();
    outbox::push(&tx, mail, &sealed_mail, outbox::Turn { due: now, bulk: false }, now).await.unwrap();
    let sealed = ring.seal(Purpose::SigningKey, key, b"seed", entropy).unwrap();
    let signing =
        SigningKey { id: key, algorithm: SigningAlgorithm::EdDsa, sealed, created_at: now, retired_at: None };
    signing_keys::rotate(&tx, &signing).await.unwrap();
    tx.commit().await.unwrap();

    let rotated = place.rotate().await.unwrap();
    assert_eq!((rotated.resealed, rotated.retired.as_slice()), (3, [ring.current().to_owned()].as_slice()));
    let new = place.load().await.unwrap();
    assert_eq!(new.current(), rotated.added);
    let secret = place.secret().await;
    assert_eq!(secret.key_id, rotated.added);
    assert_eq!(&**new.open(Purpose::TotpSecret, factor.0, &secret).unwrap(), b"secret");
    let seed = signing_keys::all(store).await.unwrap().remove(0).sealed;
    assert_eq!(&**new.open(Purpose::SigningKey, key, &seed).unwrap(), b"seed");
    let waiting = outbox::due(store, now, 1).await.unwrap().remove(0).sealed;
    assert_eq!(&**new.open(Purpose::Outbox, mail.0, &waiting).unwrap(), b"mail");
}

/// attacks.md row 95: a server that runs on during a rotation still writes with the key it knows; that
/// stays readable.
#[tokio::test]
async fn what_a_running_server_wrote_meanwhile_stays_readable() {
    let place = Place::new().await;
    let running = place.load().await.unwrap();
    place.rotate().await.unwrap();
    let factor = place.enrol(&running).await;
    let restarted = place.load().await.unwrap();
    let secret = place.secret().await;
    assert_eq!(secret.key_id, running.current());
    assert_eq!(&**restarted.open(Purpose::TotpSecret, factor.0, &secret).unwrap(), b"secret");
    let second = place.rotate().await.unwrap();
    assert_eq!(place.secret().await.key_id, second.added);
}

/// Tokens that were hashed under the key before are still found.
#[tokio::test]
async fn hashes_from_before_a_rotation_are_still_known() {
    let place = Place::new().await;
    let before = place.load().await.unwrap().tag(Purpose::Token, b"token").unwrap();
    place.rotate().await.unwrap();
    assert!(place.load().await.unwrap().tags(Purpose::Token, b"token").unwrap().contains(&before));
}

#[tokio::test]
async fn the_newest_key_is_current_also_when_the_clock_was_set_back() {
    let place = Place::new().await;
    place.load().await.unwrap();
    place.clock.advance_secs(-86_400);
    let rotated = place.rotate().await.unwrap();
    assert_eq!(place.load().await.unwrap().current(), rotated.added);
}

#[tokio::test]
async fn there_is_nothing_to_rotate_before_the_first_start() {
    assert!(matches!(Place::new().await.rotate().await, Err(KeyError::NoKeys)));
}

/// A server that was started before a rotation opens what the rotation moved to the new key.
#[tokio::test]
async fn a_running_server_reads_its_folder_again_for_an_unknown_key() {
    let place = Place::new().await;
    let clock = Arc::new(FakeClock::new());
    let ring = place.load().await.unwrap().from_source(KeyFiles::new(place.directory(), clock.clone()));
    place.enrol(&ring).await;
    let rotated = place.rotate().await.unwrap();
    let factors = totp::sealed_by_others(place.database.store(), "none of them", 10).await.unwrap();
    assert_eq!(factors[0].secret.key_id, rotated.added);
    ring.open(Purpose::TotpSecret, factors[0].id.0, &factors[0].secret).unwrap();

    // What a server with the new key hashes is found by one that has caught up, before a row names the key.
    let again = place.rotate().await.unwrap();
    assert!(!ring.ids().contains(&again.added));
    ring.catch_up();
    assert!(ring.ids().contains(&again.added));
}

/// A key that is nowhere is looked for once a second, however many rows name it.
#[tokio::test]
async fn a_key_that_is_missing_is_not_looked_for_all_the_time() {
    let place = Place::new().await;
    let clock = Arc::new(FakeClock::new());
    let ring = place.load().await.unwrap().from_source(KeyFiles::new(place.directory(), clock.clone()));
    let added = place.rotate().await.unwrap().added;
    let (file, aside) = (place.directory().file(&added), place.folder.path().join("aside"));
    fs::rename(&file, &aside).unwrap();
    assert!(ring.derived(&added, Purpose::Token).is_err());
    fs::rename(&aside, &file).unwrap();
    assert!(ring.derived(&added, Purpose::Token).is_err());
    clock.advance_secs(1);
    ring.derived(&added, Purpose::Token).unwrap();
}
