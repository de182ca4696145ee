//! The list: search, filters, a part at a time.

use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use serde::Deserialize;
use twinlock_core::user::{Power, Role, Status};
use twinlock_http::{
    WebState, export,
    http::{Problem, csv::ReadBy},
    place,
};
use twinlock_service::people::{self, Filter, Wanted};

use super::person;
use crate::{
    console::{
        address::address,
        guard::{Administrator, Helper},
    },
    render::{go, page},
    view::{
        NavItem,
        console::{
            Pager,
            users::{Invitations, Mfa, UsersForm, UsersPage},
        },
    },
    visitor::SignedIn,
};

const HERE: &str = "/console/users";
const FILE: &str = "/console/users.csv";
/// People on one page.
const ON_A_PAGE: u32 = 50;

/// What is asked for. Blank, and what cannot be read, is not asked for.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Query {
    search: String,
    mfa: String,
    role: String,
    status: String,
    cursor: String,
    /// Invitations that were just sent again, and people who were left out.
    invited: Option<u64>,
    left_out: u64,
}

impl Query {
    fn invitations(&self) -> Option<Invitations> {
        self.invited.map(|queued| Invitations { queued, left_out: self.left_out })
    }

    fn of(text: Option<&str>) -> Self {
        serde_urlencoded::from_str(text.unwrap_or_default()).unwrap_or_default()
    }

    /// The same filter at another place of the list.
    fn at(&self, path: &str, cursor: &str) -> String {
        let filter = [("search", self.search.trim()), ("mfa", &self.mfa), ("role", &self.role)];
        address(path, &[filter.as_slice(), &[("status", &self.status), ("cursor", cursor)]].concat())
    }

    fn form(&self) -> UsersForm {
        UsersForm {
            search: self.search.trim().to_owned(),
            mfa: Mfa::parse(&self.mfa),
            role: Role::parse(&self.role),
            status: Status::parse(&self.status),
        }
    }
}

pub(super) async fn show(
    State(state): State<WebState>,
    Helper(visitor): Helper,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query = Query::of(query.as_deref());
    let form = query.form();
    let scope = scope(&visitor, &form.search);
    let after = match query.cursor.as_str() {
        "" => None,
        cursor => match state.cursors.decode(&scope, cursor).ok().and_then(|bytes| place::read(&bytes)) {
            Some(after) => Some(after),
            None => return Ok(go(&query.at(HERE, ""))),
        },
    };
    let first = after.is_some().then(|| query.at(HERE, ""));
    let wanted = Wanted { after, limit: ON_A_PAGE, ..wanted(&form) };
    let slug = &visitor.caller.live.account.tenant.slug;
    let found = people::list(&state.app, &visitor.caller, slug, wanted).await?;
    let next = found.next.map(|after| query.at(HERE, &state.cursors.encode(&scope, &place::bytes(&after))));
    Ok(page(&UsersPage {
        page: visitor.page(&state, NavItem::Users),
        download: query.at(FILE, ""),
        invitations: query.invitations(),
        form,
        people: found.items.iter().map(|view| person::row(&state, &visitor, view)).collect(),
        pager: Pager { first, next },
        mfa_available: state.app.config().mfa_enabled,
        may_invite: visitor.caller.live.account.user.role.has(Power::Administer),
    }))
}

/// All that the filter finds, as a file.
pub(super) async fn download(
    State(state): State<WebState>,
    Administrator(visitor): Administrator,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let form = Query::of(query.as_deref()).form();
    let slug = visitor.caller.live.account.tenant.slug.clone();
    export::people(&state, &visitor.caller, &slug, wanted(&form), ReadBy::Person).await
}

fn wanted(form: &UsersForm) -> Wanted {
    let mfa = form.mfa.map(|mfa| match mfa {
        Mfa::On => people::Mfa::Enrolled,
        Mfa::Off => people::Mfa::NotEnrolled,
        Mfa::AtRisk => people::Mfa::AtRisk,
    });
    let filter = Filter { role: form.role, status: form.status, mfa };
    Wanted { search: Some(form.search.clone()), filter, ..Wanted::default() }
}

/// A cursor is good for this organisation and this search.
fn scope(visitor: &SignedIn, search: &str) -> String {
    format!("console/users/{}/{search}", visitor.caller.live.account.tenant.id)
}
