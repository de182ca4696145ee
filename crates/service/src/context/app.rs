//! Everything a use case needs, in one place.

use std::sync::{Arc, atomic::AtomicBool};

use tokio_util::task::TaskTracker;
use twinlock_core::{
    clock::{Clock, Timestamp},
    entropy::Entropy,
};
use twinlock_store::{
    Store, StoreError,
    seal::{Keyring, Purpose, SealError},
};
use url::Url;

use crate::{
    audit_log::{Order, Refusals},
    clock_guard::ClockGuard,
    hasher::{Hasher, HasherSettings},
    junk::Knocks,
    jwt::Signer,
    mail::MailBudgets,
    pool::{Pace, Pool, QueueFull},
    proxy_notice::ProxyNotice,
    remind::LastLook,
    security_keys::device::DeviceNames,
    sessions::{Touches, cache::SessionCache},
    webauthn::{RelyingParty, Roots},
};

/// What the operator configured that use cases depend on.
#[derive(Debug, Clone)]
pub struct Config {
    /// The address people reach the server at: issuer and audience of tokens, base of links.
    pub public_url: Url,
    /// Whether second factors exist at all (`mfa.enabled`).
    pub mfa_enabled: bool,
    /// Who is to be told of a fault in security, as an address (RFC 9116 §2.5.3); none is published without.
    pub security_contact: Option<String>,
    /// Whether mail leaves the server, rather than being written to files.
    pub smtp: bool,
    /// Cost of a password hash and size of the pool.
    pub hasher: HasherSettings,
    /// How many mails leave.
    pub mail: MailBudgets,
    /// Security keys and passkeys.
    pub webauthn: WebauthnConfig,
    /// How many days the audit log is kept.
    pub audit_retention_days: u32,
}

/// What the operator configured about security keys.
#[derive(Debug, Clone)]
pub struct WebauthnConfig {
    /// Origins besides the public address's own from which keys may answer.
    pub further_origins: Vec<String>,
    /// Names of makes.
    pub device_names: DeviceNames,
    /// Certificates that attestation may end at.
    pub attestation_roots: Arc<Roots>,
}

impl Default for WebauthnConfig {
    fn default() -> Self {
        Self {
            further_origins: Vec::new(),
            device_names: DeviceNames::built_in(),
            attestation_roots: Arc::default(),
        }
    }
}

/// What an [`App`] is made from.
pub struct Parts {
    /// The database, migrated.
    pub store: Store,
    /// The master keys.
    pub keyring: Keyring,
    /// The wall clock.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Configuration.
    pub config: Config,
}

/// The application below HTTP.
pub struct App {
    pub(crate) store: Store,
    pub(crate) keyring: Keyring,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) clock_guard: ClockGuard,
    pub(crate) started_at: Timestamp,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) config: Config,
    pub(crate) hasher: Hasher,
    pub(crate) signatures: Pool,
    pub(crate) signer: Signer,
    pub(crate) cache: SessionCache,
    pub(crate) touches: Touches,
    pub(crate) last_reminders: LastLook,
    pub(crate) refusals: Refusals,
    pub(crate) knocks: Knocks,
    pub(crate) events: Order,
    pub(crate) background: TaskTracker,
    pub(crate) proxy_notice: Arc<ProxyNotice>,
    pub(crate) is_set_up: AtomicBool,
}

