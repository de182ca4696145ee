//! Version 1 of the API. Names, shapes and statuses here are a contract with other people's programs.

use serde::Deserialize;
use twinlock_core::factor::typed;
use twinlock_http::http::Problem;
use utoipa::ToSchema;

pub mod account;
pub mod answer;
pub mod auth;
pub mod mfa;
pub mod operators;
pub mod organisations;
pub mod sessions;
pub mod tenants;

/// A body in which nothing may be said.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Empty {}

/// A code that must be given: blank means not given, and is no wrong guess.
pub(crate) fn given<'a>(field: &str, code: &'a str) -> Result<&'a str, Problem> {
    if typed::is_blank(code) {
        return Err(Problem::invalid(field, "is required"));
    }
    Ok(code)
}
