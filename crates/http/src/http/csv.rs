//! Comma-separated values (RFC 4180) that a spreadsheet can open without running them.

use axum::{
    body::Body,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use csv::{QuoteStyle, Terminator, WriterBuilder};
use twinlock_core::spreadsheet;

/// Who reads a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadBy {
    /// Somebody with a spreadsheet, which takes a file without a byte order mark for one in its own encoding.
    Person,
    /// A program, to which the mark is a part of the first cell.
    Program,
}

impl ReadBy {
    /// What the file begins with.
    pub fn mark(self) -> &'static str {
        match self {
            Self::Person => "\u{FEFF}",
            Self::Program => "",
        }
    }
}

/// Records with their line ends. Every cell is quoted; one that a spreadsheet would take for a formula begins with
/// an apostrophe, which makes it a text.
pub fn records(rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut builder = WriterBuilder::new();
    builder.quote_style(QuoteStyle::Always).terminator(Terminator::CRLF).flexible(true);
    let mut writer = builder.from_writer(Vec::new());
    for row in rows {
        // Memory is where it goes: that does not fail.
        let _ = writer.write_record(row.iter().map(|cell| spreadsheet::guarded(cell)));
    }
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
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

    fn record(cells: &[&str]) -> String {
        records([cells.iter().map(|cell| (*cell).to_owned()).collect()])
    }

    #[test]
    fn a_record_is_quoted_as_rfc_4180_has_it() {
        assert_eq!(
            record(&["a", "", "x, y", "say \"no\"", "1\n2"]),
            "\"a\",\"\",\"x, y\",\"say \"\"no\"\"\",\"1\n2\"\r\n"
        );
        assert_eq!(record(&[""]), "\"\"\r\n");
    }

    /// attacks.md row 93: CSV injection. No cell begins as a formula does.
    #[test]
    fn a_cell_is_never_a_formula() {
        assert_eq!(record(&["=SUM(\"a\")"]), "\"'=SUM(\"\"a\"\")\"\r\n");
        assert_eq!(record(&["a=b", "192.0.2.1", "'=x"]), "\"a=b\",\"192.0.2.1\",\"''=x\"\r\n");
    }

    #[test]
    fn a_file_is_saved_under_a_harmless_name() {
        let response = file("audit-\"demo\r\n/../x.csv", Body::empty());
        assert_eq!(response.headers()["content-disposition"], "attachment; filename=\"audit-demo..x.csv\"");
    }
}
