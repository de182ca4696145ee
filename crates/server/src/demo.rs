//! `twinlock demo`: a server whose data may be thrown away, with accounts that work at once.

use std::{
    collections::HashMap,
    fs, io,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
};

use secrecy::{ExposeSecret, SecretString};
use tempfile::TempDir;
use tokio::task::JoinSet;
use twinlock_core::{entropy::uniform_below, user::Role};
use twinlock_service::{
    App, Internal,
    bootstrap::{TenantSeed, UserSeed},
    seed,
};

use crate::{
    cli::{self, Place},
    config::{DEFAULT_LISTEN, Database, Level, Mail, MetricsListen, Settings},
    data::{self, Claim},
    failure::Failure,
    http, output,
    serve::Server,
    system::SystemEntropy,
    telemetry,
};

/// The tenant's id and name.
const TENANT: (&str, &str) = ("demo", "Demo organisation");
/// Who is there: user name, name, role, and whether an authenticator app is enrolled.
const PEOPLE: [(&str, &str, Role, bool); 6] = [
    ("maria", "Maria Owner", Role::Owner, true),
    ("anton", "Anton Admin", Role::Admin, true),
    ("helene", "Helene Helpdesk", Role::Helpdesk, true),
    ("alice", "Alice Member", Role::Member, true),
    ("bob", "Bob Member", Role::Member, false),
    ("carol", "Carol Member", Role::Member, false),
];
/// Letters and digits that are not mistaken for each other: 5 bits each.
const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz123456789";

/// Runs until it is told to stop, then throws everything away unless a folder was named.
pub async fn demo(place: &Place, options: cli::Demo) -> Result<(), Failure> {
    let folder = Folder::make(place.data.as_deref())?;
    let mut settings =
        Settings::load(&Place { data: Some(folder.path.clone()), ..place.clone() }, options.listen)?;
    make_harmless(&mut settings, &folder.path);
    telemetry::start_log(settings.log);
    settings.listen = Some(listen(&settings, options.allow_remote).await?);
    folder.empty()?;

    let (tenants, passwords) = seeds();
    let server = Server::prepare(&settings, Some(tenants)).await?;
    print_table(&server.app, &passwords).await?;
    let outcome = server.run().await;
    folder.remove();
    outcome
}

/// A demo neither touches a database or keys that somebody needs, nor sends mail to anybody.
fn make_harmless(settings: &mut Settings, folder: &Path) {
    settings.database = Database::Sqlite(folder.join("twinlock.db"));
    settings.keys = folder.join("keys");
    settings.mail = Mail::Directory(folder.join("outbox"));
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
        None => Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))),
    }
}

/// Tenant and people, and the people's passwords in their order.
fn seeds() -> (Vec<TenantSeed>, Vec<SecretString>) {
    let passwords: Vec<SecretString> = PEOPLE.iter().map(|_| fresh_password()).collect();
    let users = PEOPLE.iter().zip(&passwords).map(|((username, name, role, _), password)| UserSeed {
        username: (*username).to_owned(),
        email: Some(format!("{username}@demo.example")),
        password: password.clone(),
        role: *role,
        display_name: Some((*name).to_owned()),
        created_at: None,
    });
    let tenant = TenantSeed {
        id: TENANT.0.to_owned(),
        name: TENANT.1.to_owned(),
        mfa_required_for_admins: false,
        users: users.collect(),
    };
    (vec![tenant], passwords)
}

/// Four groups of four: 80 bits.
fn fresh_password() -> SecretString {
    let mut text = String::with_capacity(19);
    for place in 0..16 {
        if place > 0 && place % 4 == 0 {
            text.push('-');
        }
        let letter = usize::try_from(uniform_below(&SystemEntropy, 32)).unwrap_or_default();
        text.push(ALPHABET.get(letter).copied().map_or('a', char::from));
    }
    text.into()
}

/// Prints everybody, with the secret of who has an app.
async fn print_table(app: &Arc<App>, passwords: &[SecretString]) -> Result<(), Failure> {
    let secrets = enrol(app).await?;
    output::say(format_args!(
        "tenant {} ({}), signed in to at {}",
        TENANT.0,
        TENANT.1,
        app.config().public_url
    ));
    output::say(row(["user name", "role", "password", "authenticator app: secret"]));
    for ((username, _, role, _), password) in PEOPLE.iter().zip(passwords) {
        let secret = secrets.get(username).map_or("(none)", |secret| secret.expose_secret());
        output::say(row([username, role.as_str(), password.expose_secret(), secret]));
    }
    output::say("a code of the moment: oathtool --totp --base32 SECRET");
    print_calls(app, passwords);
    Ok(())
}

/// Who tries the API first: they have a password and no second factor yet.
const CALLER: &str = "bob";

