//! An account as it is read: the person, their tenant, and what they have to open the second lock with.

mod holding;

use twinlock_core::{
    assurance::Method,
    clock::Timestamp,
    enrollment::{Enrollment, EnrollmentProof, Given},
    factor::kinds::{Kind, Kinds},
    ids::{SessionId, TenantId, UserId},
    name::readable_email,
    readiness::{Holdings, Home, Verdict},
    throttle::Failures,
    user::{Role, Status},
};

pub use holding::{hold, lock, lock_all};

use crate::{
    Run, StoreError,
    row::{FromRow, Row, params},
    tenants::Tenant,
};

/// A person's account.
#[derive(Debug, Clone)]
pub struct User {
    /// Id.
    pub id: UserId,
    /// Tenant.
    pub tenant_id: TenantId,
    /// User name as it was written.
    pub username: String,
    /// Confirmed address.
    pub email: Option<String>,
    /// When the address last changed.
    pub email_changed_at: Option<Timestamp>,
    /// The address before that.
    pub earlier_email: Option<String>,
    /// Name for people.
    pub display_name: String,
    /// Role.
    pub role: Role,
    /// Status.
    pub status: Status,
    /// Argon2id in PHC form; none while invited.
    pub password_hash: Option<String>,
    /// When somebody else chose the password; none where its owner did.
    pub password_given_at: Option<Timestamp>,
    /// Wrong typed codes in a row.
    pub typed: Failures,
    /// Answers of the account's own keys that were refused, in a row. They never wait.
    pub key_failures: u32,
    /// Until when a new password or address also needs a code sent by mail.
    pub limited_until: Option<Timestamp>,
    /// What the first enrollment asks for, and what was given.
    pub enrollment: Enrollment,
    /// The kind of second factor the person wants to be asked first.
    pub preferred: Option<Method>,
    /// A deadline of the person's own for enrolling a factor.
    pub mfa_deadline: Option<Timestamp>,
    /// When they were last reminded to enrol.
    pub reminded_at: Option<Timestamp>,
    /// Cookies of browsers that signed in before count while they are of this generation.
    pub browser_generation: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// Last complete sign-in.
    pub last_sign_in_at: Option<Timestamp>,
}

impl FromRow for User {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id("u_id")?,
            tenant_id: row.id("tenant_id")?,
            username: row.text("username")?,
            email: row.opt_text("email")?.map(|email| readable_email(&email)),
            email_changed_at: row.opt_time("email_changed_at")?,
            earlier_email: row.opt_text("earlier_email")?.map(|email| readable_email(&email)),
            display_name: row.text("display_name")?,
            role: row.parsed("role", Role::parse)?,
            status: row.parsed("status", Status::parse)?,
            password_hash: row.opt_text("password_hash")?,
            password_given_at: row.opt_time("password_given_at")?,
            typed: Failures {
                count: row.count("typed_failures")?,
                window_start: Timestamp::default(),
                blocked_until: row.time("typed_blocked_until")?,
            },
            key_failures: row.count("key_failures")?,
            limited_until: row.opt_time("limited_until")?,
            enrollment: enrollment(row)?,
            preferred: row.opt_text("preferred_method")?.as_deref().and_then(Method::parse),
            mfa_deadline: row.opt_time("mfa_deadline")?,
            reminded_at: row.opt_time("reminded_at")?,
            browser_generation: row.int("browser_generation")?,
            created_at: row.time("u_created_at")?,
            last_sign_in_at: row.opt_time("last_sign_in_at")?,
        })
    }
}

fn enrollment(row: &Row) -> Result<Enrollment, StoreError> {
    let (by, at) = (row.opt_uuid("enrollment_given_by")?, row.opt_time("enrollment_given_at")?);
    let given = by.zip(at).map(|(by, at)| Given { by: SessionId(by), at });
    Ok(Enrollment { proof: row.parsed("enrollment_proof", EnrollmentProof::parse)?, given })
}

/// What an account has to open the second lock with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FactorCounts {
    /// Confirmed authenticator apps.
    pub apps: u32,
    /// The registered security keys and passkeys.
    pub keys: Vec<HeldKey>,
    /// Unused recovery codes.
    pub codes: u32,
    /// Whether their owner has saved them, as far as they said, or used one. Codes that nobody saved are no way in.
    pub codes_saved: bool,
}

/// What is known of a registered key wherever its account is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldKey {
    /// The relying party it was registered for.
    pub rp_id: String,
    /// Where it lives.
    pub home: Home,
}

impl FactorCounts {
    /// Apps and keys together. Recovery codes alone are no factor.
    pub fn total(&self) -> u32 {
        self.apps.saturating_add(u32::try_from(self.keys.len()).unwrap_or(u32::MAX))
    }

    /// The kinds of them.
    pub fn kinds(&self) -> Kinds {
        let app = (self.apps > 0).then_some(Kind::Totp);
        let key = (!self.keys.is_empty()).then_some(Kind::Webauthn);
        app.into_iter().chain(key).collect()
    }

