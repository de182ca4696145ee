//! Tables as spreadsheets write them: whatever stands between the cells, with a byte order mark or without, with any
//! line ends, with empty columns and rows at the end.

use std::fmt;

use csv::{ReaderBuilder, StringRecord};

/// What may stand between two cells, in the order in which it is tried.
const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];
/// A record that is put behind the last one: a quoted cell without an end would swallow it.
const END: &str = "\u{1}end of the table\u{1}";
/// Cells of a first row that an error names, and characters of each.
const MOST_TOLD: usize = 8;
const LONGEST_TOLD: usize = 40;

/// What a cell of the first row may name, as it is compared: without blanks, `_` and `-`, in small letters.
const NAMES: [(&str, Column); 6] = [
    ("username", Column::Username),
    ("email", Column::Email),
    ("displayname", Column::DisplayName),
    ("fullname", Column::DisplayName),
    ("role", Column::Role),
    ("emailaddress", Column::Email),
];

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    Username,
    Email,
    DisplayName,
    Role,
}

/// Why a text is no table of people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// A cell begins with a quotation mark, and no other one ends it. The number is that of its row.
    #[error("a cell of row {0} begins with a quotation mark, and no other one ends it")]
    OpenQuote(usize),
    /// The first row does not name columns, or not ours.
    #[error("{0}")]
    Columns(Box<UnknownColumns>),
    /// Nobody in it.
    #[error("there is nobody in it")]
    Empty,
    /// More people than may be.
    #[error("there are more than {0} people in it")]
    TooMany(usize),
    /// The reader gave up: what it said.
    #[error("it cannot be read ({0})")]
    Unreadable(String),
}

/// The first row of a text, as far as it could be understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownColumns {
    cells: Vec<String>,
    separator: u8,
}

impl fmt::Display for UnknownColumns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.cells.iter().all(|cell| cell.trim().is_empty()) {
            f.write_str("its first row is empty")?;
        } else {
            let told: Vec<_> = self.cells.iter().take(MOST_TOLD).map(|cell| told(cell)).collect();
            let more = if self.cells.len() > MOST_TOLD { " and more" } else { "" };
            write!(f, "its first row says {}{more}", told.join(", "))?;
            if self.cells.len() > 1 {
                write!(f, ", with {} between the cells", separator_name(self.separator))?;
            }
        }
        f.write_str(
            "; it must name columns: username and, where wanted, email, display_name, role, each once",
        )
    }
}

fn told(cell: &str) -> String {
    let cell = cell.trim();
    let short: String = cell.chars().take(LONGEST_TOLD).collect();
    if short.len() < cell.len() { format!("“{short}…”") } else { format!("“{short}”") }
}

fn separator_name(separator: u8) -> String {
    match separator {
        b',' => "commas".to_owned(),
        b';' => "semicolons".to_owned(),
        b'\t' => "tabs".to_owned(),
        other => format!("“{}”", char::from(other)),
    }
}

/// A row of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    /// Its number in a spreadsheet, counted from 1: blank rows count, a `sep=` line does not, and a cell may have
    /// several lines.
    pub(super) number: usize,
    cells: Vec<String>,
}

impl Row {
    fn is_blank(&self) -> bool {
        self.cells.iter().all(|cell| cell.trim().is_empty())
    }
}

/// A table whose first row names its columns.
#[derive(Debug)]
pub(super) struct Table {
    columns: Vec<Column>,
    /// Those with something in them, the first one apart.
    pub(super) rows: Vec<Row>,
}

impl Table {
    /// Reads at most `most` rows, blank ones apart. The separator is whichever makes the first row name our columns.
    pub(super) fn read(text: &str, most: usize) -> Result<Self, TableError> {
        let text = prepared(text);
        let (hint, text) = hinted(&text);
        let (separator, columns) = columns(text, hint)?;
        let mut reader = Reader::new(text, separator);
        reader.next()?;
        let mut rows = Vec::new();
        while let Some(row) = reader.next()? {
            if rows.len() == most {
                return Err(TableError::TooMany(most));
            }
            rows.push(row);
        }
        if rows.is_empty() { Err(TableError::Empty) } else { Ok(Self { columns, rows }) }
    }

