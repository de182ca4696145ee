//! Every page in every state, filled with sample data.

mod account;
mod console;
mod demo;
mod imports;
mod login;
mod operators;
mod people;
mod security;
mod settings;

use askama::Template;
use twinlock_core::{clock::Timestamp, user::Role};
use twinlock_pages::guide;
use twinlock_pages::view::api_docs::{ApiDocsPage, Body, Group, Operation, Param, Response};
use twinlock_pages::view::error::{ErrorKind, ErrorPage, ExpiredFormPage};
use twinlock_pages::view::guide::{GuideIndexPage, GuidePage};
use twinlock_pages::view::help::HelpPage;
use twinlock_pages::view::{Banner, NavItem, Page, When, Who};

/// Name and HTML of a page.
pub type Rendered = (String, String);

/// All pages.
pub fn all() -> askama::Result<Vec<Rendered>> {
    let mut pages = Pages(Vec::new());
    login::add(&mut pages)?;
    account::add(&mut pages)?;
    security::add(&mut pages)?;
    console::add(&mut pages)?;
    operators::add(&mut pages)?;
    people::add(&mut pages)?;
    imports::add(&mut pages)?;
    settings::add(&mut pages)?;
    demo::add(&mut pages)?;
    errors(&mut pages)?;
    pages.add("help", &HelpPage { page: member(NavItem::Help), mfa_available: true })?;
    pages.add("help-signed-out", &HelpPage { page: stranger(), mfa_available: true })?;
    pages.add("help-no-mfa", &HelpPage { page: stranger(), mfa_available: false })?;
    pages.add("api-docs", &api_docs())?;
    pages.add("guide", &GuideIndexPage { page: stranger(), parts: guide::parts() })?;
    pages.add("guide-page", &guide_page())?;
    Ok(pages.0)
}

/// The pages so far.
pub struct Pages(Vec<Rendered>);

impl Pages {
    /// Renders `page` under `name`.
    fn add(&mut self, name: &str, page: &impl Template) -> askama::Result<()> {
        self.0.push((name.to_owned(), page.render()?));
        Ok(())
    }
}

/// A page before sign-in.
fn stranger() -> Page {
    let request_id = "0192f3c4-7a1b-7c2d".into();
    Page { csrf: "sample-token".into(), request_id, mfa: true, ..Page::default() }
}

/// A page of Maria's.
fn member(active: NavItem) -> Page {
    let who = Who {
        username: "maria".into(),
        display_name: "Maria Santos".into(),
        tenant_name: "Demo organisation".into(),
        role: Role::Member,
        mfa: true,
        operates: false,
    };
    Page { signed_in: Some(who), active, ..stranger() }
}

/// `page` with a note above.
fn with(banner: Banner, page: Page) -> Page {
    Page { banners: vec![banner], ..page }
}

/// So many seconds before the sample's now.
fn ago(secs: i64) -> When {
    let now = Timestamp::from_secs(1_796_000_000);
    When::new(now.plus_secs(-secs), now)
}

fn errors(pages: &mut Pages) -> askama::Result<()> {
    let kinds = [
        ("400", ErrorKind::BadRequest),
        ("403", ErrorKind::Forbidden),
        ("403-form", ErrorKind::FormExpired),
        ("404", ErrorKind::NotFound),
        ("405", ErrorKind::MethodNotAllowed),
        ("409", ErrorKind::Conflict),
        ("421", ErrorKind::Misdirected { public_url: "https://id.demo.example".into() }),
        ("429", ErrorKind::TooMany { wait_secs: 240 }),
        ("500", ErrorKind::Internal),
        ("503", ErrorKind::Unavailable),
    ];
    for (name, kind) in kinds {
        pages.add(&format!("error-{name}"), &ErrorPage { page: stranger(), kind })?;
    }
    let kept = vec![("display_name".to_owned(), "Maria".to_owned())];
    let action = "/account/profile".to_owned();
    pages.add("error-403-again", &ExpiredFormPage { page: member(NavItem::None), action, kept })
}

fn json(schema: &str) -> Body {
    Body { media: "application/json".into(), schema: schema.into() }
}

fn response(status: &str, description: &str, body: Option<Body>) -> Response {
    Response { status: status.into(), description: description.into(), body }
}

fn api_docs() -> ApiDocsPage {
    let login = Operation {
        id: "login".into(),
        method: "POST".into(),
        path: "/api/v1/auth/login".into(),
        summary: "Sign in with a password and, where enrolled, a code".into(),
        description: "The same answer and timing for every kind of wrong credentials.".into(),
        auth: false,
        params: vec![],
        request: Some(json(
            "{\n  \"username\": \"string\",\n  \"password\": \"string\",\n  \"tenant_id\": \"string\",\n  \"mfa_code\": \"string | null\"\n}",
        )),
        responses: vec![
            response(
                "200",
                "Signed in, or the second factor is asked for",
                Some(json("{\n  \"token\": \"string\"\n}")),
            ),
            response("401", "invalid_credentials, invalid_mfa_code", None),
            response("429", "too_many_attempts", None),
        ],
    };
    let end = Operation {
        id: "end-session".into(),
        method: "DELETE".into(),
        path: "/api/v1/sessions/{id}".into(),
        summary: "End one session".into(),
        description: String::new(),
        auth: true,
        params: vec![Param {
            name: "id".into(),
            place: "path".into(),
            kind: "string (uuid)".into(),
            required: true,
            description: "The session".into(),
        }],
        request: None,
        responses: vec![response("204", "Ended", None), response("500", "internal", None)],
    };
    let list = Operation {
        id: "list-sessions".into(),
        method: "GET".into(),
        path: "/api/v1/sessions".into(),
        summary: "Where I am signed in".into(),
        ..end.clone()
    };
    ApiDocsPage {
        page: member(NavItem::None),
        version: "0.1.0".into(),
        description: "Errors are application/problem+json with a stable code.".into(),
        document_url: "/api/v1/openapi.json".into(),
        groups: vec![
            Group {
                id: "tag-auth".into(),
                name: "Signing in".into(),
                description: String::new(),
                operations: vec![login],
            },
            Group {
                id: "tag-sessions".into(),
                name: "Sessions".into(),
                description: "Where one is signed in.".into(),
                operations: vec![list, end],
            },
        ],
    }
}

fn guide_page() -> GuidePage {
    let entry = |title: &str, path: &str| guide::Entry { title: title.into(), path: path.into() };
    GuidePage {
        page: member(NavItem::Help),
        title: "Settings of an organisation".into(),
        html: guide::html("admin/settings").unwrap_or_default(),
        markdown: "/guide/admin/settings.md".into(),
        before: Some(entry("Roles", "admin/roles")),
        after: Some(entry("The audit log", "admin/audit")),
    }
}