    /// Whether a second factor is asked of this account.
    pub fn any(&self) -> bool {
        self.total() > 0
    }

    /// Keys registered for this relying party.
    pub fn keys_of(&self, rp_id: &str) -> u32 {
        u32::try_from(self.keys.iter().filter(|key| key.rp_id == rp_id).count()).unwrap_or(u32::MAX)
    }

    /// As ways in, with the keys that `usable` says can be used.
    pub fn holdings(&self, usable: impl Fn(&HeldKey) -> bool) -> Holdings {
        Holdings {
            enrolled: self.any(),
            app: self.apps > 0,
            keys: self.keys.iter().filter(|key| usable(key)).map(|key| key.home).collect(),
            codes: self.codes,
            codes_saved: self.codes_saved,
        }
    }
}

/// An account with its tenant and factor counts, in one row.
#[derive(Debug, Clone)]
pub struct Account {
    /// The person.
    pub user: User,
    /// Their tenant.
    pub tenant: Tenant,
    /// Their second factors.
    pub factors: FactorCounts,
    /// What the tenant's numbers count them as.
    pub standing: Standing,
}

impl FromRow for Account {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            user: User::from_row(row)?,
            tenant: Tenant::from_row(row)?,
            factors: FactorCounts {
                apps: row.count("apps")?,
                keys: held_keys(row)?,
                codes: row.count("codes")?,
                codes_saved: row.flag("codes_saved")?,
            },
            standing: Standing::from_row(row)?,
        })
    }
}

/// One key a line: relying party, whether it is copied, and how it is reached, as JSON without line breaks.
fn held_keys(row: &Row) -> Result<Vec<HeldKey>, StoreError> {
    let text = row.opt_text("held_keys")?.unwrap_or_default();
    text.lines().map(|line| held_key(line).ok_or(StoreError::Corrupt("security_keys"))).collect()
}

fn held_key(line: &str) -> Option<HeldKey> {
    let mut parts = line.splitn(3, ' ');
    let (rp_id, backed_up, transports) = (parts.next()?, parts.next()?, parts.next()?);
    let transports: Vec<String> = serde_json::from_str(transports).ok()?;
    Some(HeldKey { rp_id: rp_id.to_owned(), home: Home::of(backed_up != "0", &transports) })
}

/// Columns of an [`Account`] for joins with `users u` and `tenants t`.
pub(crate) const ACCOUNT_COLUMNS: &str = "u.id AS u_id, u.tenant_id, u.username, u.email, \
    u.email_changed_at, u.earlier_email, u.display_name, u.role, u.status, u.password_hash, u.password_given_at, \
    u.typed_failures, u.typed_blocked_until, u.key_failures, u.limited_until, u.preferred_method, \
    u.enrollment_proof, u.enrollment_given_by, u.enrollment_given_at, u.mfa_deadline, u.reminded_at, \
    u.browser_generation, \
    u.created_at AS u_created_at, \
    u.last_sign_in_at, t.id, t.slug, t.name, t.settings, t.version, t.suspended_at, t.created_at, \
    (SELECT count(*) FROM totp_factors f WHERE f.user_id = u.id) AS apps, \
    u.factor_kinds, u.at_risk, \
    (SELECT string_agg(k.rp_id || ' ' || CAST(k.backed_up AS TEXT) || ' ' || k.transports, '\n') \
     FROM security_keys k WHERE k.user_id = u.id) AS held_keys, \
    (SELECT count(*) FROM recovery_sets s JOIN recovery_codes c ON c.set_id = s.id \
     WHERE s.user_id = u.id AND c.used_at IS NULL) AS codes, \
    (SELECT count(*) FROM recovery_sets s WHERE s.user_id = u.id AND s.saved_at IS NOT NULL) AS codes_saved";

pub(crate) const FROM_ACCOUNT: &str = "FROM users u JOIN tenants t ON t.id = u.tenant_id";

/// What a person counts as.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Standing {
    /// The kinds of their second factors.
    pub kinds: Kinds,
    /// Whether losing one thing locks them out. Keys count wherever they were registered: the name of the server is
    /// a setting, and may change without anybody's account changing.
    pub at_risk: bool,
}

impl FromRow for Standing {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self { kinds: kinds_of(row)?, at_risk: row.flag("at_risk")? })
    }
}

impl Standing {
    /// Of somebody with these factors.
    pub fn of(factors: &FactorCounts) -> Self {
        let verdict = factors.holdings(|_| true).verdict();
        Self { kinds: factors.kinds(), at_risk: verdict == Verdict::AtRisk }
    }
}

pub(crate) fn kinds_of(row: &Row) -> Result<Kinds, StoreError> {
    Kinds::from_bits(row.int("factor_kinds")?).ok_or(StoreError::Corrupt("factor_kinds"))
}

/// The account with this id.
pub async fn account(run: &impl Run, id: UserId) -> Result<Option<Account>, StoreError> {
    run.one(&format!("SELECT {ACCOUNT_COLUMNS} {FROM_ACCOUNT} WHERE u.id = $1"), params![id]).await
}
