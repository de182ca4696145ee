//! The mails of a demo.

use twinlock_pages::view::{
    NavItem, Page,
    demo::{MailPage, MailRow, MailsPage},
};
use twinlock_service::mail::Paragraph;

use super::{Pages, ago, member, stranger};

pub fn add(pages: &mut Pages) -> askama::Result<()> {
    let demo = |page: Page| Page { demo: true, ..page };
    let mails = || vec![row(40, "You are invited"), row(7200, "Please set up your second lock")];
    pages.add("demo-mails", &MailsPage { page: demo(stranger()), mails: mails() })?;
    pages
        .add("demo-mails-signed-in", &MailsPage { page: demo(member(NavItem::DemoMails)), mails: mails() })?;
    pages.add("demo-mails-none", &MailsPage { page: demo(stranger()), mails: vec![] })?;
    pages.add(
        "demo-mail",
        &MailPage {
            page: demo(stranger()),
            mail: row(40, "You are invited"),
            paragraphs: vec![
                Paragraph::Text("An account was made for you. Choose a password:".into()),
                Paragraph::Link("http://localhost:8080/invite/3bq0W2tq".into()),
                Paragraph::Code("123456".into()),
                Paragraph::Facts(vec![("Account".into(), "ivan".into())]),
            ],
            file: "001796000000000-0192f3c4-7a1b-7c2d-8000-000000000000.eml".into(),
        },
    )
}

fn row(secs: i64, subject: &str) -> MailRow {
    MailRow {
        id: "0192f3c4-7a1b-7c2d-8000-000000000000".into(),
        at: ago(secs),
        to: "ivan@demo.example".into(),
        from: "Demo organisation <twinlock@localhost>".into(),
        subject: subject.into(),
    }
}
