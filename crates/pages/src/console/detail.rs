//! The detail of an event as names and values that a person can read.

use serde_json::Value;

/// One line for each value, nested names joined. A setting that changed is told as old and new.
pub(super) fn lines(detail: &Value) -> Vec<(String, String)> {
    let mut lines = Vec::new();
    collect(String::new(), detail, &mut lines);
    lines
}

fn collect(name: String, value: &Value, lines: &mut Vec<(String, String)>) {
    let Value::Object(members) = value else {
        if !name.is_empty() {
            lines.push((name, plain(value)));
        }
        return;
    };
    if let (Some(old), Some(new), 2) = (members.get("old"), members.get("new"), members.len()) {
        lines.push((
            if name.is_empty() { "change".to_owned() } else { name },
            format!("{} → {}", plain(old), plain(new)),
        ));
        return;
    }
    for (member, value) in members {
        let word = member.replace('_', " ");
        let name = if name.is_empty() { word } else { format!("{name}: {word}") };
        collect(name, value, lines);
    }
}

pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(plain).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(detail: &Value) -> Vec<String> {
        let mut told: Vec<_> =
            lines(detail).into_iter().map(|(name, value)| format!("{name} = {value}")).collect();
        told.sort();
        told
    }

    #[test]
    fn a_change_is_told_as_old_and_new() {
        let detail = json!({ "changed": { "mfa_required": { "old": false, "new": true } } });
        assert_eq!(told(&detail), ["changed: mfa required = no → yes"]);
    }

    #[test]
    fn every_value_has_a_line() {
        let detail =
            json!({ "sessions_ended": 2, "methods": ["pwd", "otp"], "name": null, "old": 1, "new": 2 });
        assert_eq!(
            told(&detail),
            ["methods = pwd, otp", "name = none", "new = 2", "old = 1", "sessions ended = 2"]
        );
        assert_eq!(told(&json!({ "old": "active", "new": "suspended" })), ["change = active → suspended"]);
        assert!(told(&json!({})).is_empty());
    }
}
