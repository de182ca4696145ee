//! Reading comma-separated values (RFC 4180), for lists of people that come from elsewhere.

/// A record, and the line of the text on which it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Counted from 1.
    pub line: usize,
    /// Its cells, without the quotes around them.
    pub cells: Vec<String>,
}

/// Why a text is no CSV.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CsvError {
    /// A quoted cell has no end.
    #[error("a quoted cell that begins on line {0} does not end")]
    OpenQuote(usize),
    /// Something stands between a quoted cell and the next comma, or a quote inside an unquoted cell.
    #[error("line {0} has a quotation mark in the wrong place")]
    StrayQuote(usize),
}

/// The records of a text, blank lines apart; what comes after the first `most` is not read. Lines end as on any system;
/// a byte order mark is no part of the first.
pub fn records(text: &str, most: usize) -> Result<Vec<Record>, CsvError> {
    let mut reader = Reader { rest: text.strip_prefix('\u{FEFF}').unwrap_or(text), line: 1 };
    let mut records = Vec::new();
    while !reader.rest.is_empty() && records.len() < most {
        let record = reader.record()?;
        if record.cells != [""] {
            records.push(record);
        }
    }
    Ok(records)
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
}

impl Reader<'_> {
    fn record(&mut self) -> Result<Record, CsvError> {
        let line = self.line;
        let mut cells = vec![self.cell()?];
        while self.take(",") {
            cells.push(self.cell()?);
        }
        if !self.rest.is_empty() && !self.end_of_line() {
            return Err(CsvError::StrayQuote(self.line));
        }
        Ok(Record { line, cells })
    }

    fn cell(&mut self) -> Result<String, CsvError> {
        if self.take("\"") { self.quoted() } else { self.plain() }
    }

    fn plain(&mut self) -> Result<String, CsvError> {
        let end = self.rest.find([',', '\r', '\n']).unwrap_or(self.rest.len());
        let (cell, rest) = self.rest.split_at(end);
        if cell.contains('"') {
            return Err(CsvError::StrayQuote(self.line));
        }
        self.rest = rest;
        Ok(cell.to_owned())
    }

    fn quoted(&mut self) -> Result<String, CsvError> {
        let begun = self.line;
        let mut cell = String::new();
        loop {
            let (part, rest) = self.rest.split_once('"').ok_or(CsvError::OpenQuote(begun))?;
            self.line += part.matches('\n').count();
            cell.push_str(part);
            self.rest = rest;
            if !self.take("\"") {
                return Ok(cell);
            }
            cell.push('"');
        }
    }

    fn end_of_line(&mut self) -> bool {
        let ended = self.take("\r\n") || self.take("\n") || self.take("\r");
        self.line += usize::from(ended);
        ended
    }

    fn take(&mut self, what: &str) -> bool {
        let rest = self.rest.strip_prefix(what);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cells(text: &str) -> Vec<Vec<String>> {
        records(text, usize::MAX).unwrap().into_iter().map(|record| record.cells).collect()
    }

    #[test]
    fn cells_are_read_as_rfc_4180_has_them() {
        for text in [
            "a,b\r\nc,\"d, \"\"e\"\"\"\r\n",
            "a,b\nc,\"d, \"\"e\"\"\"",
            "\u{FEFF}a,b\r\rc,\"d, \"\"e\"\"\"\n\n",
        ] {
            assert_eq!(cells(text), [["a", "b"], ["c", "d, \"e\""]], "{text:?}");
        }
        assert_eq!(cells("a,,\n"), [["a", "", ""]]);
        assert_eq!(cells(",\n"), [["", ""]]);
        assert!(cells("").is_empty() && cells("\n\r\n").is_empty());
    }

    #[test]
    fn a_record_knows_its_line() {
        let lines: Vec<_> =
            records("a\n\n\"b\n\nc\",d\r\ne\n", usize::MAX).unwrap().into_iter().map(|r| r.line).collect();
        assert_eq!(lines, [1, 3, 6]);
    }

    #[test]
    fn what_is_no_csv_is_refused_with_its_line() {
        assert_eq!(records("a\n\"b\n", usize::MAX), Err(CsvError::OpenQuote(2)));
        assert_eq!(records("a\nb\"c\n", usize::MAX), Err(CsvError::StrayQuote(2)));
        assert_eq!(records("\"a\"b\n", usize::MAX), Err(CsvError::StrayQuote(1)));
        assert_eq!(records("\"a\" ,b\n", usize::MAX), Err(CsvError::StrayQuote(1)));
    }

    proptest! {
        /// What is written with quotes is read as it was.
        #[test]
        fn every_cell_comes_back(table in prop::collection::vec(prop::collection::vec(".{0,8}|[\",\r\n]{0,4}", 2..4), 0..5)) {
            let quoted = |cell: &String| format!("\"{}\"", cell.replace('"', "\"\""));
            let lines = table.iter().map(|row| row.iter().map(quoted).collect::<Vec<_>>().join(","));
            let text: String = lines.map(|line| line + "\r\n").collect();
            prop_assert_eq!(cells(&text), table);
        }

        #[test]
        fn no_text_is_too_odd(text in "[a\",\r\n\u{FEFF}]{0,40}") {
            let _ = records(&text, usize::MAX);
        }
    }
}
