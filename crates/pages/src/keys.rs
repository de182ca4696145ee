//! What pages need for security keys: whether they work here, and what a key answered.

use axum::http::request::Parts;
use serde_json::Value;
use twinlock_http::{
    WebState,
    http::{host, json},
};
use twinlock_service::Caller;

use crate::view::{KeyError, KeysHere, Ways};

/// Whether keys open anything at sign-in: as [`here`], and nothing while the server has second factors switched
/// off.
pub(super) fn at_sign_in(parts: &Parts, state: &WebState) -> KeysHere {
    if state.app.config().mfa_enabled { here(parts, state) } else { KeysHere::Off }
}

/// Whether keys work on a page of this request. They are bound to the public address: a page that was asked
/// for by a loopback name says so. Where second factors are switched off, who has only keys must still be able to
/// show one: their password and address stay guarded by it.
pub(super) fn here(parts: &Parts, state: &WebState) -> KeysHere {
    if state.app.rp_id().is_none() {
        return KeysHere::Off;
    }
    match host::requested(&parts.uri, &parts.headers) {
        Some(name) if !state.http.is_only_loopback_name(&name) => KeysHere::Yes,
        _ => KeysHere::Elsewhere { public_url: state.http.origin().to_owned() },
    }
}

/// What the page's script wrote into the field `credential`, as strictly as the API reads it.
pub(super) fn answer(credential: &str) -> Result<Value, KeyError> {
    if credential.trim().is_empty() {
        return Err(KeyError::Missing);
    }
    json::read(credential.as_bytes()).map_err(|_| KeyError::Refused)
}

/// What the caller can prove themselves with on a page of theirs.
pub(super) fn ways(state: &WebState, caller: &Caller, here: &KeysHere) -> Ways {
    let factors = &caller.live.account.factors;
    let usable = state.app.rp_id().map_or(0, |rp_id| factors.keys_of(rp_id));
    Ways { key: here.work() && usable > 0, app: factors.apps > 0, codes: factors.codes > 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_as_strictly_as_a_body() {
        assert_eq!(answer(" "), Err(KeyError::Missing));
        assert_eq!(answer("{\"id\":\"a\"}"), Ok(serde_json::json!({ "id": "a" })));
        for junk in ["[]", "{", "{\"id\":1,\"id\":2}", "{} {}", "null"] {
            assert_eq!(answer(junk), Err(KeyError::Refused), "{junk}");
        }
    }
}
