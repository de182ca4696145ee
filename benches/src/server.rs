//! The server under test: the real binary, with a database of its own.

use std::{
    ffi::OsStr,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::Options;

/// The password of every account.
pub const PASSWORD: &str = "correct horse battery";

/// Two tenants with one member each, one of them with an owner, too.
const SEED: &str = r#"
[[tenant]]
id = "demo"
name = "Demo"
[[tenant.user]]
username = "owner"
password = "correct horse battery"
role = "owner"
[[tenant.user]]
username = "member"
password = "correct horse battery"
role = "member"
[[tenant]]
id = "other"
name = "Other"
[[tenant.user]]
username = "stranger"
password = "correct horse battery"
role = "member"
"#;

/// How a server differs from one with default settings.
#[derive(Clone, Copy, Default)]
pub struct Mode {
    /// Password hashes cost next to nothing: what is measured is something else.
    pub cheap_hashes: bool,
    /// Requests come through a proxy, so that every one can have its own address and no limit is met.
    pub behind_proxy: bool,
}

impl Mode {
    /// Password hashes cost next to nothing.
    pub const CHEAP: Self = Self { cheap_hashes: true, behind_proxy: false };
}

/// A folder with a database that was filled.
pub struct Site<'a> {
    options: &'a Options,
    mode: Mode,
    folder: TempDir,
}

impl<'a> Site<'a> {
    /// Lets the server make a database, with the accounts `owner` and `member` of `demo` and `stranger` of
    /// `other`.
    pub fn make(options: &'a Options, mode: Mode) -> Self {
        let folder = tempfile::Builder::new().prefix("twinlock-bench-").tempdir_in(&options.scratch);
        let site = Self { options, mode, folder: folder.expect("a folder") };
        let file = site.folder.path().join("seed.toml");
        std::fs::write(&file, SEED).expect("the seed");
        drop(site.spawn(&["--bootstrap".as_ref(), file.as_os_str()]));
        site
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Starts a server here.
    pub fn start(&self) -> Server {
        self.spawn(&[])
    }

    fn spawn(&self, more: &[&OsStr]) -> Server {
        let mut command = Command::new(&self.options.server);
        command.arg("serve").arg("--data").arg(self.data()).args(["--listen", "127.0.0.1:0"]).args(more);
        command.env("TWINLOCK_LOG__LEVEL", "error").env("TWINLOCK_METRICS__LISTEN", "127.0.0.1:0");
        if self.mode.cheap_hashes {
            command.env("TWINLOCK_HASHING__MEMORY_KIB", "8").env("TWINLOCK_HASHING__PASSES", "1");
            command.env("TWINLOCK_HASHING__INSECURE", "true");
        }
        if self.mode.behind_proxy {
            command.env("TWINLOCK_SERVER__TRUSTED_PROXIES", "127.0.0.1/32");
        }
        Server::run(command)
    }
}

/// A running server.
pub struct Server {
    child: Child,
    /// `127.0.0.1:PORT`.
    pub host: String,
    /// From start to the first 200 of `/readyz`.
    pub took: Duration,
}

impl Server {
    fn run(mut command: Command) -> Self {
        let started = Instant::now();
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the server");
        let lines = BufReader::new(child.stdout.take().expect("standard output")).lines();
        let line = lines.map_while(Result::ok).find(|line| line.contains("listening on "));
        let line = line.expect("the line that says it listens");
        let host = line.rsplit("http://").next().expect("an address").trim().to_owned();
        while !is_ready(&host) {}
        Self { child, host, took: started.elapsed() }
    }

    /// The port, which is part of the address that people see.
    pub fn port(&self) -> &str {
        self.host.rsplit(':').next().unwrap_or_default()
    }

    /// Resident memory in bytes: all of it, and the part that is not the binary itself.
    pub fn resident(&self) -> (f64, f64) {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let kib = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or("0 kB");
            line.split_whitespace().next().and_then(|kib| kib.parse::<f64>().ok()).unwrap_or(0.0)
        };
        (kib("VmRSS:") * 1024.0, kib("RssAnon:") * 1024.0)
    }
}

/// Asks over a plain socket: a client library would be part of what is measured.
fn is_ready(host: &str) -> bool {
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(host)?;
        write!(stream, "GET /readyz HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    ask().is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"))
}

impl Drop for Server {
    fn drop(&mut self) {
        // SIGTERM, so that the database is closed in good order.
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}
