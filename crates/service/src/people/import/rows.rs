//! The rows of a table of people.

use twinlock_core::{
    csv::{self, CsvError, Record},
    ids::UserId,
    name::{NameError, NameKey},
    user::Role,
};

use super::MAX_ROWS;
use crate::setup::{FieldProblem, provision::Texts};

const COLUMNS: [&str; 4] = ["username", "email", "display_name", "role"];

/// Why a text is no table of people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// No CSV.
    #[error("{0}")]
    NoCsv(#[from] CsvError),
    /// The first line does not name columns, or not ours.
    #[error(
        "the first line must name columns: username and, where wanted, email, display_name, role, each once"
    )]
    Columns,
    /// Nobody in it.
    #[error("there is nobody in it")]
    Empty,
    /// Too many.
    #[error("there are more than {MAX_ROWS} people in it")]
    TooMany,
}

/// A person of a table.
#[derive(Debug)]
pub struct ImportRow {
    /// The line on which it begins, counted from 1.
    pub line: usize,
    /// The user name as it is written there.
    pub username: String,
    /// The role; that of a member where it is refused.
    pub role: Role,
    /// What speaks against it.
    pub problems: Vec<FieldProblem>,
    /// Who it became.
    pub user: Option<UserId>,
    pub(super) texts: Option<Texts>,
}

impl ImportRow {
    /// Whether something speaks against it.
    pub fn is_refused(&self) -> bool {
        !self.problems.is_empty()
    }

    /// The address, where it is a good one.
    pub fn email(&self) -> Option<&str> {
        self.texts.as_ref()?.email.as_deref()
    }

    /// The names it wants, as names are compared.
    pub(super) fn keys(&self) -> Vec<(&'static str, NameKey)> {
        self.texts.as_ref().map(Texts::keys).unwrap_or_default()
    }
}

/// The rows of a table whose first line names its columns.
pub(super) fn read(table: &str) -> Result<Vec<ImportRow>, TableError> {
    // The first line names the columns, and one more than may be tells that there are too many.
    let mut records = csv::records(table, MAX_ROWS + 2)?.into_iter();
    let columns = columns(&records.next().ok_or(TableError::Columns)?)?;
    let rows: Vec<_> = records.map(|record| row(&record, &columns)).collect();
    match rows.len() {
        0 => Err(TableError::Empty),
        1..=MAX_ROWS => Ok(rows),
        _ => Err(TableError::TooMany),
    }
}

/// Which cell holds what; the user name must be there.
fn columns(header: &Record) -> Result<Vec<&'static str>, TableError> {
    let mut found = Vec::new();
    for cell in &header.cells {
        let known = COLUMNS.into_iter().find(|column| cell.trim().eq_ignore_ascii_case(column));
        let column = known.filter(|column| !found.contains(column)).ok_or(TableError::Columns)?;
        found.push(column);
    }
    if found.contains(&"username") { Ok(found) } else { Err(TableError::Columns) }
}

fn row(record: &Record, columns: &[&'static str]) -> ImportRow {
    let cell = |name| {
        let place = columns.iter().position(|column| *column == name);
        place.and_then(|place| record.cells.get(place)).map_or("", String::as_str)
    };
    let mut problems = Vec::new();
    if record.cells.len() != columns.len() {
        let problem = NameError::Invalid("The line must have as many cells as the first.");
        problems.push(FieldProblem { field: "", problem });
    }
    let role = role(cell("role")).unwrap_or_else(|problem| {
        problems.push(problem);
        Role::Member
    });
    let given = |text| Some(text).filter(|text: &&str| !text.trim().is_empty());
    let texts = Texts::check(cell("username"), given(cell("email")), given(cell("display_name")));
    let texts = texts.map_err(|wrong| problems.extend(wrong)).ok();
    ImportRow { line: record.line, username: cell("username").to_owned(), role, problems, user: None, texts }
}

fn role(cell: &str) -> Result<Role, FieldProblem> {
    match cell.trim().to_ascii_lowercase().as_str() {
        "" => Ok(Role::Member),
        name => Role::parse(name).ok_or(FieldProblem {
            field: "role",
            problem: NameError::Invalid("This must be owner, admin, helpdesk or member."),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(table: &str) -> Vec<(usize, Vec<&'static str>)> {
        let rows = read(table).unwrap();
        let of = |row: &ImportRow| (row.line, row.problems.iter().map(|problem| problem.field).collect());
        rows.iter().map(of).collect()
    }

    #[test]
    fn columns_come_in_any_order() {
        let rows = read("Role, username ,email\nADMIN,ada,ada@demo.example\n,bob,\n").unwrap();
        assert_eq!(
            (rows[0].username.as_str(), rows[0].role, rows[1].role),
            ("ada", Role::Admin, Role::Member)
        );
        let texts = rows[0].texts.as_ref().unwrap();
        assert_eq!((texts.email.as_deref(), texts.display_name.as_str()), (Some("ada@demo.example"), "ada"));
        assert_eq!(rows[0].keys().len(), 2);
    }

    #[test]
    fn what_is_no_table_of_people_is_refused_as_a_whole() {
        for table in [
            "",
            "\n",
            "email\na@b.example\n",
            "username,username\na,b\n",
            "username,password\na,b\n",
            "ada,bob\n",
        ] {
            assert_eq!(read(table).unwrap_err(), TableError::Columns, "{table:?}");
        }
        assert_eq!(read("username\n").unwrap_err(), TableError::Empty);
        assert!(matches!(read("username\n\"a"), Err(TableError::NoCsv(_))));
        let many = |count| format!("username\n{}", "ada\n".repeat(count));
        assert_eq!(read(&many(MAX_ROWS)).unwrap().len(), MAX_ROWS);
        assert_eq!(read(&many(MAX_ROWS + 1)).unwrap_err(), TableError::TooMany);
    }

    #[test]
    fn a_bad_row_says_what_is_wrong_with_it() {
        let table = "username,email,role\na b,nowhere,king\nada\nada,,,\nbob,bob@demo.example,member\n";
        let expected =
            vec![(2, vec!["role", "username", "email"]), (3, vec![""]), (4, vec![""]), (5, vec![])];
        assert_eq!(problems(table), expected);
    }
}
