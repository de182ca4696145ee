//! `twinlock serve`: from settings to a running server, and its orderly end.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use metrics_exporter_prometheus::PrometheusHandle;
use tokio::{
    net::TcpListener,
    signal::unix::{Signal, SignalKind, signal},
    task::JoinSet,
    time::timeout,
};
use tokio_util::sync::CancellationToken;
use twinlock_core::{
    audit::{ActorKind, EventKind},
    clock::Clock,
    ids::EventId,
};
use twinlock_service::{
    App, audit_log,
    bootstrap::{self, BootstrapError, TenantSeed},
    clock_guard,
    mail::{Postman, default_from},
    sessions, setup,
};
use twinlock_store::{MigrationState, Store, audit, backup, migration_state, tenants, users};
use twinlock_web::{Demo, WebState, http::HttpConfig};
use url::Url;

use crate::{
    background, cli,
    config::{Mail, MetricsListen, Settings, public_url_warnings},
    data,
    failure::Failure,
    foundation::{Foundation, newer},
    http, output, seeds,
    system::{SystemClock, SystemEntropy},
    telemetry,
};

/// How long a stop waits for work in the background, and then for the database to close. Together with
/// [`http::DRAIN`] it stays below ten seconds.
const SETTLE: Duration = Duration::from_millis(750);

/// Connections at the same time of what monitors the server; their files are none of those that people use.
const MONITORS: usize = 16;

/// Runs until it is told to stop.
pub async fn serve(place: &cli::Place, options: cli::Serve) -> Result<(), Failure> {
    let settings = Settings::load(place, options.listen)?;
    telemetry::start_log(settings.log);
    if data::is_demo(&settings.data) {
        let folder = settings.data.display();
        return Err(Failure::setup(format!(
            "{folder} belongs to `twinlock demo`: choose another data folder"
        )));
    }
    let seeds = options.bootstrap.as_deref().map(seeds::read).transpose()?;
    let ground = Ground::prepare(&settings, seeds.is_some()).await?;
    let server = ground.build(&settings, seeds, None).await?;
    if let Some(link) = setup::offer(&server.app).await? {
        output::say(format_args!("create the first account at {link}"));
    }
    server.run().await
}

/// A server that listens but does not answer yet.
pub struct Server {
    /// The application.
    pub app: Arc<App>,
    foundation: Foundation,
    listener: TcpListener,
    address: SocketAddr,
    operations: Option<TcpListener>,
    room: http::Room,
    web: WebState,
    postman: Postman,
    metrics: PrometheusHandle,
}

/// What a server is built on: everything that can be in the way was looked at, and the database is open.
pub struct Ground {
    /// The database.
    pub foundation: Foundation,
    /// The address that people use.
    pub public_url: Url,
    listener: TcpListener,
    address: SocketAddr,
    operations: Option<TcpListener>,
    http: HttpConfig,
    postman: Postman,
    metrics: PrometheusHandle,
}

impl Ground {
    /// The listener comes first: with port 0 only it knows the address that links are made of. Nothing is
    /// made before the settings have been looked at, nor in a database that is to be filled and is not empty.
    pub async fn prepare(settings: &Settings, to_be_filled: bool) -> Result<Self, Failure> {
        let listener = http::bind(settings.listen()).await?;
        let address = listener.local_addr().map_err(Failure::setup)?;
        let operations = bind_operations(settings.metrics).await?;
        let public_url = settings.public_url(address.port())?;
        tell_about_address(settings, address, &public_url);
        for name in &settings.insecure {
            tracing::warn!("{name} is true: what it lets pass is for tests and closed networks");
        }
        let http = HttpConfig::new(public_url.clone(), address, settings.trusted_proxies.clone())
            .map_err(Failure::setup)?
            .believing(settings.forwarded_header);
        let postman = postman(settings, &public_url)?;
        let metrics = telemetry::start_metrics()?;
        let foundation = open(settings, to_be_filled).await?;
        Ok(Self { foundation, public_url, listener, address, operations, http, postman, metrics })
    }

    /// Does everything else that can fail, and fills the database with `seeds`: the rest is answering.
    pub async fn build(
        self,
        settings: &Settings,
        seeds: Option<Vec<TenantSeed>>,
        demo: Option<Demo>,
    ) -> Result<Server, Failure> {
        let Self { foundation, public_url, listener, address, operations, http, mut postman, metrics } = self;
        if let Some(demo) = &demo {
            postman = postman.shelving(Arc::clone(&demo.mails));
        }
        let app = foundation.app(settings, public_url, settings.hashing).await?;
        clock_guard::resume(&app).await?;
        if let Some(seeds) = seeds {
            bootstrap::fill(&app, seeds).await.map_err(bootstrap_failure)?;
        }
        if !settings.mfa_enabled {
            note_second_factors_off(&foundation.store).await?;
        }
        // What was made so far is in the file, not beside it.
        backup::checkpoint(&foundation.store).await?;
        let web = WebState::showing(Arc::clone(&app), http, metrics.clone(), demo)?;
        let room = settings.room.clone();
        Ok(Server { app, foundation, listener, address, operations, room, web, postman, metrics })
    }
}

