//! The real program, started and asked as an operator does.

use std::{
    env,
    ffi::OsStr,
    fs,
    io::{BufRead, BufReader, Read, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, ChildStderr, ChildStdout, Command, Output, Stdio},
    thread::{self, JoinHandle},
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;
use twinlock_store::Store;
use twinlock_testkit::invariants;

/// Two people of a tenant.
pub const PEOPLE: &str = r#"
[[tenant]]
id = "demo"
name = "Demo organisation"

[[tenant.user]]
username = "maria"
email = "maria@demo.example"
password = "correct horse battery"
role = "owner"
created_at = 2026-01-05T09:00:00Z

[[tenant.user]]
username = "bob"
password = "bob's own password"
role = "member"
"#;

/// The address that servers of the tests are reached at, for what they say of themselves.
pub const PUBLIC_URL: &str = "http://localhost:8080";

/// The program with these arguments, with nothing of ours in its environment but cheap hashes.
pub fn twinlock<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_twinlock"));
    for (name, _) in env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("TWINLOCK_")) {
        command.env_remove(name);
    }
    command
        .args(arguments)
        .env("TWINLOCK_HASHING__MEMORY_KIB", "64")
        .env("TWINLOCK_HASHING__PASSES", "1")
        .env("TWINLOCK_HASHING__INSECURE", "true")
        .env("TWINLOCK_METRICS__LISTEN", "off");
    piped(command)
}

/// The same command, read by the test.
pub fn piped(mut command: Command) -> Command {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A folder for one test.
pub struct Home(TempDir);

impl Home {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A path in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A file in the folder.
    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, text).unwrap();
        path
    }

    /// A command on the data in this folder.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = twinlock(arguments);
        command.arg("--data").arg(self.path("data"));
        command
    }

    /// Runs a command to its end.
    pub fn run(&self, arguments: &[&str]) -> Ended {
        Ended::of(self.command(arguments))
    }

    /// Runs a command that must succeed; its standard output.
    pub fn done(&self, arguments: &[&str]) -> String {
        self.run(arguments).succeeded()
    }

    /// A server on these data.
    pub fn serve(&self, arguments: &[&str]) -> Server {
        let mut command = self.command(&["serve", "--listen", "127.0.0.1:0"]);
        // Tokens are for this address, whichever port a later start picks.
        command.args(arguments).env("TWINLOCK_SERVER__PUBLIC_URL", PUBLIC_URL);
        Server::start(command)
    }

    /// A server whose empty database was filled with [`PEOPLE`].
    pub fn serve_people(&self) -> Server {
        let people = self.write("people.toml", PEOPLE);
        self.serve(&["--bootstrap", people.to_str().unwrap()])
    }

    /// The database in this folder, opened beside whoever has it open.
    pub async fn store(&self) -> Store {
        Store::connect(&format!("sqlite://{}", self.path("data/twinlock.db").display()), 2).await.unwrap()
    }

    /// What is wrong in the database: see [`invariants`].
    pub async fn violations(&self) -> Vec<String> {
        let store = self.store().await;
        let wrong = invariants::violations(&store).await;
        store.close().await.unwrap();
        wrong
    }

    /// The mails that were delivered as files so far.
    pub fn mails(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.path("data/outbox")) else { return Vec::new() };
        let paths = entries.map(|entry| entry.unwrap().path());
        let whole = paths.filter(|path| path.extension().is_some_and(|extension| extension == "eml"));
        whole.map(|path| fs::read_to_string(path).unwrap()).collect()
    }

    /// The only file in a folder of the data.
    pub fn only_file(&self, folder: &str) -> PathBuf {
        let entries: Vec<_> =
            fs::read_dir(self.path(folder)).unwrap().map(|entry| entry.unwrap().path()).collect();
        let [only] = entries.as_slice() else { panic!("{entries:?}") };
        only.clone()
    }
}

/// The permissions of a file or folder.
pub fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())).permissions().mode()
        & 0o777
}

/// A command that has ended.
#[derive(Debug)]
pub struct Ended {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ended {
    pub fn of(mut command: Command) -> Self {
        command.output().unwrap().into()
    }

    /// The same, with this on its standard input.
    pub fn fed(mut command: Command, input: &str) -> Self {
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap().into()
    }

    /// Its standard output, if it succeeded.
    pub fn succeeded(self) -> String {
        assert_eq!(self.code, 0, "{self:?}");
        self.out
    }

