//! Version 1 of the API. Names, shapes and statuses here are a contract with other people's programs.

use serde::Deserialize;
use utoipa::ToSchema;

pub mod account;
pub mod answer;
pub mod auth;
pub mod mfa;
pub mod sessions;
pub mod tenants;

/// A body in which nothing may be said.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Empty {}
