//! The OpenAPI document, made from the handlers.

use utoipa::{
    Modify, OpenApi,
    openapi::{
        OpenApi as Document,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

/// What the document says of the API as a whole.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Twinlock API",
        description = "Accounts, passwords and second factors. Errors are `application/problem+json` with \
                       a stable `code`; lists take `limit` and `cursor`; times are RFC 3339 in UTC.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    tags(
        (name = "Signing in", description = "Password, second factor, step-up, forgotten passwords."),
        (name = "Second factors", description = "One's own authenticator apps and recovery codes."),
        (name = "Sessions", description = "Where one is signed in."),
        (name = "Account", description = "One's own profile and password."),
        (name = "Organisation", description = "For owners and administrators."),
    ),
    modifiers(&Bearer),
)]
pub struct ApiInfo;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut Document) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(scheme));
    }
}
