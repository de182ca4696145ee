//! Filling an empty database from a file, for demonstrations, tests and automated installations.

use std::{collections::HashSet, sync::Arc};

use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use tokio::task::JoinSet;
use twinlock_core::{
    audit::EventKind,
    clock::Timestamp,
    name::NameKey,
    password::MAX_LENGTH,
    user::{Role, Status},
};
use twinlock_store::tenants::{self, Tenant};

use crate::{
    App, Internal,
    audit_log::About,
    context::Work,
    password,
    setup::{
        FieldProblem,
        provision::{self, NewUser, Texts},
    },
};

/// Passwords hashed at the same time: fewer than the queue of the pool holds.
const AT_ONCE: usize = 32;

/// A tenant to be made.
pub struct TenantSeed {
    /// Its slug.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// Whether its owners and administrators must have a second factor.
    pub mfa_required_for_admins: bool,
    /// Its people.
    pub users: Vec<UserSeed>,
}

/// A person to be made.
pub struct UserSeed {
    /// User name.
    pub username: String,
    /// Address, which counts as confirmed.
    pub email: Option<String>,
    /// Password. The rules for new passwords do not apply, except for the longest length.
    pub password: SecretString,
    /// Role.
    pub role: Role,
    /// Name for people; the user name where none is given.
    pub display_name: Option<String>,
    /// When the account counts as made; now where none is given.
    pub created_at: Option<Timestamp>,
}

/// Why nothing was made.
#[derive(Debug, thiserror::Error)]
pub enum BootstrapError {
    /// There is a tenant already.
    #[error("the database is not empty")]
    NotEmpty,
    /// An entry cannot be used.
    #[error("{entry}: {problem}")]
    Invalid {
        /// Which: `tenant demo`, or `user maria of tenant demo`.
        entry: String,
        /// What is wrong.
        problem: String,
    },
    /// Nobody's fault.
    #[error(transparent)]
    Internal(#[from] Internal),
}

store_faults_are_internal!(BootstrapError);

/// A tenant whose entries were all checked.
struct Checked {
    tenant: Tenant,
    users: Vec<NewUser>,
}

/// Makes tenants and people in an empty database, all or nothing.
pub async fn fill(app: &Arc<App>, seeds: Vec<TenantSeed>) -> Result<(), BootstrapError> {
    if tenants::any(&app.store).await? {
        return Err(BootstrapError::NotEmpty);
    }
    let mut checked = Vec::new();
    let mut passwords = Vec::new();
    let mut slugs = HashSet::new();
    for seed in seeds {
        if !slugs.insert(seed.id.clone()) {
            return Err(invalid(format!("tenant {}", seed.id), "is there twice"));
        }
        let (entry, secrets) = check_tenant(app, seed)?;
        checked.push(entry);
        passwords.extend(secrets);
    }
    let mut hashes = hash_all(app, passwords).await?.into_iter();
    for user in checked.iter_mut().flat_map(|entry| entry.users.iter_mut()) {
        user.password_hash = hashes.next();
    }
    app.transact(|| write(app, &checked)).await
}

fn check_tenant(app: &App, seed: TenantSeed) -> Result<(Checked, Vec<SecretString>), BootstrapError> {
    let entry = format!("tenant {}", seed.id);
    let mut tenant = provision::new_tenant(app, &seed.id, &seed.name).map_err(|p| problems(&entry, &p))?;
    tenant.settings.mfa_required_for_admins = seed.mfa_required_for_admins;
    let (mut users, mut passwords, mut names) = (Vec::new(), Vec::new(), HashSet::new());
    for seed in seeds_by_age(seed.users) {
        let entry = format!("user {} of {entry}", seed.username);
        let (user, password) = check_user(&entry, seed)?;
        // One person may use their address as user name; two people may not share either.
        let own = [Some(&user.texts.username), user.texts.email.as_ref()].into_iter().flatten();
        let own: HashSet<_> = own.filter_map(|name| NameKey::of(name)).collect();
        if own.iter().any(|name| names.contains(name)) {
            return Err(invalid(entry, "another user of the tenant has this user name or address"));
        }
        names.extend(own);
        users.push(user);
        passwords.push(password);
    }
    Ok((Checked { tenant, users }, passwords))
}

/// Ids rise with time, and lists follow ids: the oldest account is made first.
fn seeds_by_age(mut seeds: Vec<UserSeed>) -> Vec<UserSeed> {
    seeds.sort_by_key(|seed| seed.created_at.unwrap_or(Timestamp::from_millis(i64::MAX)));
    seeds
}

fn check_user(entry: &str, seed: UserSeed) -> Result<(NewUser, SecretString), BootstrapError> {
    let texts = Texts::check(&seed.username, seed.email.as_deref(), seed.display_name.as_deref())
        .map_err(|p| problems(entry, &p))?;
    if !(1..=MAX_LENGTH).contains(&seed.password.expose_secret().chars().count()) {
        return Err(invalid(entry.to_owned(), "the password must have 1 to 128 characters"));
    }
    let user = NewUser {
        texts,
        role: seed.role,
        status: Status::Active,
        password_hash: None,
        must_change: false,
        created_at: seed.created_at,
    };
    Ok((user, seed.password))
}

/// Hashes in the pool, several at a time; the answers are in the order of the passwords.
async fn hash_all(app: &Arc<App>, passwords: Vec<SecretString>) -> Result<Vec<String>, Internal> {
    let mut hashes = vec![String::new(); passwords.len()];
    let mut running = JoinSet::new();
    let mut waiting = passwords.into_iter().enumerate();
    loop {
        while running.len() < AT_ONCE
            && let Some((number, secret)) = waiting.next()
        {
            let app = Arc::clone(app);
            running.spawn(async move { (number, password::hash(&app, &secret).await) });
        }
        let Some(done) = running.join_next().await else { return Ok(hashes) };
        let (number, hash) = done.map_err(|_| Internal::Broken("a password could not be hashed"))?;
        if let Some(place) = hashes.get_mut(number) {
            *place = hash?;
        }
    }
}

async fn write(app: &App, checked: &[Checked]) -> Result<(), BootstrapError> {
    let work = Work::at_command_line(app).await?;
    if tenants::any(&work).await? || !provision::claim_first(&work).await? {
        return Err(BootstrapError::NotEmpty);
    }
    for entry in checked {
        let tenant = entry.tenant.id;
        tenants::insert(&work, &entry.tenant).await?;
        let about = About { tenant: Some(tenant), ..About::anonymous(None) };
        work.record(EventKind::TenantCreated, about).await?;
        for new in &entry.users {
            let user = provision::insert_user(&work, tenant, new.clone()).await?;
            let about = About::anonymous(Some(&user)).with(json!({ "role": user.role }));
            work.record(EventKind::UserCreated, about).await?;
        }
    }
    Ok(work.commit().await?)
}

fn invalid(entry: String, problem: &str) -> BootstrapError {
    BootstrapError::Invalid { entry, problem: problem.to_owned() }
}

fn problems(entry: &str, problems: &[FieldProblem]) -> BootstrapError {
    let problem = problems.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    BootstrapError::Invalid { entry: entry.to_owned(), problem }
}
