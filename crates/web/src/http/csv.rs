//! Comma-separated values (RFC 4180) that a spreadsheet can open without running them.

use axum::{
    body::Body,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};

/// With these a spreadsheet takes a cell for a formula, or for the end of the cell before it. The wide forms count as
/// well: some programs make them narrow first.
const STARTS_A_FORMULA: [char; 11] =
    ['=', '+', '-', '@', '\t', '\r', '\n', '\u{FF1D}', '\u{FF0B}', '\u{FF0D}', '\u{FF20}'];

/// One record with its line end. Every field is quoted; one that a spreadsheet would take for a formula begins with
/// an apostrophe, which makes it a text.
pub fn record(fields: &[&str]) -> String {
    let quoted: Vec<_> = fields.iter().map(|field| quoted(field)).collect();
    format!("{}\r\n", quoted.join(","))
}

fn quoted(field: &str) -> String {
    let guard = if field.starts_with(STARTS_A_FORMULA) { "'" } else { "" };
    format!("\"{guard}{}\"", field.replace('"', "\"\""))
}

/// A file to be saved under `name`, which holds letters, digits, `-` and `.` only.
pub fn file(name: &str, body: Body) -> Response {
    let kind = HeaderValue::from_static("text/csv; charset=utf-8; header=present");
    let mut response = ([(header::CONTENT_TYPE, kind)], body).into_response();
    let name: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || ['-', '.'].contains(c)).collect();
    if let Ok(disposition) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, disposition);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_quoted_as_rfc_4180_has_it() {
        assert_eq!(
            record(&["a", "", "x, y", "say \"no\"", "1\n2"]),
            "\"a\",\"\",\"x, y\",\"say \"\"no\"\"\",\"1\n2\"\r\n"
        );
    }

    /// attacks.md row 93: CSV injection. No cell begins as a formula does.
    #[test]
    fn a_cell_is_never_a_formula() {
        for start in ["=", "+", "-", "@", "\t", "\r", "\n", "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}"] {
            let cell = format!("{start}HYPERLINK(\"http://evil.example\")");
            let expected = format!("\"'{}\"\r\n", cell.replace('"', "\"\""));
            assert_eq!(record(&[&cell]), expected);
        }
        assert_eq!(record(&["a=b", "192.0.2.1", "'=x"]), "\"a=b\",\"192.0.2.1\",\"'=x\"\r\n");
    }

    #[test]
    fn a_file_is_saved_under_a_harmless_name() {
        let response = file("audit-\"demo\r\n/../x.csv", Body::empty());
        assert_eq!(response.headers()["content-disposition"], "attachment; filename=\"audit-demo..x.csv\"");
    }
}
