//! A PgBouncer of a test's own.

use std::{
    env,
    fs::{self, Permissions},
    io::{BufRead, BufReader},
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread,
};

use tempfile::TempDir;

use super::database::Database;

/// Runs until it is dropped.
pub struct PgBouncer {
    child: Child,
    /// `127.0.0.1:PORT`.
    pub address: String,
    _folder: TempDir,
}

/// The program: Debian's, or the one that `TWINLOCK_TEST_PGBOUNCER` names.
fn program() -> PathBuf {
    let named = env::var_os("TWINLOCK_TEST_PGBOUNCER").map(PathBuf::from);
    named.unwrap_or_else(|| "/usr/sbin/pgbouncer".into())
}

/// Its version, as (1, 18).
pub fn version() -> (u32, u32) {
    let output =
        Command::new(program()).arg("--version").output().expect("scripts/test tools installs PgBouncer");
    let text = String::from_utf8(output.stdout).unwrap();
    let mut numbers = text.lines().next().unwrap().trim_start_matches("PgBouncer ").split('.');
    let mut next = || numbers.next().unwrap().trim().parse().unwrap();
    (next(), next())
}

impl PgBouncer {
    /// One in front of a database, with more lines of settings.
    pub fn before(database: &Database, settings: &str) -> Self {
        for _ in 0..5 {
            if let Some(started) = Self::start(database, settings) {
                return started;
            }
        }
        panic!("PgBouncer does not start with {settings}");
    }

    /// None where somebody else took the port first.
    fn start(database: &Database, settings: &str) -> Option<Self> {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pgbouncer.ini");
        let (host, server_port) = database.place().split_once(':').unwrap();
        let (name, password) = (&database.name, Database::password());
        let text = format!(
            "[databases]\n{name} = host={host} port={server_port} user={name} password={password}\n\
             [pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\n{settings}\n"
        );
        fs::write(&file, text).unwrap();
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        let mut command = Command::new(program());
        // It refuses to run as root; the user is one that PostgreSQL's package brings.
        if rustix::process::getuid().is_root() {
            command.args(["-u", "postgres"]);
        }
        command.arg(&file).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("scripts/test tools installs PgBouncer");
        let mut log = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        let listens = log.any(|line| line.contains("process up"));
        thread::spawn(move || log.for_each(drop));
        let started = Self { child, address: format!("127.0.0.1:{port}"), _folder: folder };
        listens.then_some(started)
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