    /// The one line it failed with.
    pub fn failed(self, code: i32) -> String {
        let lines: Vec<_> = self.err.lines().filter(|line| line.starts_with("twinlock: ")).collect();
        assert!(self.code == code && lines.len() == 1, "{self:?}");
        lines[0].to_owned()
    }
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let code = output.status.code().expect("it ended by itself");
        Self { code, out: text(output.stdout), err: text(output.stderr) }
    }
}

/// A server that runs until it is stopped or dropped.
pub struct Server {
    child: Child,
    /// Lines it printed before it listened, and the line that says so.
    pub said: Vec<String>,
    /// Where it is: `http://127.0.0.1:PORT`.
    pub url: String,
    rest: BufReader<ChildStdout>,
    log: Option<JoinHandle<String>>,
}

impl Server {
    /// Starts it and waits until it listens.
    pub fn start(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let log = Some(collect(child.stderr.take().unwrap()));
        let rest = BufReader::new(child.stdout.take().unwrap());
        let mut server = Self { child, said: Vec::new(), url: String::new(), rest, log };
        while server.url.is_empty() {
            let mut line = String::new();
            if server.rest.read_line(&mut line).unwrap() == 0 {
                let (said, log) = (server.said.clone(), server.log.take());
                panic!("it did not start: {said:?}, {:?}", log.map(JoinHandle::join));
            }
            let line = line.trim_end();
            server.said.push(line.to_owned());
            line.strip_prefix("listening on ").unwrap_or_default().clone_into(&mut server.url);
        }
        server
    }

    /// Its process.
    pub fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Sends SIGSTOP.
    pub fn pause(&self) {
        kill_process(self.pid(), Signal::STOP).unwrap();
    }

    /// Sends SIGCONT.
    pub fn go_on(&self) {
        kill_process(self.pid(), Signal::CONT).unwrap();
    }

    /// Sends SIGTERM and waits.
    pub fn stop(mut self) -> Ended {
        kill_process(self.pid(), Signal::TERM).unwrap();
        let status = self.child.wait().unwrap();
        let mut out = String::new();
        self.rest.read_to_string(&mut out).unwrap();
        let err = self.log.take().unwrap().join().unwrap();
        Ended { code: status.code().expect("no signal ended it"), out, err }
    }

    /// `GET`: the status and the body.
    pub async fn get(&self, path: &str) -> (u16, String) {
        let response = reqwest::get(format!("{}{path}", self.url)).await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }

    /// `POST` of a JSON body: the status and the answer.
    pub async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let request = reqwest::Client::new().post(format!("{}{path}", self.url)).json(body);
        let response = request.send().await.unwrap();
        let (status, text) = (response.status().as_u16(), response.text().await.unwrap());
        (status, if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap() })
    }

    /// Signs in to tenant `demo`.
    pub async fn login(&self, username: &str, password: &str, code: Option<&str>) -> (u16, Value) {
        let body = json!({
            "username": username, "password": password, "tenant_id": "demo", "mfa_code": code,
        });
        self.post("/api/v1/auth/login", &body).await
    }

    /// Whether a bearer token is alive: the status of the session check.
    pub async fn session(&self, token: &str) -> u16 {
        let request = reqwest::Client::new().get(format!("{}/api/v1/auth/session", self.url));
        request.bearer_auth(token).send().await.unwrap().status().as_u16()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads the log, so that the server never waits for us.
fn collect(mut log: ChildStderr) -> JoinHandle<String> {
    thread::spawn(move || {
        let mut text = String::new();
        let _ = log.read_to_string(&mut text);
        text
    })
}

/// The code that an authenticator app with this secret (base32) shows now.
pub fn code_now(secret: &str) -> String {
    code_at(secret, 0)
}

/// The code it shows this many steps from now.
pub fn code_at(secret: &str, steps: i64) -> String {
    use twinlock_core::{clock::Clock, factor::totp};
    let bytes = data_encoding::BASE32_NOPAD.decode(secret.as_bytes()).unwrap();
    let secret = totp::TotpSecret::from_bytes(&bytes).unwrap();
    secret.code_at(totp::step_at(Now.now()) + steps)
}

struct Now;

impl twinlock_core::clock::Clock for Now {
    #[allow(clippy::disallowed_methods, reason = "the program under test lives in real time")]
    fn now(&self) -> twinlock_core::clock::Timestamp {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        twinlock_core::clock::Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap())
    }
}
