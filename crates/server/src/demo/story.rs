//! What happened in a demo before it was started: five weeks, told by the use cases themselves under a clock that is moved
//! on by hand. So everything is dated, counted and recorded as if people had done it.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use secrecy::SecretString;
use tokio::task::JoinSet;
use twinlock_core::{
    clock::{Clock, Timestamp},
    factor::totp::step_at,
    ids::UserId,
    user::Role,
};
use twinlock_service::{
    App, Caller, Client, Internal,
    administration::Whom,
    bootstrap, deadline, invitation,
    login::{self, Credentials, Outcome, Target},
    operator,
    operators::accounts,
    people::{self, NewPerson},
    remind,
    seed::{self, Enrollment, Prepared},
    sessions,
    settings::{self, SettingsPatch},
};

use super::people::{Account, DEMO, OFFICE, SYSTEM, Who, tenants};
use crate::{failure::Failure, serve::bootstrap_failure};

/// The secrets of authenticator apps.
pub type Secrets = HashMap<Who, SecretString>;

const MINUTE: i64 = 60;
const DAY: i64 = 86_400;
/// How many days a demo looks back.
const DAYS: i64 = 35;

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0";
const CHROME: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
    Chrome/140.0.0.0 Safari/537.36";
const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 \
    (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1";

/// A clock in the past, moved by hand.
pub struct PastClock(AtomicI64);

impl PastClock {
    /// Where a demo begins, seen from `now`.
    pub fn before(now: Timestamp) -> Self {
        Self(AtomicI64::new(now.plus_secs(-DAYS * DAY).millis()))
    }

    fn go_to(&self, time: Timestamp) {
        self.0.store(time.millis(), Ordering::SeqCst);
    }
}

impl Clock for PastClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

/// A story that is being told.
pub struct Story<'a> {
    /// The application, under this clock.
    pub app: Arc<App>,
    /// Its clock.
    pub clock: Arc<PastClock>,
    /// When the story ends.
    pub now: Timestamp,
    /// Whom it is about.
    pub accounts: &'a [Account],
    /// The apps that were enrolled so far.
    pub apps: HashMap<Who, Enrollment>,
}

const OTTO: Who = Who::of(SYSTEM, "otto");
const OLGA: Who = Who::of(OFFICE.0, "olga");

