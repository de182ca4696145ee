//! The database of a site, opened beside its server: what would take hours to make through the front door
//! is written directly.

use std::{
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use twinlock_core::{
    assurance::{Method, Proof, Proofs},
    clock::{Clock, Timestamp},
    entropy::{Entropy, random_bytes},
    factor::{
        recovery::{CODES_PER_SET, CodeFormat},
        totp::{TotpSecret, step_at},
    },
    ids::{CodeSetId, FactorId, SessionId, TokenId, UserId},
    name::NameKey,
    session::Lifetime,
    throttle::Failures,
    user::Status,
};
use twinlock_service::keys::{self, KeyDirectory};
use twinlock_store::{
    Store, Tx, recovery,
    recovery::CodeSet,
    seal::{Keyring, Purpose},
    sessions::{self, Channel, NewToken, Session},
    totp::{self, TotpFactor},
    users::{self, User},
};

/// The machine's clock and randomness.
pub struct Machine;

impl Clock for Machine {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time after 1970");
        Timestamp::from_millis(i64::try_from(since.as_millis()).expect("a time"))
    }
}

impl Entropy for Machine {
    fn fill(&self, buffer: &mut [u8]) {
        getrandom::fill(buffer).expect("randomness");
    }
}

/// An open database.
pub struct Database {
    /// Where it is.
    pub file: PathBuf,
    /// Connections to it.
    pub store: Store,
    /// The master keys.
    pub keyring: Keyring,
}

impl Database {
    /// Opens the database of a data folder.
    pub async fn open(data: &Path) -> Self {
        let file = data.join("twinlock.db");
        let store = Store::connect(&format!("sqlite://{}", file.display()), 2).await.expect("the database");
        let directory = KeyDirectory::new(data.join("keys"));
        let keyring = keys::load_or_create(&directory, &store, &Machine, Machine.now()).await;
        Self { file, store, keyring: keyring.expect("the keys") }
    }

    /// Closes it; answers its size in bytes, with nothing left in the write-ahead log.
    pub async fn close(self) -> u64 {
        self.store.close().await.expect("an orderly end");
        std::fs::metadata(&self.file).expect("the file").len()
    }

    /// Begins a transaction.
    pub async fn begin(&self) -> Tx {
        self.store.begin().await.expect("a transaction")
    }

    /// The account of this name.
    pub async fn user(&self, tenant: &str, name: &str) -> User {
        let key = NameKey::of(name).expect("a name");
        users::by_login(&self.store, tenant, &key).await.expect("an answer").expect("the account").user
    }

    /// Makes accounts `{prefix}0`, `{prefix}1`, … like `model`, with its password.
    pub async fn add_users(&self, model: &User, prefix: &str, count: usize, status: Status) -> Vec<User> {
        let tx = self.begin().await;
        let mut made = Vec::new();
        for number in 0..count {
            let id = UserId::new(Machine.now(), &Machine);
            let username = format!("{prefix}{number}");
            let email = Some(format!("{username}@{}.example", model.username));
            let user = User { id, username: username.clone(), email, status, ..model.clone() };
            users::insert(&tx, &User { display_name: username, ..user.clone() }).await.expect("an account");
            made.push(user);
        }
        tx.commit().await.expect("a commit");
        made
    }

    /// Gives a person an authenticator app whose next code is good.
    pub async fn add_app(&self, tx: &Tx, user: &User) -> TotpSecret {
        let secret = TotpSecret::generate(&Machine);
        let (now, id) = (Machine.now(), FactorId::new(Machine.now(), &Machine));
        let sealed = self.keyring.seal(Purpose::TotpSecret, id.0, secret.expose(), &Machine);
        let factor = TotpFactor {
            id,
            user_id: user.id,
            name: "Authenticator app".to_owned(),
            secret: sealed.expect("a seal"),
            last_step: step_at(now) - 2,
            limited_until: None,
            created_at: now,
            last_used_at: None,
        };
        totp::insert(tx, &factor).await.expect("a factor");
        secret
    }

    /// Gives a person ten recovery codes that nobody knows.
    pub async fn add_codes(&self, tx: &Tx, user: &User) {
        let set = CodeSet {
            id: CodeSetId::new(Machine.now(), &Machine),
            user_id: user.id,
            salt: random_bytes::<16>(&Machine).to_vec(),
            params: "m=19456,t=2,p=1".to_owned(),
            key_id: self.keyring.current().to_owned(),
            format: CodeFormat::default(),
            created_at: Machine.now(),
            saved_at: Some(Machine.now()),
        };
        let tags: Vec<[u8; 32]> = (0..CODES_PER_SET).map(|_| random_bytes(&Machine)).collect();
        recovery::replace(tx, &set, &tags).await.expect("a set of codes");
    }

    /// Opens a session for a person; its last use is two minutes ago.
    pub async fn add_session(&self, tx: &Tx, user: &User) -> (SessionId, TokenId) {
        let now = Machine.now();
        let session = Session {
            id: SessionId::new(now, &Machine),
            user_id: user.id,
            channel: Channel::Api,
            purpose: sessions::Purpose::Full,
            address: "192.0.2.17".to_owned(),
            user_agent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0".to_owned(),
            lifetime: Lifetime {
                created_at: now.plus_secs(-120),
                expires_at: now.plus_secs(24 * 3600),
                last_used_at: now.plus_secs(-120),
            },
            ended_at: None,
        };
        sessions::insert(tx, &session).await.expect("a session");
        let proofs =
            Proofs::default().with(Proof::new(Method::Password, now)).with(Proof::new(Method::Totp, now));
        let id = TokenId::new(now, &Machine);
        let token = NewToken { id, session: session.id, hash: None, proofs: &proofs, now };
        sessions::insert_token(tx, &token).await.expect("a token");
        (session.id, id)
    }

    /// Forgives the wrong codes of these people, so that the next ones are evaluated.
    pub async fn forgive_codes(&self, users: &[User]) {
        let tx = self.begin().await;
        for user in users {
            users::set_typed_failures(&tx, user.id, Failures::default()).await.expect("a counter");
        }
        tx.commit().await.expect("a commit");
    }
}
