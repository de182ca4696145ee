//! The invitation of an owner who has not opened their account yet, once more.

use axum::{extract::State, response::Response};
use twinlock_core::ids::UserId;
use twinlock_http::{
    WebState,
    extract::RequestClient,
    http::{ApiPath, Code, Problem},
};
use twinlock_service::{
    administration::Whom,
    operators::{
        By, OperateError, list,
        owners::{self, WaitingOwner},
    },
};

use super::page_of;
use crate::{
    account::answer::Yes,
    console::{
        guard::{OperatorForm, OperatorPage},
        proof::{self, Weight},
    },
    render::{go, page},
    view::{
        NavItem,
        console::organisations::{InviteOwnerPage, WaitingOwnerRow},
    },
};

pub(super) fn row(owner: WaitingOwner) -> WaitingOwnerRow {
    WaitingOwnerRow { id: owner.id.to_string(), username: owner.username, email: owner.email }
}

fn here(id: &str, user: UserId) -> String {
    format!("{}/owners/{user}/invite", page_of(id))
}

pub(super) async fn ask(
    State(state): State<WebState>,
    RequestClient(client): RequestClient,
    OperatorPage(visitor): OperatorPage,
    ApiPath((id, user)): ApiPath<(String, UserId)>,
) -> Result<Response, Problem> {
    let by = By::Session(&client, &visitor.caller);
    let found = list::show(&state.app, by, &id).await?;
    let owner = owners::waiting(&state.app, by, &id).await?.into_iter().find(|owner| owner.id == user);
    let Some(owner) = owner.filter(|_| found.suspended_at.is_none()) else { return Ok(go(&page_of(&id))) };
    if let Some(first) = proof::missing(&state, &visitor, Weight::Grave, &here(&id, user)) {
        return Ok(first);
    }
    let page_parts = visitor.page(&state, NavItem::Organisations);
    let organisation = super::row(found, state.app.now());
    Ok(page(&InviteOwnerPage { page: page_parts, organisation, owner: row(owner) }))
}

pub(super) async fn invite(
    State(state): State<WebState>,
    RequestClient(client): RequestClient,
    ApiPath((id, user)): ApiPath<(String, UserId)>,
    OperatorForm(visitor, Yes {}): OperatorForm<Yes>,
) -> Result<Response, Problem> {
    let by = By::Session(&client, &visitor.caller);
    match owners::invite(&state.app, by, &Whom { tenant: &id, user }).await {
        Ok(_) => Ok(go(&format!("{}?done=owner-invited", page_of(&id)))),
        // They accepted meanwhile, or nobody of it can sign in: its page says how it stands.
        Err(OperateError::Suspended) => Ok(go(&page_of(&id))),
        Err(error) => {
            let problem = Problem::from(error);
            let gone = problem.code == Code::NotFound && list::show(&state.app, by, &id).await.is_ok();
            Ok(if gone {
                go(&page_of(&id))
            } else {
                proof::otherwise(&state, &visitor, problem, &here(&id, user))
            })
        }
    }
}
