//! Query strings.

use axum::{
    extract::FromRequestParts,
    http::{Uri, request::Parts},
};
use serde::de::DeserializeOwned;

use super::{problem::Problem, shape};

/// The query read strictly into `T`, which must carry `#[serde(deny_unknown_fields)]`. A repeated name, an
/// unknown one, NUL, or a wrong value is 422.
#[derive(Clone, Copy, Debug, Default)]
pub struct ApiQuery<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for ApiQuery<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        read(&parts.uri).map(Self)
    }
}

fn read<T: DeserializeOwned>(uri: &Uri) -> Result<T, Problem> {
    let pairs = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    if pairs.clone().any(|(name, value)| name.contains('\0') || value.contains('\0')) {
        return Err(Problem::invalid("", "must not contain the character U+0000"));
    }
    serde_path_to_error::deserialize(serde_urlencoded::Deserializer::new(pairs))
        .map_err(|error| shape::problem(&error.path().to_string(), &error.inner().to_string()))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Default, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Filter {
        #[serde(default)]
        dry_run: bool,
        user_id: Option<String>,
    }

    fn parse(uri: &str) -> Result<Filter, Problem> {
        read(&uri.parse().unwrap())
    }

    #[test]
    fn a_query_is_read_by_name() {
        let filter = parse("/x?dry_run=true&user_id=a%20b").unwrap();
        assert!(filter.dry_run);
        assert_eq!(filter.user_id.as_deref(), Some("a b"));
        assert!(!parse("/x").unwrap().dry_run);
    }

    /// What is not the documented query never reaches a handler.
    #[test]
    fn a_wrong_query_names_the_field_and_is_422() {
        for (uri, field) in [
            ("/x?dry_run=yes", "dry_run"),
            ("/x?dry-run=true", "dry-run"),
            ("/x?dry_run=true&dry_run=false", "dry_run"),
            ("/x?user_id=a%00b", ""),
            ("/x?a=1%27%20OR%201=1--", "a"),
        ] {
            let problem = parse(uri).unwrap_err();
            assert_eq!(problem.status, 422, "{uri}");
            assert_eq!(problem.errors[0].field, field, "{uri}");
            assert!(!problem.to_json().to_string().contains("yes"));
        }
    }
}
