//! Tries to reach an organisation that is not the caller's own: answered as if there were none, and written into the
//! audit log of the caller's organisation.

use twinlock_core::audit::EventKind;

use crate::{
    App, Caller, Client,
    audit_log::{About, note as noted},
};

/// Notes that the caller asked for an organisation that is not theirs. Whether it exists is not looked at.
pub fn note(app: &App, caller: &Caller, client: &Client) {
    noted(app, client, EventKind::OtherTenantRefused, About::own(&caller.live.account.user));
}
