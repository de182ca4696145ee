//! `/demo/mail…`: the mails of a demo. On a server that somebody needs, there is no such page.

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};
use twinlock_core::ids::MailId;
use twinlock_http::{
    WebState,
    http::{Code, Problem},
};
use twinlock_service::mail::{Shelf, ShelvedMail};
use uuid::Uuid;

use super::{
    render::page,
    visitor::{PreLogin, SignedIn},
};
use crate::view::{
    NavItem, Page, When,
    demo::{MailPage, MailRow, MailsPage},
};

pub(super) fn routes() -> Router<WebState> {
    Router::new()
        .route("/demo/mail", get(list))
        .route("/demo/mail/{id}", get(show))
        .route("/demo/mail/{id}/html", get(html_part))
}

async fn list(
    State(state): State<WebState>,
    visitor: Option<SignedIn>,
    browser: PreLogin,
) -> Result<Response, Problem> {
    let mails = shelf(&state)?.newest_first();
    let mails = mails.iter().map(|mail| row(&state, mail)).collect();
    Ok(page(&MailsPage { page: layout(&state, visitor.as_ref(), &browser), mails }))
}

async fn show(
    State(state): State<WebState>,
    Path(id): Path<String>,
    visitor: Option<SignedIn>,
    browser: PreLogin,
) -> Result<Response, Problem> {
    let mail = find(&state, &id)?;
    Ok(page(&MailPage {
        page: layout(&state, visitor.as_ref(), &browser),
        mail: row(&state, &mail),
        paragraphs: mail.paragraphs(),
        file: mail.file.clone(),
    }))
}

/// The HTML part as it went out, alone in a window.
async fn html_part(State(state): State<WebState>, Path(id): Path<String>) -> Result<Response, Problem> {
    let mail = find(&state, &id)?;
    let policy = HeaderValue::from_str(&policy(&mail.html)).map_err(|_| Problem::new(Code::Internal))?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_SECURITY_POLICY, policy),
    ];
    Ok((headers, mail.html.clone()).into_response())
}

fn shelf(state: &WebState) -> Result<&Shelf, Problem> {
    state.demo.as_ref().map(|demo| &*demo.mails).ok_or_else(|| Problem::new(Code::NotFound))
}

fn find(state: &WebState, id: &str) -> Result<Arc<ShelvedMail>, Problem> {
    let shelf = shelf(state)?;
    let id = Uuid::try_parse(id).ok().map(MailId);
    id.and_then(|id| shelf.find(id)).ok_or_else(|| Problem::new(Code::NotFound))
}

fn row(state: &WebState, mail: &ShelvedMail) -> MailRow {
    MailRow {
        id: mail.id.to_string(),
        at: When::new(mail.at, state.app.now()),
        to: mail.to.clone(),
        from: mail.from.clone(),
        subject: mail.subject.clone(),
    }
}

fn layout(state: &WebState, visitor: Option<&SignedIn>, browser: &PreLogin) -> Page {
    visitor.map_or_else(|| browser.page(), |visitor| visitor.page(state, NavItem::DemoMails))
}

/// What a mail may do: nothing is loaded, sent or run, and no style counts but those that it was written with, which are
/// inline as mail programs want them and named here by their digests (CSP Level 3 §2.3.1).
fn policy(html: &str) -> String {
    let attributes = between(html, "style=\"", "\"");
    let sheets = between(html, "<style>", "</style>");
    let digests: BTreeSet<_> = attributes.chain(sheets).map(digest).collect();
    let digests: Vec<_> = digests.into_iter().collect();
    format!(
        "default-src 'none'; style-src 'unsafe-hashes' {}; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
        digests.join(" ")
    )
}

/// What stands between two marks, wherever it does.
fn between<'a>(text: &'a str, open: &'static str, close: &'static str) -> impl Iterator<Item = &'a str> {
    text.split(open).skip(1).filter_map(move |rest| rest.split_once(close).map(|(inner, _)| inner))
}

fn digest(text: &str) -> String {
    // A browser takes the attribute's value, in which our template writes nothing as a reference.
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_may_use_its_own_styles_and_nothing_else() {
        let html = "<style>p { color: red }</style><p style=\"margin:0\">a</p><p style=\"margin:0\">b</p>";
        let policy = policy(html);
        assert_eq!(policy.matches("'sha256-").count(), 2, "{policy}");
        assert!(
            policy.contains(&digest("margin:0")) && policy.contains(&digest("p { color: red }")),
            "{policy}"
        );
        assert!(policy.starts_with("default-src 'none';") && !policy.contains("unsafe-inline"), "{policy}");
    }
}
