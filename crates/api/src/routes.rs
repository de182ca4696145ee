//! The table of the API's routes. A route's guard is an argument of its handler; a test walks this table with
//! the wrong credentials.

use twinlock_http::WebState;
use utoipa::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    document::{ApiInfo, name_problems},
    v1::{account, auth, mfa, operators, organisations, sessions, tenants, tenants::users},
};

/// The API's routes and the document that describes them.
pub fn api() -> OpenApiRouter<WebState> {
    let mut routes = documented_routes();
    name_problems(routes.get_openapi_mut());
    routes
}

fn documented_routes() -> OpenApiRouter<WebState> {
    OpenApiRouter::with_openapi(ApiInfo::openapi())
        .routes(routes!(auth::login::login))
        .routes(routes!(auth::mfa::mfa))
        .routes(routes!(auth::mfa_webauthn_options::options))
        .routes(routes!(auth::mfa_webauthn::key))
        .routes(routes!(auth::passkey_options::options))
        .routes(routes!(auth::passkey::passkey))
        .routes(routes!(auth::logout::logout))
        .routes(routes!(auth::session::session))
        .routes(routes!(auth::step_up::step_up))
        .routes(routes!(auth::step_up_options::options))
        .routes(routes!(auth::password_change::password_change))
        .routes(routes!(auth::password_reset::password_reset))
        .routes(routes!(auth::password_reset_confirm::password_reset_confirm))
        .routes(routes!(auth::invitation::accept))
        .routes(routes!(sessions::list::list, sessions::end_others::end_others))
        .routes(routes!(sessions::end::end))
        .routes(routes!(account::show::show, account::update::update))
        .routes(routes!(account::password::password))
        .routes(routes!(account::mail_code::mail_code))
        .routes(routes!(account::email_confirm::email_confirm))
        .routes(routes!(mfa::overview::overview))
        .routes(routes!(mfa::enrollment_proof::send))
        .routes(routes!(mfa::enrollment_proof_verify::verify))
        .routes(routes!(mfa::setup::setup))
        .routes(routes!(mfa::verify::verify))
        .routes(routes!(mfa::disable::disable))
        .routes(routes!(mfa::recovery_codes::recovery_codes))
        .routes(routes!(mfa::recovery_codes_saved::saved))
        .routes(routes!(mfa::rename::rename, mfa::remove::remove))
        .routes(routes!(mfa::preferred::preferred))
        .routes(routes!(mfa::webauthn::list::list))
        .routes(routes!(mfa::webauthn::alone::let_sign_in_alone))
        .routes(routes!(mfa::webauthn::register_options::options))
        .routes(routes!(mfa::webauthn::register::register))
        .routes(routes!(tenants::settings::settings, tenants::settings_update::settings_update))
        .routes(routes!(tenants::mfa_status::mfa_status))
        .routes(routes!(tenants::mfa_history::mfa_history))
        .routes(routes!(tenants::mfa_reminders::mfa_reminders))
        .routes(routes!(tenants::user_deadline::user_deadline))
        .routes(routes!(users::list::list, users::create::create))
        .routes(routes!(users::import::import))
        .routes(routes!(users::export::export))
        .routes(routes!(users::show::show, users::update::update, users::remove::remove))
        .routes(routes!(users::invitation::invite))
        .routes(routes!(tenants::invitations::invitations))
        .routes(routes!(users::mfa::mfa))
        .routes(routes!(users::mfa_remove::remove))
        .routes(routes!(users::reset_mfa::reset))
        .routes(routes!(users::sessions::list, users::sessions_end::end))
        .routes(routes!(organisations::list::list, organisations::create::create))
        .routes(routes!(
            organisations::show::show,
            organisations::update::update,
            organisations::remove::remove
        ))
        .routes(routes!(organisations::restore::restore))
        .routes(routes!(operators::list::list))
        .routes(routes!(operators::approve::approve))
        .routes(routes!(operators::health::health))
        .routes(routes!(operators::mail::queue))
        .routes(routes!(tenants::recommendations::list))
        .routes(routes!(tenants::audit::list))
        .routes(routes!(tenants::audit_csv::export))
}
