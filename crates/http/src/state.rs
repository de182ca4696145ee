//! What handlers are given.

use std::{ops::Deref, sync::Arc};

use metrics_exporter_prometheus::PrometheusHandle;
use secrecy::SecretBox;
use twinlock_service::{App, Internal, mail::Shelf};

use crate::http::{Cursors, HttpConfig};

/// Shared by all requests. It is cloned several times in each, so that it is one counter and no more.
#[derive(Clone)]
pub struct WebState(Arc<Shared>);

/// What a [`WebState`] holds.
pub struct Shared {
    /// The use cases.
    pub app: Arc<App>,
    /// The address the server is reached at.
    pub http: Arc<HttpConfig>,
    /// Page cursors.
    pub cursors: Cursors,
    /// What `/metrics` prints.
    pub(crate) metrics: PrometheusHandle,
    /// What only a demo has.
    pub demo: Option<Demo>,
}

/// What a demo shows, and a server that somebody needs does not.
pub struct Demo {
    /// Its mails, for everybody to read.
    pub mails: Arc<Shelf>,
    /// The slug of the organisation that visitors belong to who name none.
    pub home: String,
}

impl Deref for WebState {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl WebState {
    /// Puts the parts together.
    pub fn new(app: Arc<App>, http: HttpConfig, metrics: PrometheusHandle) -> Result<Self, Internal> {
        Self::showing(app, http, metrics, None)
    }

    /// The same, perhaps of a demo.
    pub fn showing(
        app: Arc<App>,
        http: HttpConfig,
        metrics: PrometheusHandle,
        demo: Option<Demo>,
    ) -> Result<Self, Internal> {
        let key = SecretBox::new(Box::new(app.cursor_key()?));
        let cursors = Cursors::new(&key);
        Ok(Self(Arc::new(Shared { app, http: Arc::new(http), cursors, metrics, demo })))
    }

    /// Whether browsers reach the server by TLS, and cookies are for that alone.
    pub fn is_https(&self) -> bool {
        self.http.is_https()
    }
}
