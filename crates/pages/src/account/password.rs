//! `/account/password`: a new password for the old one.

use axum::{extract::State, response::Response};
use serde::{Deserialize, Serialize};
use twinlock_http::{WebState, extract::RequestClient};
use twinlock_service::{
    account::{self, ChangePassword, ChangePasswordError},
    guard::Act,
};

use super::{
    answer::{self, otherwise, proof_missing, renewed},
    mail_code,
};
use crate::{
    again::{Again, again},
    form::SessionForm,
    render::{go, page},
    view::{CodeError, NavItem, NewPasswordError, PasswordError, account::ChangePasswordPage},
    visitor::SignedIn,
};

const HERE: &str = "/account/password";

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Form {
    current_password: String,
    new_password: String,
    mail_code: String,
}

#[derive(Clone, Copy, Default, Serialize, Deserialize)]
pub(super) struct Mistakes {
    current: Option<PasswordError>,
    new: Option<NewPasswordError>,
    mail_code: Option<CodeError>,
}

pub(super) async fn show(
    State(state): State<WebState>,
    visitor: SignedIn,
    Again(mistakes): Again<Mistakes>,
) -> Response {
    if let Some(confirm) = proof_missing(&state, &visitor.caller, Act::Account, HERE) {
        return confirm;
    }
    page(&view(&state, &visitor, mistakes.unwrap_or_default()))
}

pub(super) async fn change(
    State(state): State<WebState>,
    RequestClient(client): RequestClient,
    SessionForm(visitor, form): SessionForm<Form>,
) -> Response {
    if let Some(mistakes) = unfilled(&form) {
        return again(HERE, &mistakes);
    }
    let change = ChangePassword {
        current_password: form.current_password.into(),
        new_password: form.new_password.into(),
        mail_code: Some(form.mail_code),
    };
    let error = match account::change_password(&state.app, &client, &visitor.caller, change).await {
        Ok(issued) => return renewed(&state, go("/account/security?done=password-changed"), &issued),
        Err(error) => error,
    };
    let mut mistakes = Mistakes::default();
    match error {
        ChangePasswordError::InvalidCredentials => mistakes.current = Some(PasswordError::Wrong),
        ChangePasswordError::TooMany(wait_secs) => {
            mistakes.current = Some(PasswordError::TooMany { wait_secs });
        }
        ChangePasswordError::MailCode(missing) => mistakes.mail_code = Some(missing.into()),
        ChangePasswordError::Weak(problem) => mistakes.new = Some(answer::new_password(&problem)),
        other => return otherwise(other, HERE),
    }
    again(HERE, &mistakes)
}

fn unfilled(form: &Form) -> Option<Mistakes> {
    let current = form.current_password.is_empty().then_some(PasswordError::Missing);
    let new = form.new_password.is_empty().then_some(NewPasswordError::Missing);
    (current.is_some() || new.is_some()).then_some(Mistakes { current, new, mail_code: None })
}

fn view(state: &WebState, visitor: &SignedIn, mistakes: Mistakes) -> ChangePasswordPage {
    let account = &visitor.caller.live.account;
    ChangePasswordPage {
        page: visitor.page(state, NavItem::Security),
        username: account.user.username.clone(),
        current_error: mistakes.current,
        new_error: mistakes.new,
        min_length: u32::try_from(account.tenant.settings.password_min_length).unwrap_or(u32::MAX),
        mail_code: mail_code::asked(state, &visitor.caller, mistakes.mail_code),
    }
}
