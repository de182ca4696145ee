//! The pages of importing people from a table.

use twinlock_pages::view::NavItem;
use twinlock_pages::view::console::{
    import::{Field, ImportLine, ImportPage, ImportPreviewPage, ImportedPage, Lines, TableMistake},
    users::Role,
};

use super::{Pages, console::administrator};

const TABLE: &str =
    "username,email,display_name,role\njonas,jonas@demo.example,Jonas Weber,\ntemp,,,helpdesk\n";

pub fn add(pages: &mut Pages) -> askama::Result<()> {
    pages.add("console-import", &form("", None))?;
    let mistakes = [
        ("missing", TableMistake::Missing),
        ("large", TableMistake::TooLarge),
        ("no-text", TableMistake::NoText),
        ("unreadable", TableMistake::Unreadable("a quoted cell that begins on line 3 does not end".into())),
    ];
    for (name, mistake) in mistakes {
        pages.add(&format!("console-import-{name}"), &form(TABLE, Some(mistake)))?;
    }
    pages.add("console-import-preview", &preview(good(None), false))?;
    pages.add("console-import-refused", &preview([good(None), bad()].concat(), false))?;
    pages.add("console-import-late", &preview([good(None), bad()].concat(), true))?;
    let lines = Lines::of(good(Some("0192f3c4-7a1b-7c2d-8f4a-0123456789ab")));
    pages.add(
        "console-imported",
        &ImportedPage { page: administrator(NavItem::Users), lines, last_leaves: None },
    )
}

fn form(table: &str, mistake: Option<TableMistake>) -> ImportPage {
    ImportPage { page: administrator(NavItem::Users), table: table.into(), mistake, max_people: 2000 }
}

fn preview(lines: Vec<ImportLine>, late: bool) -> ImportPreviewPage {
    let page = administrator(NavItem::Users);
    ImportPreviewPage { page, lines: Lines::of(lines), table: TABLE.into(), late }
}

fn line(number: usize, username: &str, email: Option<&str>) -> ImportLine {
    ImportLine {
        number,
        username: username.into(),
        email: email.map(str::to_owned),
        role: Role::Member,
        problems: vec![],
        id: None,
    }
}

fn good(id: Option<&str>) -> Vec<ImportLine> {
    let long = "alexandra.von-der-wiesenmuehle-hohenstein@subsidiary.demo.example";
    let lines = [
        line(2, "jonas", Some("jonas@demo.example")),
        ImportLine { role: Role::Helpdesk, ..line(3, "temp", None) },
        line(4, "alexandra.von-der-wiesenmuehle", Some(long)),
    ];
    lines.map(|line| ImportLine { id: id.map(str::to_owned), ..line }).to_vec()
}

fn bad() -> Vec<ImportLine> {
    let taken = vec![(Field::Username, "Somebody in this organisation has this.".into())];
    let both = vec![
        (Field::Role, "This must be owner, admin, helpdesk or member.".into()),
        (Field::Email, "This must be an email address.".into()),
    ];
    vec![
        ImportLine { problems: taken, ..line(5, "maria", Some("maria@demo.example")) },
        ImportLine { problems: both, ..line(6, "zoe", None) },
    ]
}