impl Story<'_> {
    /// Tells it in an empty database.
    ///
    /// # Errors
    /// Exit code 1 where the database fails.
    pub async fn tell(&mut self) -> Result<Secrets, Failure> {
        bootstrap::fill(&self.app, tenants(self.accounts)).await.map_err(bootstrap_failure)?;
        let mut prepared = self.prepare().await?;
        for ago in (1..DAYS).rev() {
            self.clock.go_to(self.now.plus_secs(-ago * DAY));
            seed::write_day(&self.app).await?;
            self.clock.go_to(self.now.plus_secs(time_of_day(ago) - ago * DAY));
            if ago == DAYS - 1 {
                prepared.insert(OTTO, self.found_operators().await?);
            }
            for Enrolling { who, codes_saved } in enrolling(ago) {
                let Some(ready) = prepared.remove(&who) else { continue };
                let enrollment = seed::authenticator_app(&self.app, ready, codes_saved).await?;
                self.apps.insert(who, enrollment);
            }
            self.act(ago).await?;
        }
        self.last_hour().await?;
        Ok(self.apps.drain().map(|(who, enrollment)| (who, enrollment.secret)).collect())
    }

    /// Hashes the recovery codes of all who will enrol, at once: that takes most of the start.
    async fn prepare(&self) -> Result<HashMap<Who, Prepared>, Failure> {
        let mut running = JoinSet::new();
        let enrolling = self.accounts.iter().map(|account| account.person);
        for person in enrolling.filter(|person| person.has_app && person.who != OTTO) {
            let app = Arc::clone(&self.app);
            running.spawn(async move {
                let ready = seed::prepare(&app, person.who.tenant, person.who.username).await?;
                Ok::<_, Internal>((person.who, ready))
            });
        }
        let mut prepared = HashMap::new();
        while let Some(done) = running.join_next().await {
            let (who, ready) = done.map_err(Failure::failed)??;
            prepared.insert(who, ready);
        }
        Ok(prepared)
    }

    /// The first operator is invited at the command line, as on every server.
    async fn found_operators(&self) -> Result<Prepared, Failure> {
        let (account, app) = (self.account(OTTO)?, &*self.app);
        let (username, name) = (OTTO.username.to_owned(), account.person.name.to_owned());
        let made = accounts::create_operator(app, username, Some(OTTO.address()), Some(name));
        let link = made.await?.invitation.unwrap_or_default();
        let token = link.rsplit('/').next().unwrap_or_default();
        let from = client(20, FIREFOX);
        invitation::accept(app, &from, token, &account.password, Target::API)
            .await
            .map_err(Failure::failed)?;
        Ok(seed::prepare(app, OTTO.tenant, OTTO.username).await?)
    }

    /// What else happened on a day.
    async fn act(&self, ago: i64) -> Result<(), Failure> {
        match ago {
            12 => self.require_factors().await,
            6 => Ok(seed::security_key(&self.app, DEMO.0, "anton").await?),
            5 => self.sign_in(Who::of(DEMO.0, "alice"), &client(51, IPHONE)).await.map(drop),
            4 => self.mistype(Who::of(DEMO.0, "carol"), &client(30, CHROME)).await,
            3 => self.invite_and_grant().await,
            2 => self.invite(OTTO, "ottilie", &client(20, FIREFOX)).await.map(drop),
            _ => Ok(()),
        }
    }

    async fn require_factors(&self) -> Result<(), Failure> {
        let from = client(10, FIREFOX);
        let olga = self.sign_in(OLGA, &from).await?;
        let patch = SettingsPatch {
            mfa_required: Some(true),
            mfa_grace_period_days: Some(13),
            ..SettingsPatch::default()
        };
        let changed = settings::update(&self.app, &from, &olga, OFFICE.0, (patch, None)).await;
        changed.map(drop).map_err(Failure::failed)
    }

    async fn invite_and_grant(&self) -> Result<(), Failure> {
        self.invite(Who::of(DEMO.0, "maria"), "ivan", &client(11, CHROME)).await?;
        let from = client(10, FIREFOX);
        let olga = self.invite(OLGA, "rita", &from).await?;
        let user = self.user(Who::of(OFFICE.0, "quinn")).await?;
        let whom = Whom { tenant: OFFICE.0, user };
        let wanted = (self.now.plus_secs(9 * DAY), "On leave until next week");
        deadline::set(&self.app, &from, &olga, &whom, wanted).await.map(drop).map_err(Failure::failed)
    }

    /// Reminders go out; one of them does not get through.
    async fn last_hour(&self) -> Result<(), Failure> {
        self.clock.go_to(self.now.plus_secs(-65 * MINUTE));
        let from = client(10, FIREFOX);
        let olga = self.sign_in(OLGA, &from).await?;
        remind::send(&self.app, &from, &olga, OFFICE.0, None).await.map_err(Failure::failed)?;
        self.clock.go_to(self.now.plus_secs(-2 * MINUTE));
        Ok(seed::keep_failing(&self.app, "450 4.2.1 the mailbox is busy").await?)
    }

    /// Somebody invites somebody to their own organisation.
    async fn invite(&self, by: Who, username: &str, from: &Client) -> Result<Arc<Caller>, Failure> {
        let (tenant, caller) = (by.tenant, self.sign_in(by, from).await?);
        let wanted = NewPerson {
            username: username.to_owned(),
            email: Some(format!("{username}@{tenant}.example")),
            display_name: None,
            password: None,
            role: if tenant == SYSTEM { Role::Owner } else { Role::Member },
        };
        people::create(&self.app, from, &caller, tenant, wanted).await.map_err(Failure::failed)?;
        Ok(caller)
    }

    async fn sign_in(&self, who: Who, from: &Client) -> Result<Arc<Caller>, Failure> {
        let now = self.clock.now();
        let code = self.apps.get(&who).map(|enrollment| enrollment.app.code_at(step_at(now)));
        let credentials = credentials(who, self.account(who)?.password.clone(), code);
        let outcome = login::with_password(&self.app, from, credentials, Target::API).await;
        let Outcome::Done(done) = outcome.map_err(Failure::failed)? else { return Err(astray(who)) };
        let caller = sessions::by_bearer(&self.app, &login::expose(&done.issued.token)).await?;
        caller.ok_or_else(|| astray(who))
    }

    async fn mistype(&self, who: Who, from: &Client) -> Result<(), Failure> {
        let credentials = credentials(who, "not my password".to_owned().into(), None);
        // That it is refused is what there is to see.
        let _ = login::with_password(&self.app, from, credentials, Target::API).await;
        Ok(())
    }

    fn account(&self, who: Who) -> Result<&Account, Failure> {
        self.accounts.iter().find(|account| account.person.who == who).ok_or_else(|| astray(who))
    }

    async fn user(&self, who: Who) -> Result<UserId, Failure> {
        let users = operator::list_users(&self.app, who.tenant, None, 100).await?;
        let found = users.iter().find(|user| user.username == who.username);
        found.map(|user| UserId(user.id)).ok_or_else(|| astray(who))
    }
}

/// At which second of its day something happens, so that not all happens at the same: within eleven hours.
fn time_of_day(ago: i64) -> i64 {
    ago * 7919 % (11 * 3600)
}

/// Somebody who enrols an app.
struct Enrolling {
    who: Who,
    /// Whether they say that their recovery codes are saved.
    codes_saved: bool,
}

/// Who enrols so many days ago.
fn enrolling(ago: i64) -> Vec<Enrolling> {
    let of_demo = |username| Enrolling { who: Who::of(DEMO.0, username), codes_saved: true };
    match ago {
        34 => vec![Enrolling { who: OTTO, codes_saved: true }, of_demo("maria")],
        31 => vec![Enrolling { who: OLGA, codes_saved: true }],
        27 => vec![of_demo("anton")],
        20 => vec![of_demo("helene")],
        16 => vec![of_demo("alice")],
        10 => vec![Enrolling { codes_saved: false, ..of_demo("dora") }],
        _ => Vec::new(),
    }
}

fn credentials(who: Who, password: SecretString, code: Option<String>) -> Credentials {
    Credentials { tenant: who.tenant.to_owned(), username: who.username.to_owned(), password, code }
}

/// Somewhere in a network that is nobody's (RFC 5737).
fn client(host: u8, user_agent: &str) -> Client {
    let address = IpAddr::V4(Ipv4Addr::new(192, 0, 2, host));
    Client { user_agent: user_agent.to_owned(), ..Client::at(address) }
}

fn astray(who: Who) -> Failure {
    let Who { tenant, username } = who;
    Failure::failed(format_args!("the demo cannot be filled: {tenant}/{username} is not as expected"))
}
