//! How ready a person is for losing one thing: what they have, as `core` wants it.

use twinlock_core::{
    ids::FactorId,
    readiness::{self, Readiness},
};
use twinlock_store::users::Account;

use crate::{App, Caller, MethodView};

/// Of the caller, from what every request knows of them: without a look at when they last used what.
pub fn of_caller(app: &App, caller: &Caller) -> Readiness {
    of(app, &caller.live.account, &[])
}

/// Of the person with these factors. A key that was registered for another name of the server is no way in here.
pub(crate) fn of(app: &App, account: &Account, methods: &[MethodView]) -> Readiness {
    let held = account.factors.holdings(|key| app.rp_id() == Some(key.rp_id.as_str()));
    let used: Vec<_> = methods
        .iter()
        .map(|method| (FactorId(method.id), method.last_used_at.unwrap_or(method.created_at)))
        .collect();
    readiness::assess(&held, &used, app.now())
}
