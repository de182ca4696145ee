use std::{fs, path::Path};

use secrecy::ExposeSecret;

use super::*;

/// What a configuration file with this text makes of the settings.
fn load(text: &str) -> Result<Settings, String> {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("twinlock.toml");
    fs::write(&file, text).unwrap();
    let place = Place { config: Some(file), data: None };
    Settings::load(&place, None).map_err(|failure| {
        assert_eq!(failure.code(), 2);
        failure.to_string()
    })
}

fn refused(text: &str) -> String {
    load(text).expect_err(text)
}

#[test]
fn nothing_needs_to_be_set() {
    let settings = load("").unwrap();
    assert_eq!(settings.listen().to_string(), "127.0.0.1:8080");
    assert_eq!(settings.public_url(8081).unwrap().as_str(), "http://localhost:8081/");
    assert!(matches!(&settings.database, Database::Sqlite(file) if file == Path::new("data/twinlock.db")));
    assert!(matches!(&settings.mail, Mail::Directory(path) if path == Path::new("data/outbox")));
    assert_eq!(settings.keys, Path::new("data/keys"));
    assert!(settings.mfa_enabled && settings.uses_data_folder());
    assert_eq!(settings.hashing, HasherSettings::owasp(settings.hashing.threads));
    assert_eq!(settings.log, Log { format: Format::Text, level: Level::Info });
}

#[test]
fn the_example_names_every_setting_with_its_default() {
    let example = include_str!("../../example.toml");
    // These have no default that could be written down.
    let without =
        ["smtp_url", "from", "hello", "ca_file", "security_contact", "device_names", "attestation_roots"];
    let chosen = |line: &str| match line.strip_prefix('#') {
        Some(setting) if without.iter().any(|name| setting.starts_with(name)) => None,
        Some(setting) if !setting.starts_with(' ') => Some(setting.to_owned()),
        Some(_) => None,
        None => Some(line.to_owned()),
    };
    let text: Vec<_> = example.lines().filter_map(chosen).collect();
    let (written, default) = (load(&text.join("\n")).unwrap(), load("").unwrap());
    let public_url = default.public_url(8080).unwrap();
    let default = Settings {
        listen: Some(DEFAULT_LISTEN),
        public_url: Some(public_url),
        metrics: MetricsListen::At("127.0.0.1:9464".parse().unwrap()),
        ..default
    };
    assert_eq!(format!("{written:?}"), format!("{default:?}"));
}

#[test]
fn a_misspelt_key_is_refused_by_name() {
    assert!(refused("[mfa]\nenabeld = false").starts_with("mfa.enabeld is no setting"));
    assert!(refused("[mfaa]\nenabled = false").starts_with("mfaa is no setting"));
    assert!(refused("mfa_enabled = false").starts_with("mfa_enabled is no setting"));
}

#[test]
fn a_bad_value_is_refused_by_name() {
    for (text, start) in [
        ("[server]\nlisten = \"localhost:80\"", "server.listen must be"),
        ("[server]\nlisten = \"127.0.0.1:70000\"", "server.listen must be"),
        ("[server]\nlisten = 80", "server.listen: invalid type"),
        ("[server]\ntrusted_proxies = [\"10.0.0.0/33\"]", "server.trusted_proxies must be"),
        ("[server]\ntrusted_proxies = [\"0.0.0.0/0\"]", "server.trusted_proxies must be"),
        ("[server]\nsecurity_contact = \"the porter\"", "server.security_contact must be"),
        ("[server]\nsecurity_contact = \"javascript:alert(1)\"", "server.security_contact must be"),
        ("[server]\nforwarded_header = \"x-client\"", "server.forwarded_header must be"),
        ("[server]\nmax_connections = 1", "server.max_connections must be"),
        ("[server]\nconnections_per_address = 0", "server.connections_per_address must be"),
        ("[metrics]\nlisten = \"on\"", "metrics.listen must be"),
        ("[database]\nurl = \"mysql://localhost/x\"", "database.url must be"),
        ("[database]\nurl = \"sqlite::memory:\"", "database.url must be"),
        ("[database]\nurl = \"sqlite://x.db?mode=ro\"", "database.url must be"),
        ("[database]\nmax_connections = 0", "database.max_connections must be"),
        ("[mail]\nsmtp_url = \"smtp://a\"\ndirectory = \"b\"", "mail.smtp_url and mail.directory"),
        ("[mfa]\nenabled = \"no\"", "mfa.enabled: invalid type"),
        ("[hashing]\nmemory_kib = 7", "hashing.memory_kib must be"),
        ("[hashing]\npasses = 0", "hashing.passes must be"),
        ("[hashing]\nthreads = 100000", "hashing.threads must be"),
        ("[log]\nlevel = \"loud\"", "log.level: "),
    ] {
        let line = refused(text);
        assert!(line.starts_with(start), "{text:?}: {line}");
    }
}

