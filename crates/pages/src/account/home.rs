//! `/account`: who I am, the state of MFA, what is worth doing.

use axum::{extract::State, response::Response};
use twinlock_core::factor::recovery::FEW_CODES;
use twinlock_http::{WebState, http::Problem};
use twinlock_service::{
    readiness,
    security_keys::{KeyView, alone},
    sessions,
};

use super::{answer, profile};
use crate::{
    readiness::view,
    render::page,
    view::{
        NavItem, When,
        account::{HomePage, Recommendation},
        readiness::Readiness,
        security::Mfa,
    },
    visitor::SignedIn,
};

/// More sessions than this are not counted one by one.
const COUNTED: u32 = 100;

pub(super) async fn home(State(state): State<WebState>, visitor: SignedIn) -> Result<Response, Problem> {
    let live = &visitor.caller.live;
    let mfa = answer::mfa(&state, &visitor.caller);
    let pending = profile::pending_email(&state, &visitor).await?;
    let email = live.account.user.email.clone();
    let open = sessions::list(&state.app, &visitor.caller, COUNTED, None).await?.len();
    let now = state.app.now();
    let readiness = view(&readiness::of_caller(&state.app, &visitor.caller), &[], now);
    let mut recommendations = recommendations(mfa, &readiness, email.as_deref(), pending);
    if state.app.config().mfa_enabled {
        let offered = alone::offered(&state.app, &visitor.caller).await?.into_iter();
        let offer =
            |key: KeyView| Recommendation::LetKeySignInAlone { id: key.id.to_string(), name: key.name };
        recommendations.extend(offered.map(offer));
    }
    Ok(page(&HomePage {
        page: visitor.page(&state, NavItem::Home),
        recommendations,
        email,
        mfa,
        readiness,
        required: live.account.tenant.settings.require_of(live.account.user.role),
        sessions: u32::try_from(open).unwrap_or(COUNTED),
        signed_in_at: When::new(live.session.lifetime.created_at, now),
    }))
}

/// Most urgent first. Enabling MFA is not among them: its card stands right above.
fn recommendations(
    mfa: Mfa,
    readiness: &Readiness,
    email: Option<&str>,
    pending: Option<String>,
) -> Vec<Recommendation> {
    let mut worth = Vec::new();
    if let Mfa::On { codes_left, codes_saved, .. } = mfa {
        if codes_left <= FEW_CODES {
            worth.push(Recommendation::FewCodes { left: codes_left });
        } else if !codes_saved {
            worth.push(Recommendation::SaveCodes);
        }
        if mfa.factors() == 1 || readiness.at_risk() {
            worth.push(Recommendation::EnrolBackup);
        }
    }
    match (email, pending) {
        (_, Some(email)) => worth.push(Recommendation::ConfirmEmail { email }),
        (None, None) => worth.push(Recommendation::AddEmail),
        (Some(_), None) => {}
    }
    worth
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_urgent_comes_first() {
        let on = Mfa::On { apps: 0, keys: 1, codes_left: 1, codes_saved: false };
        assert_eq!(
            recommendations(on, &Readiness::default(), None, None),
            [Recommendation::FewCodes { left: 1 }, Recommendation::EnrolBackup, Recommendation::AddEmail]
        );
    }

    #[test]
    fn who_has_everything_is_left_in_peace() {
        let on = Mfa::On { apps: 1, keys: 1, codes_left: 9, codes_saved: true };
        assert_eq!(recommendations(on, &Readiness::default(), Some("maria@demo.example"), None), []);
    }

    #[test]
    fn codes_that_nobody_saved_come_first() {
        let on = Mfa::On { apps: 1, keys: 1, codes_left: 10, codes_saved: false };
        let found = recommendations(on, &Readiness::default(), Some("maria@demo.example"), None);
        assert_eq!(found, [Recommendation::SaveCodes]);
    }

    #[test]
    fn an_address_that_waits_is_not_asked_for_again() {
        let waiting = "maria@new.example".to_owned();
        assert_eq!(
            recommendations(Mfa::Absent, &Readiness::default(), None, Some(waiting.clone())),
            [Recommendation::ConfirmEmail { email: waiting }]
        );
    }
}
