//! The people whom a change of the settings would touch, as a file.

use std::sync::Arc;

use axum::response::Response;
use twinlock_service::{
    Caller,
    administration::NotAllowed,
    settings::{self, Affected, Effect, SettingsPatch, WantedAffected},
};

use super::{File, Part, Source, file};
use crate::{
    WebState,
    http::{Problem, csv::ReadBy},
};

/// People of one part.
const CHUNK: u32 = 500;

const HEADER: [&str; 6] = ["effect", "username", "display_name", "email", "deadline", "sessions_ended"];

/// All lists, one after the other: somebody may be on several.
pub async fn affected(
    state: &WebState,
    caller: &Arc<Caller>,
    slug: &str,
    change: (SettingsPatch, Option<i64>),
    read_by: ReadBy,
) -> Result<Response, Problem> {
    // A change that cannot be made has no people.
    settings::preview(&state.app, caller, slug, change.clone()).await?;
    let today = state.app.now().to_datetime().date();
    let name = format!("preview-{slug}-{today}.csv");
    let wanted = WantedAffected { effect: Effect::ALL[0], after: None, limit: CHUNK };
    let lists =
        Lists { state: state.clone(), caller: Arc::clone(caller), slug: slug.to_owned(), change, wanted };
    file(File { name, header: &HEADER, read_by }, lists).await
}

/// What is read from, again and again.
struct Lists {
    state: WebState,
    caller: Arc<Caller>,
    slug: String,
    change: (SettingsPatch, Option<i64>),
    wanted: WantedAffected,
}

impl Source for Lists {
    async fn next(&mut self) -> Result<Part, NotAllowed> {
        let (app, change) = (&self.state.app, self.change.clone());
        let found = settings::affected_again(app, &self.caller, &self.slug, change, self.wanted).await?;
        let effect = self.wanted.effect;
        let rows = found.items.into_iter().map(|person| line(effect, person)).collect();
        let mut later = Effect::ALL.into_iter().skip_while(|known| *known != effect).skip(1);
        self.wanted.after = found.next;
        let more = match (found.next, later.next()) {
            (Some(_), _) => true,
            (None, Some(next)) => {
                self.wanted.effect = next;
                true
            }
            (None, None) => false,
        };
        Ok(Part { rows, more })
    }
}

fn line(effect: Effect, person: Affected) -> Vec<String> {
    vec![
        effect.as_str().to_owned(),
        person.username,
        person.display_name,
        person.email.unwrap_or_default(),
        person.deadline.map(|at| at.to_string()).unwrap_or_default(),
        person.sessions_ended.to_string(),
    ]
}
