//! What was typed, kept over the way to a fresh proof and back, and over the pages of a preview: in the address, signed,
//! so that nobody else can lay a filled form before an administrator.

use super::HERE;
use twinlock_http::WebState;

use crate::{console::address::address, view::console::settings::SettingsForm, visitor::SignedIn};

/// Longest signed text in an address, in bytes: an address has a bound, and this one goes into another.
const MAX_TYPED_BYTES: usize = 4000;

/// The settings' address with what was typed.
pub(super) fn address_with(state: &WebState, visitor: &SignedIn, form: &SettingsForm) -> String {
    address(HERE, &[("typed", &typed(state, visitor, form))])
}

/// What was typed, for an address. Very many makes do not fit: they are left as they are saved.
pub(super) fn typed(state: &WebState, visitor: &SignedIn, form: &SettingsForm) -> String {
    let ids = form.allowed_makes.lines().filter_map(|line| line.split_whitespace().next());
    let short = SettingsForm { allowed_makes: ids.collect::<Vec<_>>().join("\n"), ..form.clone() };
    let sign = |form: &SettingsForm| {
        let text = serde_urlencoded::to_string(form).unwrap_or_default();
        state.cursors.encode(&scope(visitor), text.as_bytes())
    };
    let signed = sign(&short);
    if signed.len() <= MAX_TYPED_BYTES {
        return signed;
    }
    let settings = &visitor.caller.live.account.tenant.settings;
    let saved: Vec<_> = settings.webauthn_allowed_aaguids.iter().map(ToString::to_string).collect();
    sign(&SettingsForm { allowed_makes: saved.join("\n"), ..form.clone() })
}

/// What was typed, if the address brings it.
pub(super) fn read(state: &WebState, visitor: &SignedIn, query: Option<&str>) -> Option<SettingsForm> {
    let mut pairs = url::form_urlencoded::parse(query?.as_bytes());
    let (_, typed) = pairs.find(|(name, _)| name == "typed")?;
    let bytes = state.cursors.decode(&scope(visitor), &typed).ok()?;
    serde_urlencoded::from_bytes(&bytes).ok()
}

/// It is good for this person in this organisation.
fn scope(visitor: &SignedIn) -> String {
    let account = &visitor.caller.live.account;
    format!("console/settings/{}/{}", account.tenant.id, account.user.id)
}
