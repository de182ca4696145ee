//! The OpenAPI document, made from the handlers.

use utoipa::{
    Modify, OpenApi,
    openapi::{
        OpenApi as Document, PathItem, RefOr,
        path::Operation,
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
        (name = "People", description = "An organisation's people, for those who administer or help them."),
        (name = "Operators", description = "The organisations of the whole server."),
    ),
    modifiers(&Bearer),
)]
pub struct ApiInfo;

/// Gives error answers their media type (RFC 9457 §3), which their shape alone does not tell.
pub fn name_problems(document: &mut Document) {
    for operation in document.paths.paths.values_mut().flat_map(operations) {
        let errors = operation.responses.responses.iter_mut();
        for (_, response) in errors.filter(|(status, _)| status.starts_with(['4', '5'])) {
            let RefOr::T(response) = response else { continue };
            if let Some(content) = response.content.shift_remove("application/json") {
                response.content.insert("application/problem+json".to_owned(), content);
            }
        }
    }
}

fn operations(path: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem { get, post, put, patch, delete, .. } = path;
    [get, post, put, patch, delete].into_iter().flatten()
}

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut Document) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(scheme));
    }
}