/// A password's hash is as dear as OWASP says at least, unless a test says otherwise.
#[test]
fn cheap_hashes_are_refused_outside_of_tests() {
    for (text, told) in [
        ("memory_kib = 19455", "hashing.memory_kib is 19455, and passwords need 19456"),
        ("passes = 1", "hashing.passes is 1, and passwords need 2"),
        ("memory_kib = 65536\npasses = 1", "hashing.passes is 1"),
    ] {
        let line = refused(&format!("[hashing]\n{text}"));
        assert!(line.starts_with(told) && line.contains("hashing.insecure = true"), "{text}: {line}");
        let settings = load(&format!("[hashing]\n{text}\ninsecure = true")).unwrap();
        assert_eq!(settings.insecure, ["hashing.insecure"]);
    }
    assert!(load("[hashing]\nmemory_kib = 19456\npasses = 2").unwrap().insecure.is_empty());
}

#[test]
fn the_public_address_is_an_origin() {
    for bad in [
        "id.example.org",
        "ftp://id.example.org",
        "https://id.example.org/twinlock",
        "http://a:0",
        "https://u:p@id.example.org",
        "https://id.example.org/?a",
        "https://id.example.org/#a",
    ] {
        let line = refused(&format!("[server]\npublic_url = \"{bad}\""));
        assert!(line.starts_with("server.public_url must be"), "{bad}: {line}");
    }
    let settings = load("[server]\npublic_url = \"https://ID.example.org\"").unwrap();
    assert_eq!(settings.public_url(1).unwrap().as_str(), "https://id.example.org/");
}

#[test]
fn the_operator_is_told_what_a_public_address_costs() {
    let told = |url: &str| public_url_warnings(&url.parse().unwrap());
    assert!(told("https://id.example.org").is_empty() && told("http://localhost:8080").is_empty());
    assert!(told("https://192.0.2.1")[0].starts_with("security keys are off"));
    assert!(told("http://127.0.0.1:8080")[0].starts_with("security keys are off"));
    assert!(told("http://id.example.org")[0].contains("without https"));
}

#[test]
fn a_file_that_is_no_toml_is_refused_without_repeating_it() {
    let line = refused("[mail]\nsmtp_url = \"smtps://u:hunter2@host\" x");
    assert!(line.contains("line 2") && !line.contains("hunter2"), "{line}");
    let line = refused("[mail]\nsmtp_url = [\"smtps://u:hunter2@host\"]");
    assert!(line.contains("mail.smtp_url") && !line.contains("hunter2"), "{line}");
    let line = refused("[database]\nurl = \"postgresx://u:hunter2@host/db\"");
    assert!(!line.contains("hunter2"), "{line}");
}

#[test]
fn proxies_may_be_a_list_or_one_text() {
    let both = ["[\"10.0.0.0/8\", \"2001:db8::1\"]", "\"10.0.0.0/8, 2001:db8::1\""];
    for text in both {
        let settings = load(&format!("[server]\ntrusted_proxies = {text}")).unwrap();
        let proxies: Vec<_> = settings.trusted_proxies.iter().map(ToString::to_string).collect();
        assert_eq!(proxies, ["10.0.0.0/8", "2001:db8::1/128"]);
    }
}

#[test]
fn addresses_with_passwords_do_not_print() {
    let text = "[mail]\nsmtp_url = \"smtps://u:hunter2@host\"\n[database]\nurl = \"postgres://u:hunter3@localhost/d\"";
    let settings = load(text).unwrap();
    assert!(!format!("{settings:?}").contains("hunter"));
    let Database::Postgres(url) = settings.database else { unreachable!("it is PostgreSQL's") };
    assert_eq!(url.expose_secret(), "postgres://u:hunter3@localhost/d");
}
