//! Bad settings: exit code 2, one clear line, nothing made.

use crate::support::{self, Ended, Home};

/// The line that `serve` ends with when this variable is set.
fn refused(name: &str, value: &str) -> String {
    let home = Home::new();
    let mut command = home.command(&["serve", "--listen", "127.0.0.1:0"]);
    command.env(name, value);
    let line = Ended::of(command).failed(2);
    assert!(!home.path("data").exists(), "{name}={value} made a data folder");
    line
}

#[test]
fn a_bad_variable_is_named() {
    for (name, value, told) in [
        ("TWINLOCK_SERVER__PUBLIC_URL", "id.example.org", "server.public_url must be"),
        ("TWINLOCK_SERVER__PUBLIC_URL", "https://id.example.org/path", "server.public_url must be"),
        ("TWINLOCK_SERVER__LISTEN_ON", "127.0.0.1:1", "server.listen_on is no setting"),
        ("TWINLOCK_MFA__ENABLED", "maybe", "mfa.enabled"),
        ("TWINLOCK_MFA_ENABLED", "false", "two underscores"),
        ("TWINLOCK_LOG__LEVEL", "loud", "log.level"),
        ("TWINLOCK_MAIL__FROM", "nobody", "mail.from"),
        ("TWINLOCK_MAIL__SMTP_URL", "http://mail.example.org", "mail.smtp_url"),
        ("TWINLOCK_DATABASE__URL", "oracle://db", "database.url"),
        ("TWINLOCK_METRICS__LISTEN", "everywhere", "metrics.listen"),
        ("TWINLOCK_HASHING__LANES", "0", "hashing.lanes"),
        ("TWINLOCK_HASHING__INSECURE", "false", "hashing.memory_kib is 64"),
        ("TWINLOCK_MAIL__SMTP_URL", "smtp://relay.example.org", "mail.insecure = true"),
        ("TWINLOCK_MAIL__HELLO", "two words", "mail.hello"),
        (
            "TWINLOCK_DATABASE__URL",
            "postgres://u:p@db.example.org/d?sslmode=prefer",
            "database.insecure = true",
        ),
    ] {
        let line = refused(name, value);
        assert!(line.contains(told), "{name}={value}: {line}");
    }
}

#[test]
fn a_bad_file_is_named_with_its_line() {
    let home = Home::new();
    for (text, told) in [
        ("[server]\nlisten = \n", "line 2"),
        ("[server]\nlissten = \"127.0.0.1:1\"\n", "server.lissten is no setting"),
    ] {
        let config = home.write("twinlock.toml", text);
        let line = home.run(&["serve", "--config", config.to_str().unwrap()]).failed(2);
        assert!(line.contains("twinlock.toml") && line.contains(told), "{line}");
    }
    let line = home.run(&["serve", "--config", home.path("none.toml").to_str().unwrap()]).failed(2);
    assert!(line.contains("none.toml"), "{line}");
}

#[test]
fn the_environment_wins_over_the_file_and_the_command_line_over_both() {
    let home = Home::new();
    let text = "[server]\nlisten = \"127.0.0.1:1\"\npublic_url = \"http://file.localhost:1\"\n";
    let config = home.write("twinlock.toml", text);
    let mut command = home.command(&["serve", "--listen", "127.0.0.1:0"]);
    command
        .env("TWINLOCK_CONFIG", config)
        .env("TWINLOCK_SERVER__LISTEN", "127.0.0.1:2")
        .env("TWINLOCK_SERVER__PUBLIC_URL", "http://variable.localhost:2");
    let server = support::Server::start(command);
    assert!(server.said[0].contains("http://variable.localhost:2/setup/"), "{:?}", server.said);
    assert!(!server.url.ends_with(":1") && !server.url.ends_with(":2"), "{}", server.url);
}

#[test]
fn a_database_that_cannot_be_reached_is_told_without_its_password() {
    let home = Home::new();
    let mut command = home.command(&["serve", "--listen", "127.0.0.1:0"]);
    // Port 1 is nobody's.
    command.env("TWINLOCK_DATABASE__URL", "postgres://twinlock:hunter2@127.0.0.1:1/twinlock");
    let ended = Ended::of(command);
    assert!(!ended.err.contains("hunter2"), "{}", ended.err);
    assert!(ended.failed(2).contains("cannot be reached"));
}

#[test]
fn a_database_newer_than_the_program_is_left_alone() {
    let home = Home::new();
    home.done(&["migrate"]);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        use twinlock_store::Run;
        let url = format!("sqlite://{}", home.path("data/twinlock.db").display());
        let store = twinlock_store::Store::connect(&url, 1).await.unwrap();
        let sql = "INSERT INTO schema_migrations (version, applied_at) VALUES ('9999_from_the_future', 0)";
        store.exec(sql, vec![]).await.unwrap();
        store.close().await.unwrap();
    });
    for command in [["serve", "--listen", "127.0.0.1:0"].as_slice(), &["migrate"], &["keys", "rotate"]] {
        assert!(home.run(command).failed(2).contains("newer than this program"), "{command:?}");
    }
}
