//! The people of a tenant, a page at a time.

use twinlock_core::{ids::UserId, name::NameKey, user::Power};
use twinlock_store::{
    operator_approvals,
    people::{self, Filter, Position, Search},
};

use super::PersonView;
use crate::{
    App, Caller,
    administration::{self, NotAllowed},
    operators,
    sessions::{self, Rights},
};

/// Whom to list.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// How a user name, an address or a word of a display name begins; blank for everybody.
    pub search: Option<String>,
    /// By role, status and factors.
    pub filter: Filter,
    /// Where the page before ended.
    pub after: Option<After>,
    /// At most this many.
    pub limit: u32,
}

/// Where a page ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum After {
    /// Of all people.
    Person(UserId),
    /// Of those found by a search.
    Found(Position),
}

/// A page of people.
#[derive(Debug)]
pub struct People {
    /// The people.
    pub items: Vec<PersonView>,
    /// Where it ended, if there may be more: a search that few fit is broken off before the page is full.
    pub next: Option<After>,
}

/// Words that one page of a search looks through.
const WORDS: u32 = 2000;

/// People of the caller's tenant: all in the order in which they were made, or those found, by the word they
/// were found by.
pub async fn list(app: &App, caller: &Caller, tenant: &str, wanted: Wanted) -> Result<People, NotAllowed> {
    administration::look(app, caller, tenant, Power::SeePeople)?;
    let page = match wanted.search.as_deref().filter(|text| !text.trim().is_empty()) {
        Some(text) => found(app, caller, NameKey::of_letters(text), &wanted).await?,
        None => all(app, caller, &wanted).await?,
    };
    if operators::is_at_home(caller) { with_approvals(app, caller, page).await } else { Ok(page) }
}

/// Among operators, the invitations that wait for another's word.
async fn with_approvals(app: &App, caller: &Caller, mut page: People) -> Result<People, NotAllowed> {
    let waiting = operator_approvals::of_tenant(&app.store, caller.live.account.tenant.id).await?;
    for person in &mut page.items {
        let own = waiting.iter().find(|waiting| waiting.user.0 == person.user.id);
        *person = person.clone().awaiting(own);
    }
    Ok(page)
}

/// The same for those who administer the tenant, in the course of a long answer: whether the caller may still read
/// is looked up anew.
pub async fn list_again(
    app: &App,
    caller: &Caller,
    tenant: &str,
    wanted: Wanted,
) -> Result<People, NotAllowed> {
    let now = sessions::again(app, caller).await?.filter(|caller| caller.rights(app) == Rights::Full);
    let caller = now.ok_or(NotAllowed::Ended)?;
    administration::look(app, &caller, tenant, Power::Administer)?;
    list(app, &caller, tenant, wanted).await
}

async fn all(app: &App, caller: &Caller, wanted: &Wanted) -> Result<People, NotAllowed> {
    let tenant = caller.live.account.tenant.id;
    let after = match wanted.after {
        Some(After::Person(user)) => Some(user),
        _ => None,
    };
    let accounts = people::page(&app.store, tenant, wanted.filter, after, wanted.limit + 1).await?;
    Ok(page(wanted.limit, accounts, |account| (PersonView::of(app, account), After::Person(account.user.id))))
}

/// A text that is no name is the beginning of none.
async fn found(
    app: &App,
    caller: &Caller,
    prefix: Option<NameKey>,
    wanted: &Wanted,
) -> Result<People, NotAllowed> {
    let Some(prefix) = prefix else { return Ok(People { items: vec![], next: None }) };
    let after = match &wanted.after {
        Some(After::Found(position)) => Some(position.clone()),
        _ => None,
    };
    let search = Search { prefix, filter: wanted.filter, after, words: WORDS };
    let hits = people::search(&app.store, caller.live.account.tenant.id, &search, wanted.limit + 1).await?;
    let mut page = page(wanted.limit, hits.found, |found| {
        let position = Position { word: found.word.clone(), user: found.account.user.id };
        (PersonView::of(app, &found.account), After::Found(position))
    });
    page.next = page.next.or(hits.looked_to.map(After::Found));
    Ok(page)
}

/// One was asked for beyond the page, to know whether there are more.
fn page<T>(limit: u32, found: Vec<T>, see: impl Fn(&T) -> (PersonView, After)) -> People {
    let limit = limit as usize;
    let more = found.len() > limit;
    let (items, mut places): (Vec<_>, Vec<_>) = found.iter().take(limit).map(see).unzip();
    People { items, next: places.pop().filter(|_| more) }
}
