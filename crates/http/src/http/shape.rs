//! Serde's complaints as field errors that never repeat what was sent.
//!
//! Serde writes the offending value into its messages (`invalid type: string "hunter2", expected u32`), so
//! only the parts that come from our own types are kept: what was expected, and field names.

use super::problem::Problem;

/// Longest field name or path that is repeated to the client, in characters.
const MAX_NAME: usize = 64;

/// A 422 for serde's `message` about the value at `path` (as `serde_path_to_error` writes it).
pub(crate) fn problem(path: &str, message: &str) -> Problem {
    if let Some(name) = quoted_after(message, "unknown field `") {
        return Problem::invalid(join(path, &name), "is not a known field");
    }
    if let Some(name) = quoted_after(message, "missing field `") {
        return Problem::invalid(join(path, &name), "is required");
    }
    if let Some(name) = quoted_after(message, "duplicate field `") {
        return Problem::invalid(join(path, &name), "is given more than once");
    }
    Problem::invalid(join(path, ""), complaint(message))
}

/// What is wrong, from the text that comes from our types.
fn complaint(message: &str) -> String {
    let wrong =
        ["invalid type: ", "invalid value: ", "invalid length ", "unknown variant `", "invalid digit"];
    if wrong.iter().any(|start| message.starts_with(start)) {
        // The last one: the value before it may contain the same words.
        return match message.rsplit_once(", expected ") {
            Some((_, expected)) => format!("is not valid, expected {expected}"),
            None => "is not valid".to_owned(),
        };
    }
    // Messages of our own `Deserialize` implementations begin so and hold no value.
    if message.starts_with("expected ") {
        format!("is not valid, {message}")
    } else {
        "is not valid".to_owned()
    }
}

fn quoted_after(message: &str, start: &str) -> Option<String> {
    let rest = message.strip_prefix(start)?;
    // For an unknown field the list of known ones follows; its own name may contain backticks.
    let name = rest.rsplit_once("`, expected ").map_or(rest, |(name, _)| name);
    let name = name.rsplit_once("`, there are no fields").map_or(name, |(name, _)| name);
    Some(name.strip_suffix('`').unwrap_or(name).to_owned())
}

/// `path.name`, readable and short; serde's path sometimes already ends in the name.
fn join(path: &str, name: &str) -> String {
    let path = if path == "." { "" } else { path };
    let full = match (path, name) {
        (path, "") => path.to_owned(),
        ("", name) => name.to_owned(),
        (path, name) if path == name || path.ends_with(&format!(".{name}")) => path.to_owned(),
        (path, name) => format!("{path}.{name}"),
    };
    full.chars().map(|c| if c.is_control() { '\u{FFFD}' } else { c }).take(MAX_NAME).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(path: &str, message: &str) -> (String, String) {
        let error = problem(path, message).errors.remove(0);
        (error.field, error.message)
    }

    fn pair(field: &str, message: &str) -> (String, String) {
        (field.to_owned(), message.to_owned())
    }

    #[test]
    fn names_are_kept_and_values_are_not() {
        assert_eq!(field(".", "missing field `tenant_id`"), pair("tenant_id", "is required"));
        assert_eq!(
            field("mfa_cod", "unknown field `mfa_cod`, expected one of `a`, `b`"),
            pair("mfa_cod", "is not a known field")
        );
        assert_eq!(
            field("a.b", "invalid type: string \"x, expected hunter2\", expected u32"),
            pair("a.b", "is not valid, expected u32")
        );
        assert_eq!(
            field("role", "unknown variant `hunter2`, expected `a` or `b`"),
            pair("role", "is not valid, expected `a` or `b`")
        );
        assert_eq!(field("id", "UUID parsing failed: found `z`"), pair("id", "is not valid"));
        assert_eq!(
            field("at", "expected an RFC 3339 time"),
            pair("at", "is not valid, expected an RFC 3339 time")
        );
    }

    #[test]
    fn a_field_name_is_short_and_printable() {
        let (name, _) = field(".", &format!("unknown field `\n{}`, expected `a`", "x".repeat(5000)));
        assert_eq!(name.chars().count(), MAX_NAME);
        assert!(name.starts_with('\u{FFFD}'));
    }
}
