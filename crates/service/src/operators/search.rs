//! Organisations by the beginning of a word of theirs.

use twinlock_core::name::NameKey;
use twinlock_store::organisations;

use super::{By, OperateError, OrganisationView, list::look};
use crate::App;

/// Organisations that are looked at for one part of a list; it is broken off there, however few were found.
const LOOKED_AT: usize = 2000;
/// Of which so many are read at a time.
const CHUNK: u32 = 200;

/// What to look for.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// How the id, or a word of the name, begins; blank for all.
    pub search: String,
    /// The id after which the part begins.
    pub after: Option<String>,
    /// At most this many.
    pub limit: u32,
}

/// A part of the list.
#[derive(Debug, Default)]
pub struct Found {
    /// The organisations, by id.
    pub items: Vec<OrganisationView>,
    /// The id after which the next part begins, if there may be more.
    pub next: Option<String>,
}

/// The organisations of the server whose id, or a word of whose name, begins so.
pub async fn search(app: &App, by: By<'_>, wanted: &Wanted) -> Result<Found, OperateError> {
    look(app, by)?;
    let blank = wanted.search.trim().is_empty();
    let prefix = NameKey::of(&wanted.search);
    let fits = |found: &OrganisationView| match &prefix {
        _ if blank => true,
        Some(prefix) => begins(found, prefix.as_str()),
        None => false,
    };
    let limit = usize::try_from(wanted.limit).unwrap_or(usize::MAX);
    let (mut items, mut after) = (Vec::<OrganisationView>::new(), wanted.after.clone().unwrap_or_default());
    for _ in 0..LOOKED_AT / CHUNK as usize {
        let found = organisations::list(&app.store, &after, CHUNK).await?;
        let all = found.len() < CHUNK as usize;
        for view in found.into_iter().map(OrganisationView::from) {
            after.clone_from(&view.id);
            if !fits(&view) {
                continue;
            }
            if items.len() == limit {
                let next = items.last().map(|last| last.id.clone());
                return Ok(Found { items, next });
            }
            items.push(view);
        }
        if all {
            return Ok(Found { items, next: None });
        }
    }
    Ok(Found { items, next: Some(after) })
}

/// Names are compared in their canonical form, word by word.
fn begins(found: &OrganisationView, prefix: &str) -> bool {
    let name = NameKey::of(&found.name).map(|key| key.as_str().to_owned()).unwrap_or_default();
    let mut words = name.split(|c: char| !c.is_alphanumeric());
    found.id.starts_with(prefix) || name.starts_with(prefix) || words.any(|word| word.starts_with(prefix))
}