impl Server {
    /// Answers until SIGTERM or SIGINT, then ends in order.
    pub async fn run(self) -> Result<(), Failure> {
        let Self { app, foundation, listener, address, operations, room, web, postman, metrics } = self;
        let mut signals = Signals::listen()?;
        let stop = CancellationToken::new();
        let mut servers = JoinSet::new();
        if let Some(operations) = operations {
            let room = http::Room::of(MONITORS, MONITORS, Vec::new());
            servers.spawn(http::serve(operations, twinlock_web::operations(&web), room, stop.clone()));
        }
        servers.spawn(http::serve(listener, twinlock_web::router(web), room, stop.clone()));
        let chores = background::start(&app, postman, metrics, &stop);
        output::say(format_args!("listening on http://{address}"));
        tracing::info!(version = env!("CARGO_PKG_VERSION"), %address, "started");

        signals.wait().await;
        tracing::info!("stopping");
        stop.cancel();
        servers.join_all().await;
        let settled = async {
            app.settle().await;
            chores.wait().await;
        };
        if timeout(SETTLE, settled).await.is_err() {
            tracing::warn!("work in the background was cut off");
        }
        let closed = async {
            if let Err(error) = sessions::flush_touches(&app).await {
                tracing::warn!(%error, "the last use of sessions was not written");
            }
            if let Err(error) = audit_log::flush(&app).await {
                tracing::warn!(%error, "the last refusals are not in the audit log");
            }
            if let Err(error) = clock_guard::note(&app).await {
                tracing::warn!(%error, "the time was not written down");
            }
            foundation.close().await
        };
        timeout(SETTLE, closed).await.unwrap_or(Ok(()))
    }
}

/// What ends the server.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn listen() -> Result<Self, Failure> {
        let on = |kind| signal(kind).map_err(Failure::failed);
        Ok(Self { terminate: on(SignalKind::terminate())?, interrupt: on(SignalKind::interrupt())? })
    }

    async fn wait(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

async fn bind_operations(listen: MetricsListen) -> Result<Option<TcpListener>, Failure> {
    let listener = match listen {
        MetricsListen::Off => None,
        MetricsListen::At(address) => Some(http::bind(address).await?),
        // Another server on this machine may have it; nobody asked for this very port.
        MetricsListen::Try(address) => match http::bind(address).await {
            Ok(listener) => Some(listener),
            Err(why) => {
                tracing::warn!(%why, "no metrics: set metrics.listen to another address, or to off");
                None
            }
        },
    };
    if let Some(address) = listener.as_ref().and_then(|listener| listener.local_addr().ok()) {
        tracing::info!("metrics at http://{address}/metrics");
    }
    Ok(listener)
}

fn tell_about_address(settings: &Settings, address: SocketAddr, public_url: &Url) {
    for warning in public_url_warnings(public_url) {
        output::warn(warning);
    }
    if settings.public_url.is_none() && !address.ip().is_loopback() {
        output::warn(format_args!(
            "server.public_url is not set: other machines are answered only once it names the address \
             they use"
        ));
    }
}

fn postman(settings: &Settings, public_url: &Url) -> Result<Postman, Failure> {
    let from = settings.mail_from.clone().unwrap_or_else(|| default_from(public_url));
    let postman = match &settings.mail {
        Mail::Smtp(server) => Postman::smtp(server, public_url, &from),
        Mail::Directory(directory) => Postman::directory(directory, &from),
    };
    postman.map_err(Failure::setup)
}

/// Opens the database. One that is to be filled must be empty before anything in it is changed.
async fn open(settings: &Settings, to_be_filled: bool) -> Result<Foundation, Failure> {
    if to_be_filled {
        let foundation = Foundation::open(settings).await?;
        match migration_state(&foundation.store).await? {
            MigrationState::Empty => {}
            MigrationState::Newer => return Err(newer()),
            MigrationState::Behind | MigrationState::Current => {
                if tenants::any(&foundation.store).await? {
                    return Err(bootstrap_failure(BootstrapError::NotEmpty));
                }
            }
        }
        foundation.close().await?;
    }
    Foundation::current(settings).await
}

/// The failure of a database that could not be filled.
pub fn bootstrap_failure(error: BootstrapError) -> Failure {
    match error {
        BootstrapError::Internal(error) => error.into(),
        BootstrapError::NotEmpty | BootstrapError::Invalid { .. } => {
            Failure::setup(format!("--bootstrap: {error}; nothing was changed"))
        }
    }
}

/// Whoever switched second factors off by mistake must not learn of it from a burglar.
async fn note_second_factors_off(store: &Store) -> Result<(), Failure> {
    if !users::anybody_enrolled(store).await? {
        return Ok(());
    }
    output::warn(
        "mfa.enabled is false, but people have enrolled second factors: their passwords alone open their \
         accounts now",
    );
    let now = SystemClock.now();
    let event = audit::Event::of_server(
        EventId::new(now, &SystemEntropy),
        now,
        ActorKind::System,
        EventKind::ServerMfaOff,
    );
    let tx = store.begin().await?;
    audit::append(&tx, &event).await?;
    Ok(tx.commit().await?)
}
