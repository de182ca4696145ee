//! From the OpenAPI document to what the page shows.

use axum::http::StatusCode;
use serde_json::{Map, Value};

use super::schema::Schemas;
use crate::view::api_docs::{Body, Group, Operation, Param, Response};

/// Methods in the order people look for them.
const METHODS: [&str; 7] = ["get", "post", "put", "patch", "delete", "head", "options"];

/// The operations by tag, in the order of the document's tags.
pub(super) fn groups(document: &Value) -> Vec<Group> {
    let operations = operations(document);
    let tags = items(&document["tags"]);
    let named = tags.map(|tag| (text(&tag["name"]), text(&tag["description"])));
    named
        .map(|(name, description)| Group {
            id: anchor(&name),
            operations: operations.iter().filter(|(tag, _)| *tag == name).map(|(_, it)| it.clone()).collect(),
            name,
            description,
        })
        .filter(|group| !group.operations.is_empty())
        .collect()
}

/// Every operation with its first tag.
fn operations(document: &Value) -> Vec<(String, Operation)> {
    let schemas = Schemas::of(document);
    let paths = members(&document["paths"]);
    let each = paths.flat_map(|(path, item)| METHODS.map(|method| (method, path, &item[method])));
    each.filter(|(.., operation)| operation.is_object())
        .map(|(method, path, found)| (text(&found["tags"][0]), operation(method, path, found, &schemas)))
        .collect()
}

fn operation(method: &str, path: &str, found: &Value, schemas: &Schemas<'_>) -> Operation {
    Operation {
        id: anchor(&format!("{method} {path}")),
        method: method.to_uppercase(),
        path: path.to_owned(),
        summary: text(&found["summary"]),
        description: text(&found["description"]),
        auth: items(&found["security"]).next().is_some(),
        params: items(&found["parameters"]).map(|it| param(it, schemas)).collect(),
        request: body(&found["requestBody"]["content"], schemas),
        responses: members(&found["responses"])
            .map(|(status, response)| Response {
                status: status.clone(),
                description: meaning(status, &response["description"]),
                body: body(&response["content"], schemas),
            })
            .collect(),
    }
}

fn param(found: &Value, schemas: &Schemas<'_>) -> Param {
    Param {
        name: text(&found["name"]),
        place: text(&found["in"]),
        kind: schemas.write(&found["schema"]),
        required: found["required"].as_bool().unwrap_or_default(),
        description: text(&found["description"]),
    }
}

/// The first media type: the API has one for each body.
fn body(content: &Value, schemas: &Schemas<'_>) -> Option<Body> {
    let (media, content) = members(content).next()?;
    Some(Body { media: media.clone(), schema: schemas.write(&content["schema"]) })
}

/// What the document says of an answer, else what its status means by itself.
fn meaning(status: &str, description: &Value) -> String {
    let said = text(description);
    let reason = || StatusCode::from_bytes(status.as_bytes()).ok()?.canonical_reason();
    if said.is_empty() { reason().unwrap_or_default().to_owned() } else { said }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}

/// Letters and digits, joined by hyphens.
fn anchor(text: &str) -> String {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The document as it is published; a test of the API keeps this record equal to it.
    fn published() -> Value {
        let record = include_str!("../../../web/tests/api/snapshots/openapi.snap");
        serde_json::from_str(record.splitn(3, "---\n").last().unwrap()).unwrap()
    }

    #[test]
    fn every_operation_of_the_document_is_shown_once() {
        let document = published();
        let shown: Vec<_> = groups(&document).into_iter().flat_map(|group| group.operations).collect();
        let described = members(&document["paths"])
            .map(|(_, item)| METHODS.iter().filter(|method| item[**method].is_object()).count());
        assert_eq!(shown.len(), described.sum::<usize>());
        let anchors: BTreeSet<_> = shown.iter().map(|operation| &operation.id).collect();
        assert_eq!(anchors.len(), shown.len(), "an anchor is used twice");
    }

    #[test]
    fn bodies_are_written_out() {
        for operation in groups(&published()).into_iter().flat_map(|group| group.operations) {
            let answers = operation.responses.iter().filter_map(|response| response.body.as_ref());
            for body in answers.chain(&operation.request) {
                assert!(!body.schema.contains("$ref"), "{}", operation.id);
                assert!(!body.schema.is_empty() && body.schema != "any", "{}", operation.id);
            }
        }
    }

    #[test]
    fn an_anchor_is_made_of_words() {
        assert_eq!(anchor("get /api/v1/mfa/methods/{id}"), "get-api-v1-mfa-methods-id");
    }
}
