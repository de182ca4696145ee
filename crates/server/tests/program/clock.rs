//! The real program with a wall clock that jumps: libfaketime moves it, and leaves the monotonic one alone.

use std::{fs, path::PathBuf};

use crate::support::{Home, PUBLIC_URL, Server};

const PASSWORD: &str = "bob's own password";
const DAY: i64 = 86_400;

/// A server whose clock is moved.
struct Moved<'a> {
    home: &'a Home,
    server: Server,
}

/// `scripts/test` installs it.
fn library() -> PathBuf {
    let folders = fs::read_dir("/usr/lib").unwrap().map(|entry| entry.unwrap().path());
    let mut found =
        folders.map(|folder| folder.join("faketime/libfaketime.so.1")).filter(|file| file.exists());
    found.next().expect("libfaketime: apt-get install faketime")
}

impl<'a> Moved<'a> {
    fn start(home: &'a Home, off: i64) -> Self {
        let file = home.write("clock", &format!("{off:+}\n"));
        let mut command = home.command(&["serve", "--listen", "127.0.0.1:0"]);
        command
            .env("TWINLOCK_SERVER__PUBLIC_URL", PUBLIC_URL)
            .env("LD_PRELOAD", library())
            .env("FAKETIME_TIMESTAMP_FILE", file)
            .env("FAKETIME_NO_CACHE", "1")
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        Self { home, server: Server::start(command) }
    }

    /// Moves the clock to so far off the true time.
    async fn jump(&mut self, off: i64) {
        // Never half a file: it is read at every look.
        let file = self.home.write("clock.new", &format!("{off:+}\n"));
        fs::rename(file, self.home.path("clock")).unwrap();
        assert_eq!(self.server.get("/readyz").await.0, 200);
    }

    async fn sign_in(&self, code: Option<&str>) -> String {
        let (status, answer) = self.server.login("bob", PASSWORD, code).await;
        assert_eq!(status, 200, "{answer}");
        answer["token"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }
}

/// attacks.md row 99: forward, a session is over; back, it stays so; and whoever signs in then is signed in.
#[tokio::test]
async fn nothing_comes_alive_again() {
    let home = Home::new();
    home.serve_people().stop();
    let mut moved = Moved::start(&home, 0);
    let to_2038 = 60 * 365 * DAY;
    for (ahead, back) in
        [(3601, 3541), (3601, 0), (DAY, 0), (2 * DAY, DAY), (to_2038, 0), (0, -10 * 365 * DAY)]
    {
        let token = moved.sign_in(None).await;
        assert_eq!(moved.server.session(&token).await, 200);
        moved.jump(ahead).await;
        moved.jump(back).await;
        assert_eq!(moved.server.session(&token).await, 401, "{ahead} {back}");
        let fresh = moved.sign_in(None).await;
        assert_eq!(moved.server.session(&fresh).await, 200, "{ahead} {back}");
        assert_eq!(moved.server.session(&token).await, 401, "{ahead} {back}");
        moved.jump(0).await;
    }
    let ended = moved.server.stop();
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(
        ended.err.contains("the clock was set back") && ended.err.contains("the clock leapt forward"),
        "{}",
        ended.err
    );
    assert!(!ended.err.contains("panicked"), "{}", ended.err);
    assert_eq!(home.violations().await, [""; 0]);
}

/// attacks.md row 99: a server that is not running while the clock is set back notices at its start.
#[tokio::test]
async fn a_start_notices() {
    let home = Home::new();
    home.serve_people().stop();
    let mut moved = Moved::start(&home, 0);
    let token = moved.sign_in(None).await;
    moved.jump(3601).await;
    moved.server.stop();
    let moved = Moved::start(&home, 0);
    assert_eq!(moved.server.session(&token).await, 401);
    let ended = moved.server.stop();
    assert!(ended.err.contains("the clock was set back"), "{}", ended.err);
}
