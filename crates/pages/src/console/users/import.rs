//! `/console/users/import`: many people from a table. What it would do is shown first; only the button on that page
//! does it.

use axum::{extract::State, http::StatusCode, response::Response};
use serde::{Deserialize, Serialize};
use twinlock_core::factor::typed::is_blank;
use twinlock_http::{
    WebState,
    extract::RequestClient,
    http::{Problem, limits::MAX_IMPORT_BYTES},
};
use twinlock_service::{
    Client,
    people::{self, ImportError, ImportRow, MAX_ROWS, PersonError},
    setup::FieldProblem,
};

use crate::{
    again::{Again, again, is_kept_whole},
    console::{
        guard::{Administrator, AdministratorUpload},
        proof::{self, Weight},
    },
    render::{page, page_with},
    view::{
        NavItem, When,
        console::import::{
            Field, ImportLine, ImportPage, ImportPreviewPage, ImportedPage, Lines, TableMistake,
        },
    },
    visitor::SignedIn,
};

const HERE: &str = "/console/users/import";

/// A chosen file counts, else what was pasted.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Form {
    file: String,
    table: String,
    import: String,
}

/// What the page shows again.
#[derive(Serialize, Deserialize)]
pub(super) struct RefusedTable {
    /// The table; empty where it does not fit into a cookie.
    table: String,
    mistake: TableMistake,
}

pub(super) async fn ask(
    State(state): State<WebState>,
    Administrator(visitor): Administrator,
    Again(refused): Again<RefusedTable>,
) -> Result<Response, Problem> {
    let (table, mistake) = refused.map(|refused| (refused.table, refused.mistake)).unzip();
    let table = table.unwrap_or_default();
    let status = match mistake {
        Some(TableMistake::Refused) => Some(StatusCode::OK),
        Some(TableMistake::Late) => Some(StatusCode::CONFLICT),
        _ => None,
    };
    if let Some(status) = status.filter(|_| !table.is_empty()) {
        let import = Import { state: &state, visitor: &visitor, table };
        let late = mistake == Some(TableMistake::Late);
        return Ok(page_with(status, &import.shown(import.judged().await?, late)));
    }
    if let Some(first) = proof::missing(&state, &visitor, Weight::Plain, HERE) {
        return Ok(first);
    }
    let page_parts = visitor.page(&state, NavItem::Users);
    Ok(page(&ImportPage { page: page_parts, table, mistake, max_people: MAX_ROWS }))
}

pub(super) async fn take(
    State(state): State<WebState>,
    RequestClient(client): RequestClient,
    AdministratorUpload(visitor, sent): AdministratorUpload<Form>,
) -> Result<Response, Problem> {
    let sure = sent.import == "yes";
    let table = if sent.file.is_empty() { sent.table } else { sent.file };
    let import = Import { state: &state, visitor: &visitor, table };
    let done = match unfit(&import.table) {
        Some(mistake) => return Ok(import.again(mistake)),
        None if sure => import.perform(&client).await,
        None => import.preview().await,
    };
    match done {
        Ok(page) => Ok(page),
        Err(ImportError::Unreadable(why)) => Ok(import.again(TableMistake::Unreadable(why.to_string()))),
        Err(error) => Ok(proof::otherwise(&state, &visitor, error, HERE)),
    }
}

/// What keeps a text from being looked at as a table.
fn unfit(table: &str) -> Option<TableMistake> {
    if is_blank(table) {
        return Some(TableMistake::Missing);
    }
    if table.len() > MAX_IMPORT_BYTES {
        return Some(TableMistake::TooLarge);
    }
    table.contains(['\0', char::REPLACEMENT_CHARACTER]).then_some(TableMistake::NoText)
}

/// A table that was sent.
struct Import<'a> {
    state: &'a WebState,
    visitor: &'a SignedIn,
    table: String,
}

impl Import<'_> {
    fn slug(&self) -> &str {
        &self.visitor.caller.live.account.tenant.slug
    }

    /// What the table would do. Where lines are refused there are ways on from the page, and back to it: it has an
    /// address of its own as far as a cookie can carry the table there.
    async fn preview(&self) -> Result<Response, ImportError> {
        let shown = self.shown(self.judged().await?, false);
        let kept = RefusedTable { table: self.table.clone(), mistake: TableMistake::Refused };
        Ok(if shown.lines.refused() > 0 && is_kept_whole(HERE, &kept) {
            again(HERE, &kept)
        } else {
            page(&shown)
        })
    }

    async fn judged(&self) -> Result<Vec<ImportRow>, ImportError> {
        people::preview_import(&self.state.app, &self.visitor.caller, self.slug(), &self.table).await
    }

    /// Makes everybody. Where that is no longer possible, leads to what the table would do now.
    async fn perform(&self, client: &Client) -> Result<Response, ImportError> {
        let (app, caller) = (&self.state.app, &self.visitor.caller);
        let rows = match people::import(app, client, caller, self.slug(), &self.table).await {
            Ok(rows) => rows,
            Err(ImportError::Refused(_) | ImportError::Person(PersonError::Taken(_))) => {
                return Ok(self.again(TableMistake::Late));
            }
            Err(error) => return Err(error),
        };
        let page_parts = self.visitor.page(self.state, NavItem::Users);
        let now = app.now();
        let last = rows.iter().filter_map(|row| row.invited_at).max().filter(|at| *at > now);
        let last_leaves = last.map(|at| When::new(at, now));
        Ok(page(&ImportedPage { page: page_parts, lines: lines(rows), last_leaves }))
    }

    fn shown(&self, rows: Vec<ImportRow>, late: bool) -> ImportPreviewPage {
        let page = self.visitor.page(self.state, NavItem::Users);
        ImportPreviewPage { page, lines: lines(rows), table: self.table.clone(), late }
    }

    /// Back to the form. What no text field could hold, or no cookie carry whole, is not put into it: a part of a table is
    /// another table.
    fn again(&self, mistake: TableMistake) -> Response {
        let is_text = matches!(mistake, TableMistake::Unreadable(_) | TableMistake::Late);
        let table = if is_text { self.table.clone() } else { String::new() };
        let kept = RefusedTable { table, mistake };
        let whole = is_kept_whole(HERE, &kept);
        again(HERE, &if whole { kept } else { RefusedTable { table: String::new(), ..kept } })
    }
}

fn lines(rows: Vec<ImportRow>) -> Lines {
    Lines::of(rows.into_iter().map(line).collect())
}

fn line(row: ImportRow) -> ImportLine {
    ImportLine {
        number: row.line,
        email: row.email().map(str::to_owned),
        problems: row.problems.iter().map(problem).collect(),
        username: row.username,
        role: row.role,
        id: row.user.map(|id| id.to_string()),
    }
}

fn problem(found: &FieldProblem) -> (Field, String) {
    let field = match found.field {
        "username" => Field::Username,
        "email" => Field::Email,
        "display_name" => Field::DisplayName,
        "role" => Field::Role,
        _ => Field::Line,
    };
    (field, found.problem.to_string())
}
