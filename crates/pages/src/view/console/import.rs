//! Many people from a table.

use askama::Template;
use serde::{Deserialize, Serialize};

use super::users::Role;
use crate::view::{Page, When};

/// `/console/users/import`. Posts `file` or `table` to the same address, as `multipart/form-data`; nothing is made yet.
#[derive(Debug, Template)]
#[template(path = "console/import.html")]
pub struct ImportPage {
    /// Common to all pages; `signed_in` is set.
    pub page: Page,
    /// The table as pasted, or as it stood in the file.
    pub table: String,
    /// Why it is no table of people.
    pub mistake: Option<TableMistake>,
    /// Most people of one table.
    pub max_people: usize,
}

/// Why a text is not looked at as a table of people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TableMistake {
    /// Neither a file nor a text.
    Missing,
    /// More bytes than allowed.
    TooLarge,
    /// No text in UTF-8.
    NoText,
    /// No table, for this reason.
    Unreadable(String),
    /// Lines of it are refused.
    Refused,
    /// It was good when it was looked at, and is not any more.
    Late,
}

/// What the table would do. *Import* posts it again with `import=yes`.
#[derive(Debug, Template)]
#[template(path = "console/import_preview.html")]
pub struct ImportPreviewPage {
    /// Common to all pages; `signed_in` is set.
    pub page: Page,
    /// Its lines.
    pub lines: Lines,
    /// The table.
    pub table: String,
    /// Whether it was to be imported, and was refused meanwhile.
    pub late: bool,
}

/// What the table did.
#[derive(Debug, Template)]
#[template(path = "console/imported.html")]
pub struct ImportedPage {
    /// Common to all pages; `signed_in` is set.
    pub page: Page,
    /// Its lines.
    pub lines: Lines,
    /// When the last invitation leaves, where some wait.
    pub last_leaves: Option<When>,
}

/// The people of a table: those who are refused first, else in its order.
#[derive(Clone, Debug, Default)]
pub struct Lines(Vec<ImportLine>);

impl Lines {
    /// In the order in which they are shown.
    pub fn of(mut lines: Vec<ImportLine>) -> Self {
        lines.sort_by_key(|line| line.problems.is_empty());
        Self(lines)
    }

    /// All of them.
    pub fn all(&self) -> &[ImportLine] {
        &self.0
    }

    /// How many nothing speaks against.
    pub fn good(&self) -> usize {
        self.0.len() - self.refused()
    }

    /// How many are refused.
    pub fn refused(&self) -> usize {
        self.0.iter().filter(|line| !line.problems.is_empty()).count()
    }

    /// How many get no invitation by mail.
    pub fn without_address(&self) -> usize {
        self.0.iter().filter(|line| line.problems.is_empty() && line.email.is_none()).count()
    }
}

/// One person of a table.
#[derive(Clone, Debug)]
pub struct ImportLine {
    /// The line on which they stand, counted from 1.
    pub number: usize,
    /// User name as written there.
    pub username: String,
    /// Address, if it is a good one.
    pub email: Option<String>,
    /// Role.
    pub role: Role,
    /// What speaks against it.
    pub problems: Vec<(Field, String)>,
    /// Who it became.
    pub id: Option<String>,
}

impl ImportLine {
    /// Whether something is wrong there.
    fn is_wrong(&self, field: Field) -> bool {
        self.problems.iter().any(|(place, _)| *place == field)
    }
}

/// Where in a line something is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The user name.
    Username,
    /// The address.
    Email,
    /// The name for people.
    DisplayName,
    /// The role.
    Role,
    /// The line as a whole.
    Line,
}
