//! Accounts.

mod changes;
mod holding;
mod names;

use twinlock_core::{
    assurance::Method,
    clock::Timestamp,
    enrollment::{Enrollment, EnrollmentProof, Given},
    factor::kinds::{Kind, Kinds},
    ids::{SessionId, TenantId, UserId},
    name::{NameKey, ascii_email, readable_email},
    readiness::{Holdings, Home},
    throttle::Failures,
    user::{Role, Status},
};

pub use changes::{
    clear_failures, clear_mfa_deadlines, rehash, set_display_name, set_enrollment, set_key_failures,
    set_limited_until, set_mfa_deadline, set_password, set_preferred, set_status, set_typed_failures,
    signed_in,
};
pub use holding::{hold, lock, lock_all};
pub(crate) use names::put_names;
pub use names::{Named, change_email, is_free, named, release_earlier_names};

use crate::{
    Run, Stale, StoreError, Tx,
    row::{FromRow, Row, params},
    tenants::Tenant,
    user_counts::{self, Standing},
    user_search,
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
    /// What the first enrolment asks for, and what was given.
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

/// The account that signs in to the tenant `slug` under this name.
pub async fn by_login(run: &impl Run, slug: &str, name: &NameKey) -> Result<Option<Account>, StoreError> {
    let sql = format!(
        "SELECT {ACCOUNT_COLUMNS} FROM tenants t JOIN login_names n ON n.tenant_id = t.id \
         JOIN users u ON u.id = n.user_id WHERE t.slug = $1 AND n.name = $2 AND n.until IS NULL"
    );
    run.one(&sql, params![slug, name.as_str()]).await
}

/// The account whose password somebody asks to reset under this name: one it signs in with, or, for a
/// while, the address it had before.
pub async fn by_reset_name(
    run: &impl Run,
    slug: &str,
    name: &NameKey,
    now: Timestamp,
) -> Result<Option<Account>, StoreError> {
    let sql = format!(
        "SELECT {ACCOUNT_COLUMNS} FROM tenants t JOIN login_names n ON n.tenant_id = t.id \
         JOIN users u ON u.id = n.user_id WHERE t.slug = $1 AND n.name = $2 \
         AND (n.until IS NULL OR n.until > $3)"
    );
    run.one(&sql, params![slug, name.as_str(), now]).await
}

/// The account with this id.
pub async fn account(run: &impl Run, id: UserId) -> Result<Option<Account>, StoreError> {
    run.one(&format!("SELECT {ACCOUNT_COLUMNS} {FROM_ACCOUNT} WHERE u.id = $1"), params![id]).await
}

/// Accounts of a tenant in the order they were made, after `after`, at most `limit`.
pub async fn of_tenant(
    run: &impl Run,
    tenant: TenantId,
    after: Option<UserId>,
    limit: u32,
) -> Result<Vec<Account>, StoreError> {
    let sql = format!(
        "SELECT {ACCOUNT_COLUMNS} {FROM_ACCOUNT} WHERE u.tenant_id = $1 AND u.id > $2 ORDER BY u.id LIMIT $3"
    );
    let after = after.unwrap_or(UserId(uuid::Uuid::nil()));
    run.all(&sql, params![tenant, after, limit]).await
}

/// Whether somebody else can sign in who owns the tenant. It is held, so nobody's role changes meanwhile.
pub async fn has_other_owner(tx: &Tx, user: &User) -> Result<bool, StoreError> {
    let sql = "SELECT 1 AS n FROM users WHERE tenant_id = $1 AND role = 'owner' AND role <> 'member' \
               AND status = 'active' AND id <> $2 LIMIT 1";
    let found: Option<One> = tx.one(sql, params![user.tenant_id, user.id]).await?;
    Ok(found.is_some())
}

/// Stores a new account with its names; [`StoreError::Conflict`] when a name is taken.
pub async fn insert(tx: &Tx, user: &User) -> Result<(), StoreError> {
    let sql = "INSERT INTO users (id, tenant_id, username, email, display_name, role, status, \
               password_hash, created_at, password_given_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let (role, status) = (user.role.as_str(), user.status.as_str());
    let values = params![
        user.id,
        user.tenant_id,
        &user.username,
        user.email.as_deref().map(ascii_email),
        &user.display_name,
        role,
        status,
        user.password_hash.clone(),
        user.created_at,
        user.password_given_at,
    ];
    tx.exec(sql, values).await?;
    put_names(tx, user).await?;
    user_search::index(tx, user).await?;
    user_counts::came(tx, user.tenant_id, user.status).await
}

/// Deletes a person and everything of theirs; the row is held. Their id is never used again.
pub async fn remove(tx: &Tx, held: &User) -> Result<(), StoreError> {
    tx.stale(Stale::User(held.id));
    user_counts::leaves(tx, held.id).await?;
    tx.exec("DELETE FROM users WHERE id = $1", params![held.id]).await.map(drop)
}

struct One;

impl FromRow for One {
    fn from_row(_: &Row) -> Result<Self, StoreError> {
        Ok(Self)
    }
}

struct Handle(Option<Vec<u8>>);

impl FromRow for Handle {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self(row.opt_bytes("user_handle")?))
    }
}

/// The person's WebAuthn user handle: the one they have, or `fresh` from now on. It says nothing about them.
pub async fn handle_or(tx: &Tx, id: UserId, fresh: &[u8]) -> Result<Vec<u8>, StoreError> {
    let sql = "UPDATE users SET user_handle = coalesce(user_handle, $1) WHERE id = $2 RETURNING user_handle";
    let found: Option<Handle> = tx.one(sql, params![fresh, id]).await?;
    found.and_then(|handle| handle.0).ok_or(StoreError::Corrupt("user_handle"))
}

/// Whether anybody has a second factor (for the warning when the server's switch is off).
pub async fn anybody_enrolled(run: &impl Run) -> Result<bool, StoreError> {
    let sql =
        "SELECT 1 AS n WHERE EXISTS (SELECT 1 FROM totp_factors) OR EXISTS (SELECT 1 FROM security_keys)";
    let found: Option<One> = run.one(sql, params![]).await?;
    Ok(found.is_some())
}

/// Whether the person ever completed a sign-in from this address (attempts without an account ask for
/// an id that nobody has, so that both cost the same). A sign-in that only led into an enrolment is not complete.
pub async fn knows_address(run: &impl Run, id: UserId, address: &str) -> Result<bool, StoreError> {
    let sql = "SELECT 1 AS n FROM sessions WHERE user_id = $1 AND address = $2 AND purpose = 'full' LIMIT 1";
    let found: Option<One> = run.one(sql, params![id, address]).await?;
    Ok(found.is_some())
}
