//! The people of an organisation as a file that the import reads.

use std::sync::Arc;

use axum::response::Response;
use twinlock_service::{
    Caller,
    administration::NotAllowed,
    people::{self, PersonView, Wanted},
};

use super::{File, Part, Source, file};
use crate::{
    WebState,
    http::{Problem, csv::ReadBy},
};

/// People read from the database at a time.
const CHUNK: u32 = 500;

/// As the import names its columns.
const HEADER: [&str; 4] = ["username", "email", "display_name", "role"];

/// Everybody who is wanted, in the order of the list; how many are read at a time is decided here.
pub async fn people(
    state: &WebState,
    caller: &Arc<Caller>,
    slug: &str,
    wanted: Wanted,
    read_by: ReadBy,
) -> Result<Response, Problem> {
    let today = state.app.now().to_datetime().date();
    let name = format!("users-{slug}-{today}.csv");
    let wanted = Wanted { limit: CHUNK, ..wanted };
    let list = List { state: state.clone(), caller: Arc::clone(caller), slug: slug.to_owned(), wanted };
    file(File { name, header: &HEADER, read_by }, list).await
}

/// What is read from, again and again.
struct List {
    state: WebState,
    caller: Arc<Caller>,
    slug: String,
    wanted: Wanted,
}

impl Source for List {
    async fn next(&mut self) -> Result<Part, NotAllowed> {
        let wanted = self.wanted.clone();
        let found = people::list_again(&self.state.app, &self.caller, &self.slug, wanted).await?;
        let more = found.next.is_some();
        self.wanted.after = found.next;
        Ok(Part { rows: found.items.into_iter().map(line).collect(), more })
    }
}

fn line(person: PersonView) -> Vec<String> {
    let user = person.user;
    vec![user.username, user.email.unwrap_or_default(), user.display_name, user.role.as_str().to_owned()]
}
