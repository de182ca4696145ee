//! What operators are told of each other: nobody becomes one, or is changed, behind the others' backs.

use super::letter::{Block, Content, clean};

/// Something that was done to the operators of the server.
#[derive(Debug, Clone)]
pub(crate) enum OperatorNotice {
    /// One of them wants somebody to be an operator: it takes another one's word, at this address.
    Invited { username: String, by: String, approve_at: String },
    /// Another one gave that word: the invitation is on its way.
    Approved { username: String, by: Option<String> },
    /// An account was made at the server's command line.
    Made { username: String },
    /// An account was changed at the server's command line.
    Changed { username: String, what: &'static str },
    /// An invitation was taken back.
    Withdrawn { username: String, by: String },
}

const ASK: &str =
    "If you did not expect this, ask the other operators, in person or by telephone. What else to do:";

/// Subject and body of such a letter; `help` is the address of the help page.
pub(super) fn content(notice: &OperatorNotice, help: &str) -> Content {
    let (subject, told, link) = words(notice);
    let mut blocks = vec![Block::Text(told)];
    blocks.extend(link.map(|link| Block::Button { words: "Look at the invitation", link }));
    blocks.extend([Block::Text(ASK.to_owned()), Block::Link(help.to_owned())]);
    Content { subject: subject.to_owned(), blocks }
}

fn words(notice: &OperatorNotice) -> (&'static str, String, Option<String>) {
    match notice {
        OperatorNotice::Invited { username, by, approve_at } => (
            "An operator's invitation waits for a second word",
            format!(
                "{} wants {} to be an operator of this server. Nothing is sent until another operator approves it:",
                clean(by),
                clean(username)
            ),
            Some(approve_at.clone()),
        ),
        OperatorNotice::Approved { username, by } => (
            "An operator was approved",
            format!(
                "{} approved that {} becomes an operator of this server. The invitation was sent.",
                by.as_deref().map_or_else(|| "Somebody at the server's command line".to_owned(), clean),
                clean(username)
            ),
            None,
        ),
        OperatorNotice::Made { username } => (
            "An operator was invited",
            format!(
                "{} was made an account among the operators of this server, at its command line.",
                clean(username)
            ),
            None,
        ),
        OperatorNotice::Changed { username, what } => (
            "An operator's account was changed",
            format!("At the server's command line, the account of {} {what}.", clean(username)),
            None,
        ),
        OperatorNotice::Withdrawn { username, by } => (
            "An operator's invitation was taken back",
            format!(
                "{} took back the invitation of {} as an operator of this server.",
                clean(by),
                clean(username)
            ),
            None,
        ),
    }
}