/// What went wrong without anybody's fault: the log gets the cause, a client only the fact.
#[derive(Debug, thiserror::Error)]
pub enum Internal {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The password-hashing queue is full.
    #[error("the password-hashing queue is full")]
    Busy,
    /// A value that cannot be: a bug, or somebody changed the database by hand.
    #[error("{0}")]
    Broken(&'static str),
}

impl Internal {
    /// Whether trying again soon may help.
    pub fn is_unavailable(&self) -> bool {
        match self {
            Self::Store(error) => error.is_unavailable(),
            Self::Busy => true,
            Self::Broken(_) => false,
        }
    }
}

impl From<SealError> for Internal {
    fn from(error: SealError) -> Self {
        Self::Store(error.into())
    }
}

impl From<QueueFull> for Internal {
    fn from(_: QueueFull) -> Self {
        Self::Busy
    }
}

impl App {
    /// Puts the parts together; loads or makes the keys that sign tokens.
    pub async fn new(parts: Parts) -> Result<Self, Internal> {
        let signer = Signer::load(&parts).await?;
        let hasher = Hasher::start(&parts.config.hasher)?;
        let signatures =
            Pool::start("verify", Pace::Abreast, parts.config.hasher.threads, parts.config.hasher.queue)?;
        let Parts { store, keyring, clock, entropy, config } = parts;
        let started_at = clock.now();
        let clock_guard = ClockGuard::new(started_at);
        Ok(Self {
            store,
            keyring,
            clock,
            clock_guard,
            started_at,
            entropy,
            config,
            hasher,
            signatures,
            signer,
            cache: SessionCache::new(),
            touches: Touches::default(),
            last_reminders: LastLook::default(),
            refusals: Refusals::default(),
            knocks: Knocks::default(),
            events: Order::default(),
            background: TaskTracker::new(),
            proxy_notice: Arc::default(),
            is_set_up: AtomicBool::default(),
        })
    }

    /// The wall clock now. After it was set back, the latest time seen, until [`crate::clock_guard`] has
    /// ended what was over by then.
    pub fn now(&self) -> Timestamp {
        self.clock_guard.now(self.clock.now())
    }

    /// The database, for health checks and metrics.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Randomness.
    pub fn entropy(&self) -> &dyn Entropy {
        &*self.entropy
    }

    /// The source of randomness itself.
    pub fn entropy_source(&self) -> &Arc<dyn Entropy> {
        &self.entropy
    }

    /// The clock itself.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// The master keys.
    pub fn keyring(&self) -> &Keyring {
        &self.keyring
    }

    /// Configuration.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The name that security keys are registered for (W3C WebAuthn L3 §4, RP ID): the public address's
    /// host. None where that is an IP address, which keys do not accept.
    pub fn rp_id(&self) -> Option<&str> {
        self.config.public_url.domain()
    }

    /// The relying party `id`, as ceremonies want it.
    pub(crate) fn relying_party(&self, id: &str) -> RelyingParty {
        let own = self.config.public_url.origin().ascii_serialization();
        let further = self.config.webauthn.further_origins.iter().cloned();
        RelyingParty {
            id: id.to_owned(),
            name: "Twinlock".to_owned(),
            origins: std::iter::once(own).chain(further).collect(),
        }
    }

    /// The make of a key in words.
    pub(crate) fn device_name(&self, aaguid: uuid::Uuid) -> &str {
        self.config.webauthn.device_names.name(aaguid)
    }

    /// Verifies signatures away from the async threads.
    pub(crate) async fn verify<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Internal> {
        Ok(self.signatures.run(|()| job()).await?)
    }

    /// Jobs waiting for the hashing pool.
    pub fn hashing_queue(&self) -> usize {
        self.hasher.waiting()
    }

    /// Learns of proxies that the server does not know well.
    pub fn proxy_notice(&self) -> &Arc<ProxyNotice> {
        &self.proxy_notice
    }

    /// Waits until nothing runs in the background (at shutdown, and in tests).
    pub async fn settle(&self) {
        self.background.close();
        self.background.wait().await;
        self.background.reopen();
    }

    /// The key that page cursors are bound with.
    pub fn cursor_key(&self) -> Result<[u8; 32], Internal> {
        Ok(*self.keyring.derived(self.keyring.current(), Purpose::Cursor)?)
    }

    /// A link to one of our own pages.
    pub(crate) fn link(&self, path: &str) -> String {
        format!("{}{path}", self.config.public_url.as_str().trim_end_matches('/'))
    }
}
