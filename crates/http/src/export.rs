//! Lists as CSV files of any length: they are read while they are sent.

mod affected;
mod audit;
mod people;

use axum::{body::Body, response::Response};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use twinlock_service::administration::NotAllowed;

pub use affected::affected;
pub use audit::audit;
pub use people::people;

use crate::http::{
    Problem,
    csv::{self, ReadBy},
};

/// A file that is made.
struct File {
    /// What it is saved as.
    name: String,
    /// The names of its columns.
    header: &'static [&'static str],
    /// For whom it is.
    read_by: ReadBy,
}

/// A part of a list, and whether there are more.
struct Part {
    rows: Vec<Vec<String>>,
    more: bool,
}

/// A list that is read part by part. Each time it is asked anew whether the caller may read.
trait Source: Send + 'static {
    /// The next part.
    fn next(&mut self) -> impl Future<Output = Result<Part, NotAllowed>> + Send;
}

/// The whole list. Where the caller may no longer read, or the database is away, the answer breaks off, and a client
/// can tell that from its end.
async fn file<S: Source>(file: File, mut source: S) -> Result<Response, Problem> {
    let first = source.next().await?;
    let header = file.header.iter().map(|name| (*name).to_owned()).collect();
    let begin = file.read_by.mark().to_owned() + &csv::records([header]) + &csv::records(first.rows);
    let rest = stream::try_unfold((source, first.more), |(mut source, more)| async move {
        if !more {
            return Ok(None);
        }
        let part = source.next().await?;
        Ok(Some((csv::records(part.rows), (source, part.more))))
    });
    let whole = stream::once(async { Ok(begin) }).chain(rest.map_err(broken));
    Ok(csv::file(&file.name, Body::from_stream(whole)))
}

fn broken(error: NotAllowed) -> NotAllowed {
    tracing::warn!(%error, "an export broke off");
    error
}
