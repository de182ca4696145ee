//! How ready somebody is for losing one thing, for pages.

use twinlock_core::{
    clock::Timestamp,
    readiness::{self, Advice},
};
use twinlock_service::MethodView;

use crate::view::{
    When,
    readiness::{Readiness, Unused},
};

/// With the names of the factors to try.
pub(super) fn view(found: &readiness::Readiness, methods: &[MethodView], now: Timestamp) -> Readiness {
    let unused = found.advice.iter().filter_map(|advice| match advice {
        Advice::TryFactor(id, since) => {
            let method = methods.iter().find(|method| method.id == id.0)?;
            Some(Unused { name: method.name.clone(), since: When::new(*since, now) })
        }
        Advice::RenewCodes | Advice::SaveCodes | Advice::AddFactor => None,
    });
    Readiness {
        verdict: found.verdict,
        ways: found.ways.clone(),
        renew_codes: found.advice.contains(&Advice::RenewCodes),
        save_codes: found.advice.contains(&Advice::SaveCodes),
        add_factor: found.advice.contains(&Advice::AddFactor),
        unused: unused.collect(),
    }
}
