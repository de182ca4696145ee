//! `/setup/{token}`: the first organisation and its owner.

use axum::{
    extract::{Path, State},
    response::Response,
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use twinlock_core::tenant::{SYSTEM_SLUG, Settings};
use twinlock_http::{WebState, http::Problem};
use twinlock_service::{
    Channel,
    login::Target,
    repeats::{self, UsedLink},
    setup::{self, FieldProblem, NewOwner, SetupError},
};

use super::{dead, dead_form, length};
use crate::{
    account::answer::{name_error, new_password},
    again::{Again, again},
    form::PreLoginForm,
    login::{Over, Typed, Visit, anew, go_on},
    render::page,
    view::{
        FieldError, LinkKind, NewPasswordError,
        link::{SetupErrors, SetupForm, SetupPage},
    },
    visitor::PreLogin,
};

/// What the page shows again.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Refused {
    form: SetupForm,
    errors: SetupErrors,
}

#[derive(Deserialize)]
pub(super) struct Fields {
    #[serde(default)]
    tenant_name: String,
    #[serde(default)]
    tenant_id: String,
    #[serde(default)]
    username: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    display_name: String,
    #[serde(default)]
    password: String,
}

pub(super) async fn show(
    State(state): State<WebState>,
    Path(token): Path<String>,
    browser: PreLogin,
    Again(refused): Again<Refused>,
) -> Result<Response, Problem> {
    if !setup::peek(&state.app, &token).await? {
        return Ok(dead(&browser, LinkKind::Setup));
    }
    let Refused { form, errors } = refused.unwrap_or_default();
    let min_length = length(Settings::default().password_min_length);
    let view = SetupPage { page: browser.page(), token, form, errors, min_length };
    Ok(browser.keep(page(&view)))
}

pub(super) async fn submit(
    State(state): State<WebState>,
    Path(token): Path<String>,
    visit: Visit,
    PreLoginForm(browser, fields): PreLoginForm<Fields>,
) -> Result<Response, Problem> {
    let (form, password) = fields.split();
    let missing = missing(&form, &password);
    if is_wrong(&missing) {
        return Ok(again_at(&token, form, missing));
    }
    let target = Target { channel: Channel::Browser, browser: Some(&browser.secret) };
    match setup::complete(&state.app, &visit.client, &token, owner(&form, password), target).await {
        Ok(outcome) => go_on(&state, &visit, &Typed::default(), outcome).await,
        Err(SetupError::Invalid(problems)) => {
            let errors = refused(&form, &problems);
            Ok(again_at(&token, form, errors))
        }
        Err(SetupError::Weak(problem)) => {
            let password = Some(new_password(&problem));
            Ok(again_at(&token, form, SetupErrors { password, ..SetupErrors::default() }))
        }
        // The same form a second time, from a browser that lost the first answer: that one was enough.
        Err(SetupError::LinkInvalid) => {
            let repeated = repeats::link_used(&state.app, &visit.client, UsedLink::Setup, &token).await?;
            Ok(if repeated {
                anew(Typed::default(), Over::AnswerLost)
            } else {
                browser.keep(dead_form(LinkKind::Setup))
            })
        }
        Err(SetupError::Login(error)) => Err(error.into()),
        Err(SetupError::Internal(error)) => Err(error.into()),
    }
}

fn again_at(token: &str, form: SetupForm, errors: SetupErrors) -> Response {
    again(&format!("/setup/{token}"), &Refused { form, errors })
}

impl Fields {
    /// What may be shown again, and what may not.
    fn split(self) -> (SetupForm, SecretString) {
        let Self { tenant_name, tenant_id, username, email, display_name, password } = self;
        let tenant_id = tenant_id.trim().to_owned();
        (SetupForm { tenant_name, tenant_id, username, email, display_name }, password.into())
    }
}

fn owner(form: &SetupForm, password: SecretString) -> NewOwner {
    NewOwner {
        tenant_name: form.tenant_name.clone(),
        slug: form.tenant_id.clone(),
        username: form.username.clone(),
        email: Some(form.email.clone()),
        display_name: Some(form.display_name.clone()),
        password,
    }
}

/// The fields that must not be empty. An address is one of them: without it the first owner could not
/// get back in by mail, and there is nobody yet to ask.
fn missing(form: &SetupForm, password: &SecretString) -> SetupErrors {
    let missing = |text: &str| text.trim().is_empty().then_some(FieldError::Missing);
    SetupErrors {
        tenant_name: missing(&form.tenant_name),
        tenant_id: missing(&form.tenant_id),
        username: missing(&form.username),
        email: missing(&form.email),
        display_name: None,
        password: password.expose_secret().is_empty().then_some(NewPasswordError::Missing),
    }
}

fn is_wrong(errors: &SetupErrors) -> bool {
    let SetupErrors { tenant_name, tenant_id, username, email, display_name, password } = errors;
    let names = [tenant_name, tenant_id, username, email, display_name];
    password.is_some() || names.iter().any(|error| error.is_some())
}

fn refused(form: &SetupForm, problems: &[FieldProblem]) -> SetupErrors {
    let of = |field: &str| {
        let problem = problems.iter().find(|problem| problem.field == field)?;
        let reserved = field == "tenant_id" && form.tenant_id == SYSTEM_SLUG;
        Some(if reserved { FieldError::Taken } else { name_error(&problem.problem) })
    };
    SetupErrors {
        tenant_name: of("tenant_name"),
        tenant_id: of("tenant_id"),
        username: of("username"),
        email: of("email"),
        display_name: of("display_name"),
        password: None,
    }
}