/// The first calls, ready to be pasted into another terminal.
fn print_calls(app: &App, passwords: &[SecretString]) {
    let base = app.config().public_url.as_str().trim_end_matches('/');
    let password = PEOPLE.iter().zip(passwords).find(|(person, _)| person.0 == CALLER);
    let Some((_, password)) = password else { return };
    let password = password.expose_secret();
    let body =
        format!(r#"{{"tenant_id": "{}", "username": "{CALLER}", "password": "{password}"}}"#, TENANT.0);
    let login = format!("curl -s {base}/api/v1/auth/login --json '{body}'");
    let token = r#"sed 's/.*"token":"\([^"]*\).*/\1/'"#;
    output::say(
        "the API, from another terminal: sign in, keep the answer's token, who am I, begin to enrol an app",
    );
    output::say(format_args!("  {login}"));
    output::say(format_args!("  token=$({login} | {token})"));
    output::say(format_args!("  curl -s {base}/api/v1/auth/session -H \"Authorization: Bearer $token\""));
    output::say(format_args!(
        "  curl -s -X POST {base}/api/v1/mfa/setup -H \"Authorization: Bearer $token\""
    ));
}

/// Enrols who has an app, all at once: hashing their recovery codes takes most of the start. Answers the
/// secrets by user name.
async fn enrol(app: &Arc<App>) -> Result<HashMap<&'static str, SecretString>, Failure> {
    let mut running = JoinSet::new();
    for (username, _, _, _) in PEOPLE.iter().filter(|(.., has_app)| *has_app) {
        let app = Arc::clone(app);
        running.spawn(async move {
            let enrolment = seed::authenticator_app(&app, TENANT.0, username).await?;
            Ok::<_, Internal>((*username, enrolment.secret))
        });
    }
    let mut secrets = HashMap::new();
    while let Some(done) = running.join_next().await {
        let (username, secret) = done.map_err(Failure::failed)??;
        secrets.insert(username, secret);
    }
    Ok(secrets)
}

fn row(cells: [&str; 4]) -> String {
    let [username, role, password, secret] = cells;
    format!("  {username:<10} {role:<9} {password:<20} {secret}").trim_end().to_owned()
}

/// Where a demo keeps its data: a folder of its own that ends with it, or a named one that is marked.
struct Folder {
    path: PathBuf,
    own: Option<TempDir>,
}

impl Folder {
    fn make(named: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = named else {
            let own = tempfile::Builder::new().prefix("twinlock-demo-").tempdir().map_err(Failure::failed)?;
            data::mark_demo(own.path())?;
            return Ok(Self { path: own.path().to_owned(), own: Some(own) });
        };
        if is_occupied(path).map_err(|error| data::at(path, &error))? && !data::is_demo(path) {
            let folder = path.display();
            return Err(Failure::setup(format!(
                "{folder} is not empty and not a demo's: choose another folder"
            )));
        }
        data::make_folder(path)?;
        data::mark_demo(path)?;
        Ok(Self { path: path.to_owned(), own: None })
    }

    /// Throws away what an earlier demo left here; one that still runs is not disturbed.
    fn empty(&self) -> Result<(), Failure> {
        let database = self.path.join("twinlock.db");
        let _claim = Claim::alone(&database)?;
        for name in ["twinlock.db", "twinlock.db-wal", "twinlock.db-shm"] {
            ignore_missing(fs::remove_file(self.path.join(name)))?;
        }
        for name in ["keys", "outbox"] {
            ignore_missing(fs::remove_dir_all(self.path.join(name)))?;
        }
        Ok(())
    }

    fn remove(self) {
        if let Some(error) = self.own.and_then(|own| own.close().err()) {
            tracing::warn!(%error, folder = %self.path.display(), "the demo's folder is left behind");
        }
    }
}

fn is_occupied(path: &Path) -> io::Result<bool> {
    match fs::read_dir(path) {
        Ok(mut entries) => Ok(entries.next().is_some()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn ignore_missing(outcome: io::Result<()>) -> Result<(), Failure> {
    match outcome {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Failure::failed(error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use twinlock_core::password;

    use super::*;

    #[test]
    fn passwords_are_fresh_and_pass_the_rules() {
        let (one, other) = (fresh_password(), fresh_password());
        assert_ne!(one.expose_secret(), other.expose_secret());
        assert!(password::check(one.expose_secret(), password::DEFAULT_MIN_LENGTH, &["maria"]).is_ok());
    }

    #[test]
    fn a_folder_with_somebodys_files_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("twinlock.db"), "precious").unwrap();
        assert_eq!(Folder::make(Some(dir.path())).err().unwrap().code(), 2);
        assert!(!data::is_demo(dir.path()));
    }

    #[test]
    fn a_demos_own_folder_is_used_again_and_emptied() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("demo");
        Folder::make(Some(&path)).unwrap().empty().unwrap();
        fs::write(path.join("twinlock.db"), "old").unwrap();
        Folder::make(Some(&path)).unwrap().empty().unwrap();
        assert!(data::is_demo(&path) && !path.join("twinlock.db").exists());
    }
}
