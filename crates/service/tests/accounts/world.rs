//! A small installation with its mail, its clock and its people.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use secrecy::{ExposeSecret, SecretString};
use tempfile::TempDir;
use twinlock_core::{
    clock::Clock,
    ids::{FactorId, TenantId, UserId},
    name::NameKey,
    user::Role,
};
use twinlock_service::{
    App, Caller, Client, Config, Issued, Parts, WebauthnConfig,
    bootstrap::{self, TenantSeed, UserSeed},
    hasher::HasherSettings,
    login::{self, Credentials, LoginError, Outcome, Target},
    mail::{MailBudgets, Postman, deliver_due},
    sessions,
};
use twinlock_store::{
    seal::{Keyring, Sealed},
    totp::{self, TotpFactor},
    users::{self, Account},
};
use twinlock_testkit::{FakeClock, SeededEntropy, TestDatabase};

/// The password of everybody in a new world.
pub const PASSWORD: &str = "correct horse battery staple";
/// A password that may be chosen.
pub const NEW_PASSWORD: &str = "plum lantern orbits quietly";

/// A running application with tenant `demo`: maria (owner), ben and eve (members).
pub struct World {
    pub app: Arc<App>,
    pub clock: Arc<FakeClock>,
    pub database: TestDatabase,
    pub outbox: TempDir,
    pub postman: Postman,
}

/// A delivered mail.
#[derive(Debug)]
pub struct Mail {
    pub to: String,
    pub from: String,
    pub subject: String,
    pub text: String,
    pub html: String,
    pub raw: String,
}

impl Mail {
    /// The token at the end of the link, which is alone on its line.
    pub fn token(&self) -> String {
        let links: Vec<_> = self.text.lines().filter(|line| line.starts_with("http")).collect();
        assert_eq!(links.len(), 1, "{}", self.text);
        links[0].rsplit('/').next().unwrap().to_owned()
    }
}

impl World {
    /// A world without anybody.
    pub async fn empty() -> Self {
        let database = TestDatabase::new().await;
        let clock = Arc::new(FakeClock::new());
        let app = Arc::new(node(&database, &clock).await);
        let outbox = tempfile::tempdir().unwrap();
        let postman = Postman::directory(outbox.path(), "twinlock@id.example").unwrap();
        Self { app, clock, database, outbox, postman }
    }

    /// A world with its people.
    pub async fn new() -> Self {
        let world = Self::empty().await;
        bootstrap::fill(&world.app, vec![demo()]).await.unwrap();
        world
    }

    /// Another server on the same database.
    pub async fn second_node(&self) -> Arc<App> {
        Arc::new(node(&self.database, &self.clock).await)
    }

    pub async fn account(&self, name: &str) -> Account {
        let key = NameKey::of(name).unwrap();
        users::by_login(self.app.store(), "demo", &key).await.unwrap().unwrap()
    }

    pub async fn tenant(&self) -> TenantId {
        self.account("maria").await.tenant.id
    }

    /// Signs in with a password alone.
    pub async fn try_sign_in(&self, name: &str, password: &str) -> Result<Issued, LoginError> {
        let credentials = Credentials {
            tenant: "demo".into(),
            username: name.into(),
            password: password.into(),
            code: None,
        };
        match login::with_password(&self.app, &client(), credentials, Target::API).await? {
            Outcome::Done(done) => Ok(done.issued),
            Outcome::NeedFactor(_) => panic!("a second factor is asked for"),
            Outcome::MustEnrol(must) => panic!("an enrollment is due: {must:?}"),
            Outcome::MustChangePassword(must) => panic!("a password of one's own is due: {must:?}"),
        }
    }

    pub async fn sign_in(&self, name: &str) -> Arc<Caller> {
        let issued = self.try_sign_in(name, PASSWORD).await.unwrap();
        self.caller(&issued).await.unwrap()
    }

    /// Whoever holds the token, if its session lives.
    pub async fn caller(&self, issued: &Issued) -> Option<Arc<Caller>> {
        sessions::by_bearer(&self.app, issued.token.expose_secret()).await.unwrap()
    }

