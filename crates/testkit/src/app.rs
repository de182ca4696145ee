//! The whole application in process, on a database, a clock and an outbox of its own.

use std::{
    fs,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use axum::{
    Router,
    body::{Body, HttpBody, to_bytes},
    extract::ConnectInfo,
    http::{HeaderName, Method, Request, header},
};
use http_body_util::BodyExt;
use metrics_exporter_prometheus::PrometheusBuilder;
use tempfile::TempDir;
use tower::ServiceExt;
use twinlock_core::user::Role;
use twinlock_service::{
    App, Config, Parts, WebauthnConfig,
    bootstrap::{self, TenantSeed, UserSeed},
    clock_guard,
    hasher::HasherSettings,
    mail::{MailBudgets, Postman, deliver_due},
};
use twinlock_store::{Store, seal::Keyring};
use twinlock_web::{WebState, http::HttpConfig};

use crate::{
    Answer, Browser, Caller, FakeClock, Mail, Secrets, SeededEntropy, TestDatabase, invariants, mail, secrets,
};

/// The password of every account that [`TestApp::start`] makes.
pub const PASSWORD: &str = "correct horse battery";

/// What a test may want different.
#[derive(Clone)]
pub struct TestSettings {
    /// The public address.
    pub public_url: String,
    /// Whether second factors exist.
    pub mfa_enabled: bool,
    /// Whether mail is said to leave the server.
    pub smtp: bool,
    /// Who is told of faults in security.
    pub security_contact: Option<String>,
    /// How many mails leave.
    pub mail: MailBudgets,
    /// Cost of hashes: tiny, unless a test measures.
    pub hasher: HasherSettings,
    /// Further origins, names and roots of security keys.
    pub webauthn: WebauthnConfig,
    /// Proxies that are believed.
    pub trusted_proxies: Vec<String>,
    /// Seed of the randomness.
    pub seed: u64,
}

impl Default for TestSettings {
    fn default() -> Self {
        let hasher = HasherSettings { memory_kib: 8, passes: 1, lanes: 1, threads: 2, queue: 4096 };
        Self {
            public_url: "http://localhost:8080".into(),
            mfa_enabled: true,
            smtp: true,
            security_contact: None,
            mail: MailBudgets::default(),
            hasher,
            webauthn: WebauthnConfig::default(),
            trusted_proxies: vec![],
            seed: 1,
        }
    }
}

/// The application under test. Two tenants: `demo` (owner `olga`, admin `adam`, members `mia` and
/// `bob`) and `other` (owner `otto`, member `mia`), all with [`PASSWORD`] and addresses
/// `<name>@<tenant>.example`.
pub struct TestApp {
    /// The clock, moved by hand.
    pub clock: Arc<FakeClock>,
    /// The use cases.
    pub app: Arc<App>,
    /// The database.
    pub database: TestDatabase,
    settings: TestSettings,
    router: Router,
    outbox: TempDir,
    secrets: Arc<Secrets>,
    meddled: AtomicBool,
}

impl TestApp {
    /// With the usual settings.
    pub async fn start() -> Self {
        Self::with(TestSettings::default()).await
    }

    /// With settings of the test's own.
    pub async fn with(settings: TestSettings) -> Self {
        let test = Self::empty(settings).await;
        bootstrap::fill(&test.app, seeds()).await.expect("the sample accounts");
        test
    }

    /// Without any tenant or account.
    pub async fn empty(settings: TestSettings) -> Self {
        secrets::listen();
        let database = TestDatabase::new().await;
        let clock = Arc::new(FakeClock::new());
        let (app, router) = assemble(&settings, database.store().clone(), &clock).await;
        let outbox = tempfile::tempdir().expect("a folder for mails");
        let secrets = Arc::new(Secrets::default());
        secrets.keep(PASSWORD);
        Self { clock, app, database, settings, router, outbox, secrets, meddled: AtomicBool::new(false) }
    }

    /// A second node on the same database and clock: its own caches, hashing pool and randomness.
    pub async fn second_node(&self) -> Node {
        self.node_with(self.settings.clone()).await
    }

    /// The same with settings of its own.
    pub async fn node_with(&self, settings: TestSettings) -> Node {
        let settings = TestSettings { seed: settings.seed + 1000, ..settings };
        let store = self.database.connect().await;
        let (app, router) = assemble(&settings, store, &self.clock).await;
        Node { app, router, secrets: Arc::clone(&self.secrets) }
    }

    /// Starts the server anew on the same database, with other settings.
    pub async fn restart_with(&mut self, settings: TestSettings) {
        let Node { app, router, .. } = self.node_with(settings.clone()).await;
        (self.app, self.router, self.settings) = (app, router, settings);
    }

    /// Sends a request as it is.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        answer(&self.router, &self.secrets, request).await
    }

    /// What this test has to hide.
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// From now on the database is not what the use cases made of it.
    pub(crate) fn meddled(&self) {
        self.meddled.store(true, Ordering::Relaxed);
    }

    /// Somebody without a token, at 127.0.0.1.
    pub fn anonymous(&self) -> Caller<'_> {
        Caller::new(self)
    }

    /// Signs in through the API without a second factor.
    pub async fn sign_in(&self, username: &str) -> Caller<'_> {
        self.anonymous().sign_in("demo", username, PASSWORD).await
    }

    /// A text that the test types into fields of all kinds: no secret, though it was tried as one.
    pub fn no_secret(&self, text: &str) {
        self.secrets.forget(text);
    }

    /// A browser without cookies.
    pub fn browser(&self) -> Browser<'_> {
        Browser::new(self)
    }

    /// Waits for work in the background, delivers what is due, and reads all mails so far, oldest first.
    pub async fn mails(&self) -> Vec<Mail> {
        self.app.settle().await;
        let postman = Postman::directory(self.outbox.path(), "twinlock@localhost").expect("a postman");
        while deliver_due(&self.app, &postman).await.expect("delivery") > 0 {}
        let mails = mail::read_all(self.outbox.path());
        for mail in &mails {
            self.secrets.of_mail(mail);
        }
        mails
    }

    /// The mails to one address, oldest first.
    pub async fn mails_to(&self, address: &str) -> Vec<Mail> {
        self.mails().await.into_iter().filter(|mail| mail.to == address).collect()
    }

    pub(crate) fn origin(&self) -> &str {
        self.settings.public_url.trim_end_matches('/')
    }

    pub(crate) fn host(&self) -> String {
        let url: url::Url = self.settings.public_url.parse().expect("a public address");
        match url.port() {
            Some(port) => format!("{}:{port}", url.host_str().unwrap_or_default()),
            None => url.host_str().unwrap_or_default().to_owned(),
        }
    }
}

