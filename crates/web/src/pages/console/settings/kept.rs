//! What was typed, kept over the way to a fresh proof and back: in the address, signed, so that nobody else can lay
//! a filled form before an administrator.

use super::{Form, HERE};
use crate::{
    WebState,
    pages::{console::address::address, visitor::SignedIn},
};

/// The settings' address with what was typed.
pub(super) fn address_with(state: &WebState, visitor: &SignedIn, form: &Form) -> String {
    let typed = serde_urlencoded::to_string(form).unwrap_or_default();
    address(HERE, &[("typed", &state.cursors.encode(&scope(visitor), typed.as_bytes()))])
}

/// What was typed, if the address brings it.
pub(super) fn read(state: &WebState, visitor: &SignedIn, query: Option<&str>) -> Option<Form> {
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
