//! JSON schemas written the way JSON looks, with a word for each value's type.

use std::fmt::Write as _;

use serde_json::Value;

/// Deeper than this nothing is written out: a schema may contain itself.
const MAX_DEPTH: usize = 6;

/// The schemas of a document, by which references are resolved.
pub(super) struct Schemas<'a>(&'a Value);

/// One member of an object.
struct Member<'a> {
    name: &'a str,
    schema: &'a Value,
    required: bool,
}

impl<'a> Schemas<'a> {
    pub(super) fn of(document: &'a Value) -> Self {
        Self(&document["components"]["schemas"])
    }

    /// The schema in words, indented like JSON.
    pub(super) fn write(&self, schema: &Value) -> String {
        self.at(schema, 0)
    }

    fn at(&self, schema: &Value, depth: usize) -> String {
        if depth > MAX_DEPTH {
            return "…".to_owned();
        }
        let schema = self.resolve(schema);
        if let Some(members) = self.object(schema) {
            return self.members(&members, depth);
        }
        for kind in ["oneOf", "anyOf"] {
            if let Some(choices) = schema[kind].as_array() {
                return self.choices(choices, depth);
            }
        }
        match schema["enum"].as_array() {
            Some(values) => values.iter().map(Value::to_string).collect::<Vec<_>>().join(" | "),
            None => self.plain(schema, depth),
        }
    }

    fn resolve<'b>(&'b self, schema: &'b Value) -> &'b Value {
        let name = schema["$ref"].as_str().and_then(|place| place.strip_prefix("#/components/schemas/"));
        match name.and_then(|name| self.0.get(name)) {
            Some(named) => named,
            None => schema,
        }
    }

    /// The members of an object; those of all parts where it is put together of several.
    fn object<'b>(&'b self, schema: &'b Value) -> Option<Vec<Member<'b>>> {
        if let Some(parts) = schema["allOf"].as_array() {
            let parts = parts.iter().map(|part| self.object(self.resolve(part)));
            return Some(parts.collect::<Option<Vec<_>>>()?.into_iter().flatten().collect());
        }
        let properties = schema["properties"].as_object()?;
        let required =
            |name: &str| schema["required"].as_array().is_some_and(|names| names.iter().any(|it| it == name));
        let each = properties.iter();
        Some(each.map(|(name, schema)| Member { name, schema, required: required(name) }).collect())
    }

    fn members(&self, members: &[Member<'_>], depth: usize) -> String {
        let indent = "  ".repeat(depth);
        let mut text = "{\n".to_owned();
        for member in members {
            let value = self.at(member.schema, depth + 1);
            let _ = write!(text, "{indent}  \"{}\": {value},", member.name);
            let note = note(member);
            if !note.is_empty() {
                let _ = write!(text, "  // {note}");
            }
            text.push('\n');
        }
        text + &indent + "}"
    }

    /// `null` last, however the document lists it.
    fn choices(&self, choices: &[Value], depth: usize) -> String {
        let (nulls, others): (Vec<_>, Vec<_>) = choices.iter().partition(|it| it["type"] == "null");
        let written = others.into_iter().chain(nulls).map(|choice| self.at(choice, depth));
        written.collect::<Vec<_>>().join(" | ")
    }

    fn plain(&self, schema: &Value, depth: usize) -> String {
        let kinds: Vec<&str> = match &schema["type"] {
            Value::String(kind) => vec![kind],
            Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
            _ => return "any".to_owned(),
        };
        let format = schema["format"].as_str().filter(|format| !format.starts_with("int"));
        let word = |kind: &str| match (kind, format) {
            ("array", _) => format!("[{}]", self.at(&schema["items"], depth)),
            ("object", _) => "{}".to_owned(),
            ("string", Some(format)) => format!("string ({format})"),
            (kind, _) => kind.to_owned(),
        };
        kinds.into_iter().map(word).collect::<Vec<_>>().join(" | ")
    }
}

/// Whether it may be left out, and what it is.
fn note(member: &Member<'_>) -> String {
    let description = member.schema["description"].as_str().unwrap_or_default();
    let optional = if member.required { "" } else { "optional" };
    let parts = [optional, description].map(|part| part.split_whitespace().collect::<Vec<_>>().join(" "));
    let told: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    told.join("; ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_object_is_written_like_the_json_it_describes() {
        let document = json!({ "components": { "schemas": {
            "User": { "type": "object", "required": ["id"], "properties": {
                "id": { "type": "string", "format": "uuid", "description": "Id." },
            } },
            "Fresh": { "type": "object", "required": [], "properties": {
                "token": { "type": ["string", "null"] },
            } },
        } } });
        let schema = json!({ "allOf": [
            { "$ref": "#/components/schemas/Fresh" },
            { "type": "object", "required": ["users"], "properties": {
                "users": { "type": "array", "items": { "$ref": "#/components/schemas/User" } },
            } },
        ] });
        let expected = "{\n  \"token\": string | null,  // optional\n  \
                        \"users\": [{\n    \"id\": string (uuid),  // Id.\n  }],\n}";
        assert_eq!(Schemas::of(&document).write(&schema), expected);
    }

    #[test]
    fn a_schema_that_contains_itself_comes_to_an_end() {
        let document = json!({ "components": { "schemas": {
            "Tree": { "type": "object", "properties": { "child": { "$ref": "#/components/schemas/Tree" } } },
        } } });
        let tree = json!({ "$ref": "#/components/schemas/Tree" });
        assert!(Schemas::of(&document).write(&tree).contains('…'));
    }

    #[test]
    fn a_choice_names_null_last() {
        let document = json!({});
        let schema = json!({ "oneOf": [{ "type": "null" }, { "type": "string", "enum": ["a", "b"] }] });
        assert_eq!(Schemas::of(&document).write(&schema), "\"a\" | \"b\" | null");
    }
}
