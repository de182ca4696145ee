//! Style sheet, icon and scripts, embedded in the binary.
//!
//! Each is served at `/assets/<name>.<hash8>.<ext>`, where the hash is of its content: such an
//! address never changes its meaning, so it may be cached for ever ([`CACHE_CONTROL`]).

use std::sync::OnceLock;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

/// The `cache-control` of an asset that was asked for by its hashed address.
pub const CACHE_CONTROL: &str = "public, max-age=31536000, immutable";

/// One embedded file.
#[derive(Debug)]
pub struct Asset {
    name: &'static str,
    extension: &'static str,
    /// The `content-type` to send.
    pub content_type: &'static str,
    /// The bytes to send.
    pub body: &'static str,
    url: OnceLock<String>,
}

/// Everything that pages look like.
pub static STYLE: Asset = Asset::new(
    "twinlock",
    "css",
    "text/css; charset=utf-8",
    concat!(
        include_str!("../assets/css/tokens.css"),
        include_str!("../assets/css/base.css"),
        include_str!("../assets/css/components.css"),
        include_str!("../assets/css/layout.css"),
        include_str!("../assets/css/pages.css"),
        include_str!("../assets/css/console.css"),
        include_str!("../assets/css/print.css"),
    ),
);
/// The icon in the browser's tab.
pub static ICON: Asset = Asset::new("icon", "svg", "image/svg+xml", include_str!("../assets/icon.svg"));
/// What every page needs: each form is sent once.
pub static PAGE_SCRIPT: Asset = script("page", include_str!("../assets/js/page.js"));
/// Copy and print for recovery codes.
pub static CODES_SCRIPT: Asset = script("codes", include_str!("../assets/js/codes.js"));
/// Opens the page behind a link in a dialog.
pub static DIALOG_SCRIPT: Asset = script("dialog", include_str!("../assets/js/dialog.js"));
/// Sends a form once its six-digit codes are complete.
pub static AUTOSUBMIT_SCRIPT: Asset = script("autosubmit", include_str!("../assets/js/autosubmit.js"));
/// Shows and hides what is typed in a password field.
pub static REVEAL_SCRIPT: Asset = script("reveal", include_str!("../assets/js/reveal.js"));
/// Lets the browser talk to security keys and passkeys.
pub static WEBAUTHN_SCRIPT: Asset = script(
    "webauthn",
    concat!(include_str!("../assets/js/credential.js"), include_str!("../assets/js/webauthn.js")),
);

const fn script(name: &'static str, body: &'static str) -> Asset {
    Asset::new(name, "js", "text/javascript; charset=utf-8", body)
}

impl Asset {
    const fn new(
        name: &'static str,
        extension: &'static str,
        content_type: &'static str,
        body: &'static str,
    ) -> Self {
        Self { name, extension, content_type, body, url: OnceLock::new() }
    }

    /// The address to link to, with the hash of the content in it.
    pub fn url(&self) -> &str {
        self.url.get_or_init(|| {
            let digest = HEXLOWER.encode(&Sha256::digest(self.body.as_bytes()));
            format!("/assets/{}.{}.{}", self.name, &digest[..8], self.extension)
        })
    }
}

/// All embedded files.
pub fn all() -> [&'static Asset; 8] {
    [
        &STYLE,
        &ICON,
        &PAGE_SCRIPT,
        &CODES_SCRIPT,
        &DIALOG_SCRIPT,
        &AUTOSUBMIT_SCRIPT,
        &REVEAL_SCRIPT,
        &WEBAUTHN_SCRIPT,
    ]
}

/// The asset whose address is `/assets/{file}`. `None` also for a hash of another version.
pub fn find(file: &str) -> Option<&'static Asset> {
    all().into_iter().find(|asset| asset.url().strip_prefix("/assets/") == Some(file))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_asset_is_found_at_its_own_address_only() {
        for asset in all() {
            let file = asset.url().strip_prefix("/assets/").unwrap();
            assert!(std::ptr::eq(find(file).unwrap(), asset));
        }
        assert!(find("twinlock.css").is_none());
        assert!(find("twinlock.00000000.css").is_none());
    }

    #[test]
    fn scripts_and_styles_name_no_other_host() {
        for asset in all() {
            let body = asset.body.replace("http://www.w3.org/2000/svg", "");
            assert!(!body.contains("http:") && !body.contains("https:"), "{}", asset.url());
        }
    }
}
