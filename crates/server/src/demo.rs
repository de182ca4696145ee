//! `twinlock demo`: a server whose data may be thrown away, with accounts that work at once, a past, and mails to read.

mod folder;
mod people;
mod printed;
mod story;

use std::{
    collections::HashMap,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    sync::Arc,
};

use tracing::{instrument::WithSubscriber, subscriber::NoSubscriber};
use twinlock_core::clock::Clock;
use twinlock_web::Demo;

use self::{
    folder::Folder,
    people::Account,
    story::{PastClock, Secrets, Story},
};
use crate::{
    cli::{self, Place},
    config::{DEFAULT_LISTEN, Database, Level, Mail, MetricsListen, Settings},
    failure::Failure,
    http, output,
    serve::Ground,
    system::SystemClock,
    telemetry,
};

/// Runs until it is told to stop, then throws everything away unless a folder was named.
pub async fn demo(place: &Place, options: cli::Demo) -> Result<(), Failure> {
    let folder = Folder::make(place.data.as_deref())?;
    let mut settings =
        Settings::load(&Place { data: Some(folder.path.clone()), ..place.clone() }, options.listen)?;
    make_harmless(&mut settings, &folder.path);
    telemetry::start_log(settings.log);
    settings.listen = Some(listen(&settings, options.allow_remote).await?);
    folder.empty()?;

    let accounts = people::everybody();
    let ground = Ground::prepare(&settings, true).await?;
    let secrets = fill(&ground, &settings, &accounts).await?;
    let server = ground.build(&settings, None, Some(shown())).await?;
    printed::print(&server.app.config().public_url, &accounts, &secrets, &folder.path.join(OUTBOX));
    let outcome = server.run().await;
    folder.remove();
    outcome
}

/// Where the files of mails are, in the folder.
const OUTBOX: &str = "outbox";

/// Fills an empty database with people and their past. Answers the secrets of their apps.
async fn fill(ground: &Ground, settings: &Settings, accounts: &[Account]) -> Result<Secrets, Failure> {
    let now = SystemClock.now();
    let clock = Arc::new(PastClock::before(now));
    let under = Arc::clone(&clock) as Arc<dyn Clock>;
    let app = ground.foundation.app_under(settings, ground.public_url.clone(), under).await?;
    let mut story = Story { app, clock, now, accounts, apps: HashMap::new() };
    // What the log would say of the past is no news, and the clock leaps in it.
    let secrets = story.tell().with_subscriber(NoSubscriber::default()).await?;
    story.app.settle().await;
    Ok(secrets)
}

/// What pages show of a demo, and of no other server.
fn shown() -> Demo {
    Demo { mails: Arc::default(), home: people::DEMO.0.to_owned() }
}

/// A demo neither touches a database or keys that somebody needs, nor sends mail to anybody.
fn make_harmless(settings: &mut Settings, folder: &Path) {
    settings.database = Database::Sqlite(folder.join("twinlock.db"));
    settings.keys = folder.join("keys");
    settings.mail = Mail::Directory(folder.join(OUTBOX));
    settings.mfa_enabled = true;
    if matches!(settings.metrics, MetricsListen::Try(_)) {
        settings.metrics = MetricsListen::Off;
    }
    // The table is what people look for on their screen.
    if settings.log.level == Level::default() {
        settings.log.level = Level::Warn;
    }
}

/// Where to listen. The passwords are on the screen and the data is worth nothing, but whoever reaches
/// the server is inside this machine's network.
async fn listen(settings: &Settings, allow_remote: bool) -> Result<SocketAddr, Failure> {
    match settings.listen {
        Some(address) if !address.ip().is_loopback() && !allow_remote => Err(Failure::setup(format!(
            "a demo listens on this machine only: --allow-remote lets others reach {address}"
        ))),
        Some(address) => Ok(address),
        None if http::bind(DEFAULT_LISTEN).await.is_ok() => Ok(DEFAULT_LISTEN),
        None => {
            output::say(format_args!("{DEFAULT_LISTEN} is taken: the demo takes a port that is free"));
            Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
        }
    }
}
