//! The API's own page, rendered from its OpenAPI document without any script.

use askama::Template;

use super::Page;

/// `/api/docs`.
#[derive(Debug, Template)]
#[template(path = "api_docs.html")]
pub struct ApiDocsPage {
    /// Common to all pages.
    pub page: Page,
    /// The API's version.
    pub version: String,
    /// What the document says about itself.
    pub description: String,
    /// Where the document is.
    pub document_url: String,
    /// Operations by tag, in the document's order.
    pub groups: Vec<Group>,
}

/// The operations of one tag.
#[derive(Clone, Debug)]
pub struct Group {
    /// The anchor.
    pub id: String,
    /// The tag.
    pub name: String,
    /// What the tag is about; may be empty.
    pub description: String,
    /// Its operations.
    pub operations: Vec<Operation>,
}

/// One method of one path.
#[derive(Clone, Debug)]
pub struct Operation {
    /// The anchor: the operation's id.
    pub id: String,
    /// `GET`, `POST`, …
    pub method: String,
    /// The path with its parameters in braces.
    pub path: String,
    /// One line.
    pub summary: String,
    /// More; may be empty.
    pub description: String,
    /// Whether it needs a token.
    pub auth: bool,
    /// Path, query and header parameters.
    pub params: Vec<Param>,
    /// The body, if it takes one.
    pub request: Option<Body>,
    /// The answers by status.
    pub responses: Vec<Response>,
}

impl Operation {
    /// The method in small letters, for its colour.
    pub fn method_class(&self) -> String {
        self.method.to_ascii_lowercase()
    }
}

/// One parameter.
#[derive(Clone, Debug)]
pub struct Param {
    /// Its name.
    pub name: String,
    /// `path`, `query` or `header`.
    pub place: String,
    /// Its type in one word.
    pub kind: String,
    /// Whether it must be given.
    pub required: bool,
    /// What it is; may be empty.
    pub description: String,
}

/// A body, asked for or answered.
#[derive(Clone, Debug)]
pub struct Body {
    /// The media type.
    pub media: String,
    /// Its schema as indented JSON.
    pub schema: String,
}

/// One answer.
#[derive(Clone, Debug)]
pub struct Response {
    /// The status, or `default`.
    pub status: String,
    /// When it comes.
    pub description: String,
    /// Its body, if any.
    pub body: Option<Body>,
}

impl Response {
    /// The class of the status, for its colour: `2`, `4`, …
    pub fn class(&self) -> &str {
        self.status.get(..1).unwrap_or_default()
    }
}