    /// Everything that was mailed since the last call, oldest first.
    pub async fn mails(&self) -> Vec<Mail> {
        self.app.settle().await;
        while deliver_due(&self.app, &self.postman).await.unwrap() > 0 {}
        let entries = std::fs::read_dir(self.outbox.path()).unwrap();
        let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files
            .iter()
            .map(|file| {
                let mail = read(&std::fs::read(file).unwrap());
                std::fs::remove_file(file).unwrap();
                mail
            })
            .collect()
    }

    /// The one mail since the last call.
    pub async fn mail(&self) -> Mail {
        let mut mails = self.mails().await;
        assert_eq!(mails.len(), 1, "{mails:?}");
        mails.remove(0)
    }

    /// Gives somebody an authenticator app that nobody can read.
    pub async fn give_app(&self, user: UserId) {
        let now = self.clock.now();
        let secret = Sealed { key_id: "k1".into(), bytes: vec![0; 60] };
        let factor = TotpFactor {
            id: FactorId::new(now, self.app.entropy()),
            user_id: user,
            name: "Phone".into(),
            secret,
            last_step: 0,
            limited_until: None,
            created_at: now,
            last_used_at: None,
        };
        let tx = self.app.store().begin().await.unwrap();
        totp::insert(&tx, &factor).await.unwrap();
        tx.commit().await.unwrap();
        // What was cached of the account is a second old at most.
        self.clock.advance_secs(2);
    }

    /// Types of the tenant's audit events, newest first.
    pub async fn audit(&self) -> Vec<&'static str> {
        let filter = twinlock_service::audit_log::Filter::default();
        let events = twinlock_service::audit_log::list(&self.app, self.tenant().await, &filter, 50).await;
        events.unwrap().into_iter().map(|entry| entry.event.kind.as_str()).collect()
    }
}

async fn node(database: &TestDatabase, clock: &Arc<FakeClock>) -> App {
    static SEED: AtomicU64 = AtomicU64::new(1);
    let hasher = HasherSettings { memory_kib: 8, passes: 1, lanes: 1, threads: 2, queue: 64 };
    let parts = Parts {
        store: database.connect().await,
        keyring: Keyring::new("k1", [7; 32]),
        clock: clock.clone(),
        entropy: Arc::new(SeededEntropy::new(SEED.fetch_add(1, Ordering::Relaxed))),
        config: Config {
            public_url: "https://id.example".parse().unwrap(),
            mfa_enabled: true,
            security_contact: None,
            smtp: true,
            hasher,
            mail: MailBudgets::default(),
            webauthn: WebauthnConfig::default(),
            audit_retention_days: 400,
        },
    };
    App::new(parts).await.unwrap()
}

pub fn demo() -> TenantSeed {
    let user = |name: &str, role| UserSeed {
        username: name.into(),
        email: Some(format!("{name}@demo.example")),
        password: PASSWORD.into(),
        role,
        display_name: None,
        created_at: None,
    };
    TenantSeed {
        id: "demo".into(),
        name: "Demo & Söhne".into(),
        mfa_required_for_admins: false,
        users: vec![user("maria", Role::Owner), user("ben", Role::Member), user("eve", Role::Member)],
    }
}

/// A client at the documentation's address.
pub fn client() -> Client {
    Client {
        user_agent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0".into(),
        request_id: "test".into(),
        ..Client::at("203.0.113.7".parse().unwrap())
    }
}

pub fn secret(text: &str) -> SecretString {
    text.into()
}

fn read(raw: &[u8]) -> Mail {
    let parsed = mailparse::parse_mail(raw).unwrap();
    let header = |name: &str| {
        let values: Vec<_> =
            parsed.headers.iter().filter(|h| h.get_key().eq_ignore_ascii_case(name)).collect();
        assert_eq!(values.len(), 1, "{name}");
        values[0].get_value()
    };
    let [text, html] = parsed.subparts.as_slice() else { panic!("two parts") };
    Mail {
        to: header("To"),
        from: header("From"),
        subject: header("Subject"),
        text: text.get_body().unwrap().replace("\r\n", "\n"),
        html: html.get_body().unwrap().replace("\r\n", "\n"),
        raw: String::from_utf8(raw.to_vec()).unwrap(),
    }
}
