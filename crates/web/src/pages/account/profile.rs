//! `/account/profile`: the name for people, and the address.

use axum::{extract::State, response::Response};
use secrecy::SecretString;
use serde::Deserialize;
use twinlock_core::factor::typed::is_blank;
use twinlock_service::{
    Caller,
    account::{self, ProfileChange, ProfileError},
};

use super::{
    answer::{Refused, name_error, note, otherwise, refused},
    mail_code,
};
use crate::{
    WebState,
    extract::RequestClient,
    http::Problem,
    pages::{
        form::SessionForm,
        render::{go, page},
        visitor::SignedIn,
    },
    view::{CodeError, FieldError, NavItem, PasswordError, account::ProfilePage},
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

#[derive(Clone, Copy, Default)]
struct Mistakes {
    display_name: Option<FieldError>,
    email: Option<FieldError>,
    password: Option<PasswordError>,
    mail_code: Option<CodeError>,
}

pub(super) async fn show(State(state): State<WebState>, visitor: SignedIn) -> Result<Response, Problem> {
    let user = &visitor.caller.live.account.user;
    let form = Form {
        display_name: user.display_name.clone(),
        email: user.email.clone().unwrap_or_default(),
        ..Form::default()
    };
    Ok(page(&view(&state, &visitor, form, Mistakes::default()).await?))
}

pub(super) async fn change(
    State(state): State<WebState>,
    RequestClient(client): RequestClient,
    SessionForm(visitor, form): SessionForm<Form>,
) -> Result<Response, Problem> {
    let wanted = wanted(&visitor.caller, &form);
    let error = match account::update_profile(&state.app, &client, &visitor.caller, wanted).await {
        Ok(profile) if profile.email_pending.is_some() => {
            return Ok(go("/account/profile?done=confirm-mail-sent"));
        }
        Ok(_) => return Ok(go("/account/profile?done=saved")),
        Err(error) => error,
    };
    let mut mistakes = Mistakes::default();
    let why = match error {
        ProfileError::DisplayName(error) => {
            mistakes.display_name = Some(name_error(&error));
            Refused::Unfit
        }
        ProfileError::Email(_) => {
            mistakes.email = Some(FieldError::Invalid);
            Refused::Unfit
        }
        ProfileError::PasswordRequired => note(&mut mistakes.password, PasswordError::Missing),
        ProfileError::InvalidCredentials => note(&mut mistakes.password, PasswordError::Wrong),
        ProfileError::TooMany(wait_secs) => {
            note(&mut mistakes.password, PasswordError::TooMany { wait_secs })
        }
        ProfileError::MailCode(missing) => note(&mut mistakes.mail_code, missing),
        other => return Ok(otherwise(other, HERE)),
    };
    Ok(refused(why, &view(&state, &visitor, form, mistakes).await?))
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

async fn view(
    state: &WebState,
    visitor: &SignedIn,
    form: Form,
    mistakes: Mistakes,
) -> Result<ProfilePage, Problem> {
    Ok(ProfilePage {
        page: visitor.page(state, NavItem::Home),
        display_name: form.display_name,
        display_name_error: mistakes.display_name,
        email: form.email,
        email_error: mistakes.email,
        pending_email: pending_email(state, visitor).await?,
        ask_password: visitor.caller.live.account.factors.total() == 0,
        password_error: mistakes.password,
        mail_code: mail_code::asked(state, &visitor.caller, mistakes.mail_code),
    })
}