    /// What a row has in a column; empty where it has no such cell.
    pub(super) fn cell<'a>(&self, row: &'a Row, column: Column) -> &'a str {
        let place = self.columns.iter().position(|known| *known == column);
        place.and_then(|place| row.cells.get(place)).map_or("", String::as_str)
    }

    /// Whether a row has something in a cell that belongs to no column.
    pub(super) fn has_too_much(&self, row: &Row) -> bool {
        row.cells.iter().skip(self.columns.len()).any(|cell| !cell.trim().is_empty())
    }
}

/// The text without a byte order mark, with `\n` as line ends, and with one more record.
fn prepared(text: &str) -> String {
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    format!("{}\n{END}\n", text.replace("\r\n", "\n").replace('\r', "\n"))
}

/// The separator that a first line `sep=;` names, and the text without it. A program that did not know it may have
/// quoted it, or added empty cells.
fn hinted(text: &str) -> (Option<u8>, &str) {
    let (line, rest) = text.split_once('\n').unwrap_or((text, ""));
    let line = line.strip_prefix('"').unwrap_or(line);
    let Some(said) = line.get(..4).filter(|begin| begin.eq_ignore_ascii_case("sep=")) else {
        return (None, text);
    };
    match &line.as_bytes()[said.len()..] {
        [separator, end @ ..]
            if separator.is_ascii()
                && *separator != b'"'
                && end.iter().all(|byte| byte == separator || SEPARATORS.contains(byte) || *byte == b'"') =>
        {
            (Some(*separator), rest)
        }
        _ => (None, text),
    }
}

/// What the first row names, and what stands between its cells.
fn columns(text: &str, hint: Option<u8>) -> Result<(u8, Vec<Column>), TableError> {
    let mut closest: Option<UnknownColumns> = None;
    let mut broken = None;
    for separator in hint.into_iter().chain(SEPARATORS) {
        let mut cells = match Reader::new(text, separator).next() {
            Ok(first) => first.map(|row| row.cells).unwrap_or_default(),
            Err(error) => {
                broken = Some(error);
                continue;
            }
        };
        while cells.last().is_some_and(|cell| cell.trim().is_empty()) {
            cells.pop();
        }
        if let Some(columns) = named(&cells) {
            return Ok((separator, columns));
        }
        if closest.as_ref().is_none_or(|found| known(&cells) > known(&found.cells)) {
            closest = Some(UnknownColumns { cells, separator });
        }
    }
    Err(match (broken, closest) {
        (None, Some(closest)) => TableError::Columns(Box::new(closest)),
        (broken, _) => broken.unwrap_or(TableError::Empty),
    })
}

/// How much speaks for a first row: columns that are ours, then cells.
fn known(cells: &[String]) -> (usize, usize) {
    (cells.iter().filter(|cell| column(cell).is_some()).count(), cells.len())
}

/// The columns of a first row: each of ours at most once, and the user name among them.
fn named(cells: &[String]) -> Option<Vec<Column>> {
    let mut found = Vec::new();
    for cell in cells {
        let column = column(cell).filter(|column| !found.contains(column))?;
        found.push(column);
    }
    found.contains(&Column::Username).then_some(found)
}

fn column(cell: &str) -> Option<Column> {
    let plain: String = cell.chars().filter(|c| !c.is_whitespace() && !['_', '-'].contains(c)).collect();
    let found = NAMES.iter().find(|(name, _)| plain.eq_ignore_ascii_case(name));
    found.map(|(_, column)| *column)
}

