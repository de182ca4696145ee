//! `/account/profile`: the name for people, and the address.

use axum::{extract::State, response::Response};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use twinlock_core::factor::typed::is_blank;
use twinlock_http::{WebState, extract::RequestClient, http::Problem};
use twinlock_service::{
    Caller,
    account::{self, ProfileChange, ProfileError},
};

use super::{
    answer::{name_error, otherwise},
    mail_code,
};
use crate::{
    again::{Again, again},
    form::SessionForm,
    render::{go, page},
    view::{CodeError, FieldError, NavItem, PasswordError, account::ProfilePage},
    visitor::SignedIn,
};

const HERE: &str = "/account/profile";

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Form {
    display_name: String,
    email: String,
    current_password: String,
    mail_code: String,
}

#[derive(Clone, Copy, Default, Serialize, Deserialize)]
struct Mistakes {
    display_name: Option<FieldError>,
    email: Option<FieldError>,
    password: Option<PasswordError>,
    mail_code: Option<CodeError>,
}

/// What the page shows: what is stored, or again what was typed.
#[derive(Serialize, Deserialize)]
pub(super) struct Shown {
    display_name: String,
    email: String,
    mistakes: Mistakes,
}

pub(super) async fn show(
    State(state): State<WebState>,
    visitor: SignedIn,
    Again(refused): Again<Shown>,
) -> Result<Response, Problem> {
    let user = &visitor.caller.live.account.user;
    let shown = refused.unwrap_or_else(|| Shown {
        display_name: user.display_name.clone(),
        email: user.email.clone().unwrap_or_default(),
        mistakes: Mistakes::default(),
    });
    Ok(page(&view(&state, &visitor, shown).await?))
}

pub(super) async fn change(
    State(state): State<WebState>,
    RequestClient(client): RequestClient,
    SessionForm(visitor, form): SessionForm<Form>,
) -> Response {
    let wanted = wanted(&visitor.caller, &form);
    let error = match account::update_profile(&state.app, &client, &visitor.caller, wanted).await {
        Ok(profile) if profile.email_pending.is_some() => {
            return go("/account/profile?done=confirm-mail-sent");
        }
        Ok(_) => return go("/account/profile?done=saved"),
        Err(error) => error,
    };
    let mut mistakes = Mistakes::default();
    match error {
        ProfileError::DisplayName(error) => mistakes.display_name = Some(name_error(&error)),
        ProfileError::Email(_) => mistakes.email = Some(FieldError::Invalid),
        ProfileError::PasswordRequired => mistakes.password = Some(PasswordError::Missing),
        ProfileError::InvalidCredentials => mistakes.password = Some(PasswordError::Wrong),
        ProfileError::TooMany(wait_secs) => mistakes.password = Some(PasswordError::TooMany { wait_secs }),
        ProfileError::MailCode(missing) => mistakes.mail_code = Some(missing.into()),
        other => return otherwise(other, HERE),
    }
    again(HERE, &Shown { display_name: form.display_name, email: form.email, mistakes })
}

/// What differs from what is stored; a field left as it was asks for nothing.
fn wanted(caller: &Caller, form: &Form) -> ProfileChange {
    let user = &caller.live.account.user;
    let given = |typed: &String, stored: &str| (typed.trim() != stored).then(|| typed.clone());
    ProfileChange {
        display_name: given(&form.display_name, &user.display_name),
        email: given(&form.email, user.email.as_deref().unwrap_or_default()),
        current_password: some_typed(&form.current_password).map(SecretString::from),
        mail_code: some_typed(&form.mail_code).map(str::to_owned),
    }
}

fn some_typed(text: &str) -> Option<&str> {
    (!is_blank(text)).then_some(text)
}

/// A new address that waits for its link to be opened.
pub(super) async fn pending_email(state: &WebState, visitor: &SignedIn) -> Result<Option<String>, Problem> {
    Ok(account::profile(&state.app, &visitor.caller).await?.email_pending)
}

async fn view(state: &WebState, visitor: &SignedIn, shown: Shown) -> Result<ProfilePage, Problem> {
    let Shown { display_name, email, mistakes } = shown;
    Ok(ProfilePage {
        page: visitor.page(state, NavItem::Home),
        display_name,
        display_name_error: mistakes.display_name,
        email,
        email_error: mistakes.email,
        pending_email: pending_email(state, visitor).await?,
        ask_password: visitor.caller.live.account.factors.total() == 0,
        password_error: mistakes.password,
        mail_code: mail_code::asked(state, &visitor.caller, mistakes.mail_code),
    })
}
