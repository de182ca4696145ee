//! What handlers are given.

use std::sync::Arc;

use metrics_exporter_prometheus::PrometheusHandle;
use secrecy::SecretBox;
use twinlock_service::{App, Internal};

use crate::http::{Cursors, HttpConfig};

/// Shared by all requests; cheap to clone.
#[derive(Clone)]
pub struct WebState {
    /// The use cases.
    pub app: Arc<App>,
    /// The address the server is reached at.
    pub http: Arc<HttpConfig>,
    /// Page cursors.
    pub(crate) cursors: Arc<Cursors>,
    /// What `/metrics` prints.
    pub(crate) metrics: PrometheusHandle,
}

impl WebState {
    /// Puts the parts together.
    pub fn new(app: Arc<App>, http: HttpConfig, metrics: PrometheusHandle) -> Result<Self, Internal> {
        let key = SecretBox::new(Box::new(app.cursor_key()?));
        Ok(Self { app, http: Arc::new(http), cursors: Arc::new(Cursors::new(&key)), metrics })
    }

    pub(crate) fn is_https(&self) -> bool {
        self.http.is_https()
    }
}
