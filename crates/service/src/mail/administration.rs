//! What a person is told of the acts of their administrators.

use twinlock_core::user::Role;

use super::letter::{Block, Content, clean};

/// Something that an administrator did to an account.
#[derive(Debug, Clone)]
pub(crate) enum AdminNotice {
    /// It has another role now.
    RoleChanged { role: Role },
    /// It is closed for now.
    Suspended,
    /// It is open again.
    Reactivated,
    /// It has another user name.
    Renamed { username: String },
    /// It gets another address; goes to the address so far.
    AddressSet { new_masked: String },
    /// One of its second factors is gone.
    FactorRemoved { method_name: String, last: bool },
    /// It was signed out everywhere.
    SessionsEnded,
    /// It is gone.
    Deleted,
}

const ASK: &str =
    "If you did not expect this, ask your administrator, in person or by telephone. What else to do:";

/// Subject and body of such a letter; `help` is the address of the help page.
pub(super) fn content(notice: &AdminNotice, help: &str) -> Content {
    let (subject, told) = words(notice);
    let mut blocks: Vec<_> = told.into_iter().map(Block::Text).collect();
    blocks.extend([
        Block::Text(ASK.to_owned()),
        Block::Button { words: "What to do now", link: help.to_owned() },
    ]);
    Content { subject: subject.to_owned(), blocks }
}

fn words(notice: &AdminNotice) -> (&'static str, Vec<String>) {
    match notice {
        AdminNotice::RoleChanged { role } => (
            "Your role was changed",
            vec![format!("An administrator changed the role of your account. It is now: {}.", name(*role))],
        ),
        AdminNotice::Suspended => (
            "Your account was suspended",
            vec!["An administrator suspended your account. Until it is opened again, nobody can sign in to it."
                .to_owned()],
        ),
        AdminNotice::Reactivated => (
            "Your account is open again",
            vec!["An administrator opened your account again. Your password and second factors are as they were."
                .to_owned()],
        ),
        AdminNotice::Renamed { username } => (
            "Your user name was changed",
            vec![format!("An administrator changed your user name. You now sign in as: {}", clean(username))],
        ),
        AdminNotice::AddressSet { new_masked } => (
            "A new address was set for your account",
            vec![
                "An administrator set another address for your account. It counts once it is confirmed by the \
                 link that was sent there:"
                    .to_owned(),
                clean(new_masked),
            ],
        ),
        AdminNotice::FactorRemoved { method_name, last } => factor_removed(method_name, *last),
        AdminNotice::SessionsEnded => (
            "You were signed out everywhere",
            vec!["An administrator ended all sessions of your account.".to_owned()],
        ),
        AdminNotice::Deleted => (
            "Your account was deleted",
            vec!["An administrator deleted your account and everything that belonged to it.".to_owned()],
        ),
    }
}

fn factor_removed(method_name: &str, last: bool) -> (&'static str, Vec<String>) {
    let mut told = vec![
        "An administrator removed a second factor from your account, and ended all its sessions:".to_owned(),
        clean(method_name),
    ];
    if last {
        told.push(
            "It was the last one: your recovery codes are void, too. To set up a new factor you need a code, \
             which is sent to you then, or which your administrator gives you."
                .to_owned(),
        );
    }
    ("A second factor was removed", told)
}

/// A role in words.
pub(super) fn name(role: Role) -> &'static str {
    match role {
        Role::Member => "member",
        Role::Helpdesk => "helpdesk",
        Role::Admin => "administrator",
        Role::Owner => "owner",
    }
}
