//! Enrollment in four steps: choose, scan, save codes, done.
//!
//! The pages stand alone (no navigation), because people who must enrol see them as well. `base` is
//! the address they live under: `/account/security/enrol` here.

use askama::Template;

use super::security::MethodKind;
use super::{CodeError, FieldError, KeySetupError, KeysHere, Page, When};

/// `{base}/choose`. Posts `kind` (`app` or `key`) and `name` to the same address.
#[derive(Debug, Template)]
#[template(path = "security/choose.html")]
pub struct ChoosePage {
    /// Common to all pages.
    pub page: Page,
    /// Where the enrollment lives.
    pub base: String,
    /// Where *Cancel* leads; none for who must enrol before anything else.
    pub cancel: Option<String>,
    /// Whether an authenticator app is allowed.
    pub app: bool,
    /// Whether it is the first factor.
    pub first: bool,
    /// Whether keys work here.
    pub keys: KeysHere,
    /// Which kind is marked.
    pub kind: MethodKind,
    /// The device's name as typed.
    pub name: String,
    /// What was wrong with it.
    pub name_error: Option<FieldError>,
}

impl ChoosePage {
    /// Its own address.
    fn address(&self) -> String {
        format!("{}/choose", self.base)
    }
}

/// The secret of a candidate, shown as a picture and as text.
pub struct Secret {
    /// The QR code from [`twinlock_http::qr::svg`]; written without escaping.
    pub qr_svg: String,
    /// The base32 text in groups of four.
    pub groups: Vec<String>,
    /// The `otpauth://` address.
    pub otpauth_url: String,
    /// The issuer as the app will show it.
    pub issuer: String,
    /// The account as the app will show it.
    pub account: String,
}

impl std::fmt::Debug for Secret {
    /// Hides the secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Secret").field("account", &self.account).finish_non_exhaustive()
    }
}

impl Secret {
    /// `base32` in groups of four, as people read it aloud.
    pub fn group(base32: &str) -> Vec<String> {
        let letters: Vec<char> = base32.chars().collect();
        letters.chunks(4).map(|chunk| chunk.iter().collect()).collect()
    }
}

/// `{base}/app`. Posts `name`, `code` and, with `two_codes`, `second_code` to the same address.
#[derive(Debug, Template)]
#[template(path = "security/app.html")]
pub struct AppSetupPage {
    /// Common to all pages.
    pub page: Page,
    /// Where the enrollment lives.
    pub base: String,
    /// Whether it is the first factor.
    pub first: bool,
    /// What to scan or type.
    pub secret: Secret,
    /// The device's name as typed.
    pub name: String,
    /// What was wrong with it.
    pub name_error: Option<FieldError>,
    /// Whether two consecutive codes are asked for.
    pub two_codes: bool,
    /// What was wrong with the code or codes.
    pub error: Option<CodeError>,
}

/// `{base}/key`. Posts `name`, `passkey` (`yes`, where it is ticked) and `credential` to the same address.
#[derive(Debug, Template)]
#[template(path = "security/key.html")]
pub struct KeySetupPage {
    /// Common to all pages.
    pub page: Page,
    /// Where the enrollment lives.
    pub base: String,
    /// Whether it is the first factor.
    pub first: bool,
    /// The key's name as typed; empty for its make.
    pub name: String,
    /// What was wrong with it.
    pub name_error: Option<FieldError>,
    /// Whether it shall also sign in alone.
    pub passkey: bool,
    /// What was wrong with the key.
    pub error: Option<KeySetupError>,
}

/// `{base}/codes`, and after new codes `/account/security/codes/new`: shown to the session that made them until they are
/// saved, or for a quarter of an hour. Posts (nothing but `csrf`) to `action`: *I have saved them*.
#[derive(Template)]
#[template(path = "security/codes.html")]
pub struct CodesPage {
    /// Common to all pages.
    pub page: Page,
    /// Where *I have saved them* posts to.
    pub action: String,
    /// Whether this is a step of the enrollment (the steps are shown) or a renewed set.
    pub enrolling: bool,
    /// The codes, as the API gives them.
    pub codes: Vec<String>,
    /// The account they belong to.
    pub account: String,
    /// The server they belong to: its public address.
    pub server: String,
    /// When they were made.
    pub made: When,
}

/// The same as a text file, for the download.
#[derive(Template)]
#[template(path = "security/codes.txt")]
struct CodesFile<'a> {
    codes: &'a [String],
    account: &'a str,
    server: &'a str,
    made: When,
}

impl CodesPage {
    /// The content of the file to download.
    fn as_text(&self) -> String {
        let file =
            CodesFile { codes: &self.codes, account: &self.account, server: &self.server, made: self.made };
        file.render().unwrap_or_default()
    }
}

impl std::fmt::Debug for CodesPage {
    /// Hides the codes.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CodesPage").field("account", &self.account).finish_non_exhaustive()
    }
}

/// `{base}/done`.
#[derive(Debug, Template)]
#[template(path = "security/done.html")]
pub struct DonePage {
    /// Common to all pages.
    pub page: Page,
    /// Where the enrollment lives.
    pub base: String,
    /// What the new factor is.
    pub kind: MethodKind,
    /// Its name.
    pub name: String,
    /// Whether it is the only one.
    pub only_factor: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_read_in_groups_of_four() {
        assert_eq!(Secret::group("JBSWY3DPEH"), ["JBSW", "Y3DP", "EH"]);
    }
}
