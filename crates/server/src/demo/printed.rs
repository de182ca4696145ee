//! What a demo says on the screen.

use std::path::Path;

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::{
    people::{Account, DEMO, FIRST},
    story::Secrets,
};
use crate::output;

/// Who tries the API first: they have a password and no second factor yet.
const CALLER: &str = "bob";

/// Prints everybody, the first calls, and where mails are.
pub fn print(public_url: &Url, accounts: &[Account], secrets: &Secrets, outbox: &Path) {
    let base = public_url.as_str().trim_end_matches('/');
    let (first, further) = accounts.split_at(FIRST.len().min(accounts.len()));
    output::say(format_args!("tenant {} ({}), signed in to at {public_url}", DEMO.0, DEMO.1));
    output::say(row(["user name", "role", "password", "authenticator app: secret"]));
    for account in first {
        let (person, password) = (&account.person, account.password.expose_secret());
        output::say(row([person.who.username, person.role.as_str(), password, secret(account, secrets)]));
    }
    output::say("a code of the moment: oathtool --totp --base32 SECRET");
    if let Some(caller) = first.iter().find(|account| account.person.who.username == CALLER) {
        print_calls(base, &caller.password);
    }
    output::say("there is more to look at, each with an account of its own:");
    for account in further {
        print_further(base, account, secrets);
    }
    output::say(format_args!("mails reach nobody: read them at {base}/demo/mail"));
    output::say(format_args!("  their files are in {}", outbox.display()));
}

fn secret<'a>(account: &Account, secrets: &'a Secrets) -> &'a str {
    secrets.get(&account.person.who).map_or("(none)", |secret| secret.expose_secret())
}

fn row(cells: [&str; 4]) -> String {
    let [username, role, password, secret] = cells;
    format!("  {username:<10} {role:<9} {password:<20} {secret}").trim_end().to_owned()
}

/// The first calls, ready to be pasted into another terminal.
fn print_calls(base: &str, password: &SecretString) {
    let password = password.expose_secret();
    let body = format!(r#"{{"tenant_id": "{}", "username": "{CALLER}", "password": "{password}"}}"#, DEMO.0);
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

fn print_further(base: &str, account: &Account, secrets: &Secrets) {
    let person = &account.person;
    output::say(format_args!("  {} ({})", person.who.username, person.shows));
    let (password, secret) = (account.password.expose_secret(), secret(account, secrets));
    let login = format!("{base}/t/{}/login", person.who.tenant);
    output::say(format_args!("    {login} password {password} secret {secret}"));
}
