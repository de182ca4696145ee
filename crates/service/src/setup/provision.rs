//! Making tenants and people, for set-up, bootstrap and the command line.

use secrecy::SecretString;
use twinlock_core::{
    clock::Timestamp,
    ids::{TenantId, UserId},
    name::{NameError, NameKey, validate_display_name, validate_email, validate_slug, validate_username},
    tenant::{SYSTEM_SLUG, Settings},
    user::{Role, Status},
};
use twinlock_store::{
    StoreError, meta,
    tenants::Tenant,
    users::{self, User},
};

use crate::{
    App,
    context::Work,
    password::{self, NewPasswordError},
};

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct FieldProblem {
    /// The field's name.
    pub field: &'static str,
    /// What is wrong, for the person who filled it in.
    pub problem: NameError,
}

impl FieldProblem {
    pub(crate) fn of(field: &'static str) -> impl FnOnce(NameError) -> Self {
        move |problem| Self { field, problem }
    }
}

/// Names of a person, checked.
#[derive(Debug, Clone)]
pub(crate) struct Texts {
    pub(crate) username: String,
    pub(crate) email: Option<String>,
    pub(crate) display_name: String,
}

impl Texts {
    /// Checks them all; without a display name the user name is shown. Blank means not given.
    pub(crate) fn check(
        username: &str,
        email: Option<&str>,
        display_name: Option<&str>,
    ) -> Result<Self, Vec<FieldProblem>> {
        let given = |text: Option<&str>| text.filter(|text| !text.trim().is_empty()).map(str::to_owned);
        let username = validate_username(username).map_err(FieldProblem::of("username"));
        let email = given(email).map(|text| validate_email(&text)).transpose();
        let email = email.map_err(FieldProblem::of("email"));
        let display_name = given(display_name).map(|text| validate_display_name(&text)).transpose();
        let display_name = display_name.map_err(FieldProblem::of("display_name"));
        match (username, email, display_name) {
            (Ok(username), Ok(email), Ok(display_name)) => {
                let display_name = display_name.unwrap_or_else(|| username.clone());
                Ok(Self { username, email, display_name })
            }
            (username, email, display_name) => {
                Err([username.err(), email.err(), display_name.err()].into_iter().flatten().collect())
            }
        }
    }
}

impl Texts {
    /// The names it takes, by field, as names are compared.
    pub(crate) fn keys(&self) -> Vec<(&'static str, NameKey)> {
        let names = [("username", Some(&self.username)), ("email", self.email.as_ref())];
        names.into_iter().filter_map(|(field, name)| Some((field, NameKey::of(name?)?))).collect()
    }

    /// Checks a first password against the rules, and hashes it.
    pub(crate) async fn hash(
        &self,
        app: &App,
        tenant: &Tenant,
        raw: &SecretString,
    ) -> Result<String, NewPasswordError> {
        let about = [self.username.as_str(), self.email.as_deref().unwrap_or_default(), &self.display_name];
        password::check_new(app, raw, tenant, &about).await?;
        Ok(password::hash(app, raw).await?)
    }
}

/// A tenant with the settings of new ones, not stored yet.
pub(crate) fn new_tenant(app: &App, slug: &str, name: &str) -> Result<Tenant, Vec<FieldProblem>> {
    let now = app.now();
    let slug = validate_slug(slug).and_then(not_reserved).map_err(FieldProblem::of("tenant_id"));
    let name = validate_display_name(name).map_err(FieldProblem::of("tenant_name"));
    match (slug, name) {
        (Ok(slug), Ok(name)) => Ok(Tenant {
            id: TenantId::new(now, app.entropy()),
            slug,
            name,
            settings: Settings::of_new_tenant(),
            version: 1,
            suspended_at: None,
            created_at: now,
        }),
        (slug, name) => Err([slug.err(), name.err()].into_iter().flatten().collect()),
    }
}

fn not_reserved(slug: String) -> Result<String, NameError> {
    if slug == SYSTEM_SLUG { Err(NameError::Invalid("This id is reserved.")) } else { Ok(slug) }
}

/// A person to be stored.
#[derive(Clone)]
pub(crate) struct NewUser {
    pub(crate) texts: Texts,
    pub(crate) role: Role,
    pub(crate) status: Status,
    pub(crate) password_hash: Option<String>,
    /// Whether somebody else chose the password: then it must be changed at the first sign-in.
    pub(crate) must_change: bool,
    /// Now where none is given.
    pub(crate) created_at: Option<Timestamp>,
}

/// Stores a person; [`StoreError::Conflict`] when a name is taken.
pub(crate) async fn insert_user(
    work: &Work<'_>,
    tenant_id: TenantId,
    new: NewUser,
) -> Result<User, StoreError> {
    let now = work.now;
    let user = User {
        id: UserId::new(now, work.app.entropy()),
        tenant_id,
        username: new.texts.username,
        email: new.texts.email,
        email_changed_at: None,
        earlier_email: None,
        display_name: new.texts.display_name,
        role: new.role,
        status: new.status,
        password_given_at: new.password_hash.as_ref().filter(|_| new.must_change).map(|_| now),
        password_hash: new.password_hash,
        typed: twinlock_core::throttle::Failures::default(),
        key_failures: 0,
        limited_until: None,
        enrollment: twinlock_core::enrollment::Enrollment::default(),
        preferred: None,
        mfa_deadline: None,
        reminded_at: None,
        browser_generation: 0,
        created_at: new.created_at.unwrap_or(now),
        last_sign_in_at: None,
    };
    users::insert(work, &user).await?;
    Ok(user)
}

/// True for exactly one caller in the life of a database: whoever makes the first tenant. Everybody
/// who makes a tenant calls it, so that the first start and the command line cannot both be first.
pub(crate) async fn claim_first(work: &Work<'_>) -> Result<bool, StoreError> {
    meta::set_once(work, "first_tenant_at", &work.now.to_string()).await
}
