//! What a PostgreSQL address says of the way to the server.

use std::{net::IpAddr, str::FromStr};

use sea_orm::{
    DbErr,
    sqlx::postgres::{PgConnectOptions, PgSslMode},
};

use crate::StoreError;

/// Where a PostgreSQL server is, and whether the way there is encrypted. Read by the driver itself, so that both
/// understand a parameter that is given twice, or by the environment, in the same way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostgresAddress {
    /// Its host, or the folder of its socket.
    pub host: String,
    /// Whether it is this machine: a socket, or a loopback address.
    pub is_this_machine: bool,
    /// Whether a connection without TLS is refused.
    pub is_encrypted: bool,
}

impl PostgresAddress {
    /// Of a `postgres://` address.
    ///
    /// # Errors
    /// [`StoreError::Database`] for one that the driver cannot read. It may hold a password: do not print it.
    pub fn of(url: &str) -> Result<Self, StoreError> {
        let options = PgConnectOptions::from_str(url)
            .map_err(|_| DbErr::Custom("the address of the database cannot be read".to_owned()))?;
        let host = options.get_host().to_owned();
        let is_encrypted = matches!(
            options.get_ssl_mode(),
            PgSslMode::Require | PgSslMode::VerifyCa | PgSslMode::VerifyFull
        );
        let is_this_machine = options.get_socket().is_some() || is_this_machine(&host);
        Ok(Self { host, is_this_machine, is_encrypted })
    }
}

fn is_this_machine(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.starts_with('/') || host == "localhost" || IpAddr::from_str(bare).is_ok_and(|ip| ip.is_loopback())
}
