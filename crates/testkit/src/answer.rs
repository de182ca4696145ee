//! What the server answered.

use axum::http::{HeaderMap, StatusCode, header};
use serde_json::Value;

/// A response, read whole.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: Vec<u8>,
    /// Whether it is the page that shows a refused form again, to which the form's answer led.
    pub again: bool,
}

impl Answer {
    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {} {}", self.status, self.text()))
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A string member of the JSON body.
    #[track_caller]
    pub fn string(&self, member: &str) -> String {
        let json = self.json();
        json[member].as_str().unwrap_or_else(|| panic!("no string {member} in {json}")).to_owned()
    }

    /// The stable code of a problem document; empty for anything else.
    pub fn code(&self) -> String {
        let json: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        json["code"].as_str().unwrap_or_default().to_owned()
    }

    /// The same answer, if it has this status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        self
    }

    /// The same answer, if it is the page of a form that was refused.
    #[track_caller]
    pub fn shown_again(self) -> Self {
        assert!(self.again, "{} {} {}", self.status, self.location(), self.text());
        self.expect(200)
    }

    /// The same answer, if it is a problem with this status and code.
    #[track_caller]
    pub fn refused(self, status: u16, code: &str) -> Self {
        assert_eq!((self.status.as_u16(), self.code().as_str()), (status, code), "{}", self.text());
        assert_eq!(self.header("content-type"), "application/problem+json");
        self
    }

    /// Whatever a test asks for: a problem says in one sentence what to do. Asked of every answer.
    pub(crate) fn assert_says_what_to_do(&self) {
        // A HEAD has no body.
        if self.header("content-type") == "application/problem+json" && !self.body.is_empty() {
            let json: Value = serde_json::from_slice(&self.body).unwrap_or_default();
            let detail = json["detail"].as_str().unwrap_or_default();
            assert!(detail.len() > 10 && detail.ends_with('.'), "no sentence: {json}");
        }
    }

    /// A header as text; empty when absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Where a redirect leads.
    pub fn location(&self) -> &str {
        self.header(header::LOCATION.as_str())
    }

    /// Everything a client can compare: status, headers (the request's id and the date apart), body.
    pub fn seen(&self) -> (StatusCode, HeaderMap, String) {
        let mut headers = self.headers.clone();
        headers.remove("x-request-id");
        headers.remove(header::DATE);
        (self.status, headers, self.text())
    }
}