/// Rows of a text that [`prepared`] made.
struct Reader<'a> {
    inner: csv::Reader<&'a [u8]>,
    record: StringRecord,
    /// Line ends inside the cells so far: rows of a spreadsheet are fewer by so many than lines of the text.
    inside: usize,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str, separator: u8) -> Self {
        let mut builder = ReaderBuilder::new();
        let inner =
            builder.has_headers(false).flexible(true).delimiter(separator).from_reader(text.as_bytes());
        Self { inner, record: StringRecord::new(), inside: 0 }
    }

    /// The next row that is not blank; none at the end.
    fn next(&mut self) -> Result<Option<Row>, TableError> {
        loop {
            let read = self.inner.read_record(&mut self.record);
            read.map_err(|error| TableError::Unreadable(error.to_string()))?;
            let cells: Vec<String> = self.record.iter().map(str::to_owned).collect();
            if cells == [END] {
                return Ok(None);
            }
            self.inside += cells.iter().map(|cell| cell.matches('\n').count()).sum::<usize>();
            // Every row so far is one line, but for the line ends inside of cells.
            let line = usize::try_from(self.inner.position().line()).unwrap_or(usize::MAX);
            let number = line.saturating_sub(self.inside);
            if cells.last().is_none_or(|cell| cell.contains(END)) {
                return Err(TableError::OpenQuote(number));
            }
            // The line after the row is where the reader stands.
            let row = Row { number: number.saturating_sub(1), cells };
            if !row.is_blank() {
                return Ok(Some(row));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<Vec<(usize, Vec<String>)>, TableError> {
        let table = Table::read(text, 10)?;
        let columns = [Column::Username, Column::Email, Column::DisplayName, Column::Role];
        let of = |row: &Row| columns.map(|column| table.cell(row, column).to_owned()).to_vec();
        Ok(table.rows.iter().map(|row| (row.number, of(row))).collect())
    }

    fn refused(text: &str) -> String {
        read(text).unwrap_err().to_string()
    }

    #[test]
    fn a_table_is_the_same_whatever_stands_between_its_cells() {
        let expected =
            [(2, ["nora", "nora@demo.example", "Berg, Nora; or \"N|N\"", "admin"]), (3, ["ida", "", "", ""])];
        let expected = expected.map(|(number, cells)| (number, cells.map(str::to_owned).to_vec()));
        for separator in [",", ";", "\t", "|"] {
            for end in ["\n", "\r\n", "\r"] {
                let rows = [
                    ["username", "email", "display_name", "role"],
                    ["nora", "nora@demo.example", "\"Berg, Nora; or \"\"N|N\"\"\"", "admin"],
                    ["ida", "", "", ""],
                ];
                let text = rows.map(|cells| cells.join(separator)).join(end);
                for text in [text.clone(), format!("{text}{end}"), format!("\u{FEFF}{text}")] {
                    assert_eq!(read(&text).unwrap(), expected, "{text:?}");
                }
                let hint = format!("\u{FEFF}sep={separator}{end}{text}");
                assert_eq!(read(&hint).unwrap(), expected, "{hint:?}");
            }
        }
    }

    #[test]
    fn a_hint_may_be_quoted_or_have_cells_behind_it_and_may_be_wrong() {
        for hint in ["sep=;", "SEP=;", "\"sep=;\"", "sep=;;;", "sep=,", "sep=^", "\"sep=;\",,"] {
            let text = format!("{hint}\nusername;role\nnora;admin\n");
            assert_eq!(read(&text).unwrap()[0].0, 2, "{hint}");
        }
        let odd = read("sep=^\nusername^role\nnora^admin\n").unwrap();
        assert_eq!(odd, [(2, ["nora", "", "", "admin"].map(str::to_owned).to_vec())]);
    }

    #[test]
    fn empty_columns_and_rows_are_not_there() {
        let text = "username;email;;\r\nnora;nora@demo.example;;\r\nida\r\n ;;;\r\n;;;\r\n\r\n";
        let rows = read(text).unwrap();
        assert_eq!(rows.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [2, 3]);
        assert_eq!(rows[1].1[0], "ida");
        let table = Table::read("username,email\nnora,,,x\nida,,,\n", 10).unwrap();
        let much: Vec<_> = table.rows.iter().map(|row| table.has_too_much(row)).collect();
        assert_eq!(much, [true, false]);
    }

    #[test]
    fn rows_have_the_numbers_that_a_spreadsheet_shows() {
        let text = "sep=,\nusername,display_name\n\na,\"one\ntwo\n\"\n,\nb,\nc,\"x\r\ny\"\r\nd,\n";
        let numbers: Vec<_> = read(text).unwrap().into_iter().map(|(number, _)| number).collect();
        assert_eq!(numbers, [3, 5, 6, 7]);
        assert_eq!(read("\n\nusername\nada\n").unwrap()[0].0, 4);
    }

    #[test]
    fn columns_may_be_called_as_our_pages_call_them() {
        let rows =
            read("Full name\tUser name\tE-Mail\tROLE\nNora Berg\tnora\tn@demo.example\thelpdesk").unwrap();
        assert_eq!(rows[0].1, ["nora", "n@demo.example", "Nora Berg", "helpdesk"]);
    }

    #[test]
    fn what_is_no_table_says_what_was_found() {
        let must = "; it must name columns: username and, where wanted, email, display_name, role, each once";
        assert_eq!(
            refused("name;mail\nada;a@b.example\n"),
            format!("its first row says “name”, “mail”, with semicolons between the cells{must}")
        );
        assert_eq!(
            refused("username\tpassword\nada\tx\n"),
            format!("its first row says “username”, “password”, with tabs between the cells{must}")
        );
        assert!(refused("username,username\na,b\n").contains("“username”, “username”, with commas"));
        assert_eq!(refused("ada\n"), format!("its first row says “ada”{must}"));
        assert!(refused("").starts_with("its first row is empty"));
        assert!(refused("\n\n").starts_with("its first row is empty"));
        let long = format!("{}\n", vec!["x".repeat(50); 20].join(","));
        assert!(refused(&long).contains(&format!("“{}…” and more, with commas", "x".repeat(40))));
        assert_eq!(read("username\n").unwrap_err(), TableError::Empty);
        assert_eq!(read("username,email\n,\n , \n").unwrap_err(), TableError::Empty);
    }

    #[test]
    fn a_quotation_mark_without_an_end_swallows_nobody() {
        assert_eq!(read("username\n\"a\n").unwrap_err(), TableError::OpenQuote(2));
        let text = "username,display_name\n\na,\"x\ny\"\nb,\"open\nc,\nd,\n";
        assert_eq!(read(text).unwrap_err(), TableError::OpenQuote(4));
        // Within a cell that does not begin with one it is a character like others.
        assert_eq!(read("username,display_name\na,5\" screen\n").unwrap()[0].1[2], "5\" screen");
    }

    #[test]
    fn there_is_a_bound_on_people_and_none_on_blank_rows() {
        let table = |people: usize| format!("username,role\n{}{}", ",\n".repeat(99), "ada,\n".repeat(people));
        assert_eq!(read(&table(10)).unwrap().len(), 10);
        assert_eq!(read(&table(11)).unwrap_err(), TableError::TooMany(10));
    }

    proptest! {
        /// What a program writes is read as it was.
        #[test]
        fn every_cell_comes_back(
            cells in prop::collection::vec("[a-z\u{e9}\"',;|\t\n=@ ]{0,8}", 1..6),
            separator in prop::sample::select(SEPARATORS.to_vec()),
        ) {
            let mut writer = csv::WriterBuilder::new().delimiter(separator).from_writer(Vec::new());
            writer.write_record(["username", "display_name"]).unwrap();
            for cell in &cells {
                writer.write_record(["ada", cell.as_str()]).unwrap();
            }
            let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            let rows = read(&text).unwrap();
            prop_assert_eq!(rows.into_iter().map(|(_, row)| row[2].clone()).collect::<Vec<_>>(), cells);
        }

        #[test]
        fn no_text_is_too_odd(text in "(sep=)?[a\",;|\t\r\n\u{FEFF}\u{1}]{0,40}", head in any::<bool>()) {
            let text = if head { format!("username,role\n{text}") } else { text };
            let _ = read(&text);
        }
    }
}
