//! The server under test: the real binary, with a database of its own.

use std::{
    fmt::Write as _,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::load::{Connection, Shot};

/// The password of every account.
pub const PASSWORD: &str = "correct horse battery";

/// A running server.
pub struct Server {
    child: Child,
    /// `127.0.0.1:PORT`.
    pub host: String,
    /// From start to the line that says it listens.
    pub took: Duration,
}

/// A folder with a bootstrapped database.
pub fn folder(binary: &Path, users: usize, cheap_hashes: bool) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let mut seed = String::from("[[tenant]]\nid = \"demo\"\nname = \"Demo\"\n");
    for number in 0..users {
        let _ = write!(
            seed,
            "[[tenant.user]]\nusername = \"user{number}\"\npassword = \"{PASSWORD}\"\nrole = \"member\"\n"
        );
    }
    let file = folder.path().join("seed.toml");
    std::fs::write(&file, seed).expect("the seed");
    let bootstrap = ["--bootstrap".as_ref(), file.as_os_str()];
    drop(Server::spawn(binary, folder.path(), cheap_hashes, &bootstrap));
    folder
}

impl Server {
    /// Starts on an existing folder.
    pub fn start(binary: &Path, folder: &Path, cheap_hashes: bool) -> Self {
        Self::spawn(binary, folder, cheap_hashes, &[])
    }

    fn spawn(binary: &Path, folder: &Path, cheap_hashes: bool, more: &[&std::ffi::OsStr]) -> Self {
        let started = Instant::now();
        let mut command = Command::new(binary);
        command
            .arg("serve")
            .arg("--data")
            .arg(folder.join("data"))
            .args(["--listen", "127.0.0.1:0"])
            .args(more);
        command.env("TWINLOCK_LOG__LEVEL", "error").env("TWINLOCK_METRICS__LISTEN", "127.0.0.1:0");
        if cheap_hashes {
            command.env("TWINLOCK_HASHING__MEMORY_KIB", "8").env("TWINLOCK_HASHING__PASSES", "1");
        }
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the server");
        let lines = BufReader::new(child.stdout.take().expect("standard output")).lines();
        let line = lines.map_while(Result::ok).find(|line| line.contains("listening on "));
        let line = line.expect("the line that says it listens");
        let host = line.rsplit("http://").next().expect("an address").trim().to_owned();
        Self { child, host, took: started.elapsed() }
    }

    /// Resident memory in bytes.
    pub fn resident(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("0 kB");
        line.split_whitespace().next().and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) * 1024
    }

    /// A bearer token of a user without a second factor.
    pub async fn token(&self, user: usize) -> String {
        let (status, body) = Connection::open(&self.host).await.fire(&login(user)).await;
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
        text(&body, "token")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // SIGTERM, so that the database is closed in good order.
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}

/// A password sign-in.
pub fn login(user: usize) -> Shot {
    let body = serde_json::json!({
        "tenant_id": "demo", "username": format!("user{user}"), "password": PASSWORD,
    });
    Shot { method: "POST", path: "/api/v1/auth/login".into(), token: None, body: body.to_string() }
}

/// A string member of a JSON body.
pub fn text(body: &[u8], member: &str) -> String {
    let json: serde_json::Value = serde_json::from_slice(body).expect("JSON");
    json[member].as_str().unwrap_or_else(|| panic!("no {member} in {json}")).to_owned()
}
