//! The rows of a table of people.

use twinlock_core::{
    clock::Timestamp,
    ids::UserId,
    name::{NameError, NameKey},
    spreadsheet,
    user::Role,
};

use super::{
    MAX_ROWS,
    table::{Column, Row, Table, TableError},
};
use crate::setup::{FieldProblem, provision::Texts};

/// A person of a table.
#[derive(Debug)]
pub struct ImportRow {
    /// The number of its row in a spreadsheet, counted from 1; the first row names the columns.
    pub line: usize,
    /// The user name as it is written there.
    pub username: String,
    /// The role; that of a member where it is refused.
    pub role: Role,
    /// What speaks against it.
    pub problems: Vec<FieldProblem>,
    /// Who it became.
    pub user: Option<UserId>,
    /// When their invitation leaves, if it goes by mail.
    pub invited_at: Option<Timestamp>,
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

/// The people of a table whose first row names its columns.
pub(super) fn read(text: &str) -> Result<Vec<ImportRow>, TableError> {
    let table = Table::read(text, MAX_ROWS)?;
    Ok(table.rows.iter().map(|row| person(&table, row)).collect())
}

fn person(table: &Table, row: &Row) -> ImportRow {
    let cell = |column| spreadsheet::unguarded(table.cell(row, column));
    let mut problems = Vec::new();
    if table.has_too_much(row) {
        let problem = NameError::Invalid("The row has something to the right of the last column.");
        problems.push(FieldProblem { field: "", problem });
    }
    let role = role(cell(Column::Role)).unwrap_or_else(|problem| {
        problems.push(problem);
        Role::Member
    });
    let given = |column| Some(cell(column)).filter(|text| !text.trim().is_empty());
    let username = cell(Column::Username);
    let texts = Texts::check(username, given(Column::Email), given(Column::DisplayName));
    let texts = texts.map_err(|wrong| problems.extend(wrong)).ok();
    ImportRow {
        line: row.number,
        username: username.to_owned(),
        role,
        problems,
        user: None,
        invited_at: None,
        texts,
    }
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
    fn a_table_has_a_bound() {
        let many = |count| format!("username\n{}", "ada\n".repeat(count));
        assert_eq!(read(&many(MAX_ROWS)).unwrap().len(), MAX_ROWS);
        assert_eq!(read(&many(MAX_ROWS + 1)).unwrap_err(), TableError::TooMany(MAX_ROWS));
    }

    #[test]
    fn a_bad_row_says_what_is_wrong_with_it() {
        let table = "username,email,role\na b,nowhere,king\nada\nada,,,x\nbob,bob@demo.example,member\n,x@demo.example,\n";
        let expected = vec![
            (2, vec!["role", "username", "email"]),
            (3, vec![]),
            (4, vec![""]),
            (5, vec![]),
            (6, vec!["username"]),
        ];
        assert_eq!(problems(table), expected);
    }

    #[test]
    fn an_apostrophe_that_kept_a_formula_away_is_no_part_of_a_name() {
        let rows = read("username,display_name\nada,'=Ada\nbob,O'Neill\n").unwrap();
        let names: Vec<_> =
            rows.iter().map(|row| row.texts.as_ref().unwrap().display_name.as_str()).collect();
        assert_eq!(names, ["=Ada", "O'Neill"]);
    }
}