impl Drop for TestApp {
    /// What is true after every test: no secret was written down, and the database is whole.
    fn drop(&mut self) {
        if thread::panicking() {
            return;
        }
        let mut found = self.secrets.logged();
        for file in self.database.files() {
            found.extend(self.secrets.stored(&fs::read(file).unwrap_or_default()));
        }
        assert!(found.is_empty(), "written down: {found:?}");
        if !self.meddled.load(Ordering::Relaxed) {
            let wrong = self.database.beside(async |store| invariants::violations(&store).await);
            assert!(wrong.is_empty(), "the database is not whole: {wrong:?}");
        }
    }
}

/// Another node of the same installation.
pub struct Node {
    /// Its use cases.
    pub app: Arc<App>,
    router: Router,
    secrets: Arc<Secrets>,
}

impl Node {
    /// Sends a request to this node.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        answer(&self.router, &self.secrets, request).await
    }
}

async fn assemble(settings: &TestSettings, store: Store, clock: &Arc<FakeClock>) -> (Arc<App>, Router) {
    let public_url: url::Url = settings.public_url.parse().expect("a public address");
    let parts = Parts {
        store,
        keyring: Keyring::new("test", [42; 32]),
        clock: clock.clone(),
        entropy: Arc::new(SeededEntropy::new(settings.seed)),
        config: Config {
            public_url: public_url.clone(),
            mfa_enabled: settings.mfa_enabled,
            security_contact: settings.security_contact.clone(),
            smtp: settings.smtp,
            hasher: settings.hasher,
            mail: settings.mail,
            webauthn: settings.webauthn.clone(),
            audit_retention_days: 400,
        },
    };
    let app = Arc::new(App::new(parts).await.expect("an application"));
    clock_guard::resume(&app).await.expect("the clock");
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 8080));
    let proxies = settings.trusted_proxies.iter().map(|net| net.parse().expect("a network")).collect();
    let http = HttpConfig::new(public_url, listen, proxies).expect("a public address");
    let metrics = PrometheusBuilder::new().build_recorder().handle();
    let state = WebState::new(Arc::clone(&app), http, metrics).expect("a web state");
    (app, twinlock_web::router(state))
}

async fn answer(router: &Router, secrets: &Secrets, request: Request<Body>) -> Answer {
    let request = looked_at(secrets, request).await;
    let response = router.clone().oneshot(request).await.expect("an answer");
    let (parts, body) = response.into_parts();
    let body = body.collect().await.expect("a whole body").to_bytes().to_vec();
    secrets.of_answer(&parts.headers, &body);
    let answer = Answer { status: parts.status, headers: parts.headers, body, again: false };
    answer.assert_says_what_to_do();
    answer
}

/// The same request. A body that is not known yet, or is too long to be answered, stays as it is.
async fn looked_at(secrets: &Secrets, request: Request<Body>) -> Request<Body> {
    let (parts, body) = request.into_parts();
    let (body, bytes) = match body.size_hint().exact() {
        Some(1..=65_536) => {
            let bytes = to_bytes(body, usize::MAX).await.expect("a body in memory");
            (Body::from(bytes.clone()), bytes)
        }
        _ => (body, axum::body::Bytes::default()),
    };
    secrets.of_request(parts.uri.path(), &parts.headers, &bytes);
    Request::from_parts(parts, body)
}

/// A request from an address, with headers and a body.
pub fn request(
    method: &Method,
    path: &str,
    from: IpAddr,
    headers: &[(HeaderName, String)],
    body: Body,
) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let peer = ConnectInfo(SocketAddr::from((from, 50_000)));
    request.extension(peer).body(body).expect("a request")
}

pub(crate) const HOST: HeaderName = header::HOST;

fn seeds() -> Vec<TenantSeed> {
    let user = |tenant: &str, name: &str, role: Role| UserSeed {
        username: name.to_owned(),
        email: Some(format!("{name}@{tenant}.example")),
        password: PASSWORD.to_owned().into(),
        role,
        display_name: None,
        created_at: None,
    };
    let tenant = |id: &str, name: &str, users: &[(&str, Role)]| TenantSeed {
        id: id.to_owned(),
        name: name.to_owned(),
        mfa_required_for_admins: false,
        users: users.iter().map(|(username, role)| user(id, username, *role)).collect(),
    };
    vec![
        tenant(
            "demo",
            "Demo organisation",
            &[("olga", Role::Owner), ("adam", Role::Admin), ("mia", Role::Member), ("bob", Role::Member)],
        ),
        tenant("other", "Other organisation", &[("otto", Role::Owner), ("mia", Role::Member)]),
    ]
}
