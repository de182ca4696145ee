//! The words of every mail.

use super::{
    LetterKind,
    letter::{Block, Content, clean},
};

/// Subject and body of a kind of letter; `help` is the address of the help page.
pub(super) fn content(kind: &LetterKind, help: &str) -> Content {
    match kind {
        LetterKind::PasswordResetLink { .. }
        | LetterKind::InvitationLink { .. }
        | LetterKind::ConfirmEmail { .. }
        | LetterKind::MailCode { .. } => request(kind),
        _ => notice(kind, help),
    }
}

/// Letters that ask for something and carry a secret. They tell nothing of whoever caused them.
fn request(kind: &LetterKind) -> Content {
    match kind {
        LetterKind::PasswordResetLink { link } => with_link(
            "Set a new password",
            "Somebody asked for a new password for your account. To choose one, open this link within \
             24 hours:",
            link,
            "The link works once. If you did not ask for it, ignore this mail: your password stays as it \
             is.",
        ),
        LetterKind::InvitationLink { link, tenant_name } => with_link(
            &format!("Your account at {}", clean(tenant_name)),
            &format!(
                "An account was made for you at {}. To choose your password, open this link within 24 \
                 hours:",
                clean(tenant_name)
            ),
            link,
            "The link works once. If you do not know what this is about, ignore this mail.",
        ),
        LetterKind::ConfirmEmail { link } => with_link(
            "Confirm your address",
            "Somebody wants to use this address for their account. To confirm it, open this link within \
             24 hours:",
            link,
            "The link works once. If it was not you, ignore this mail: nothing changes.",
        ),
        LetterKind::MailCode { code } => Content {
            subject: "Your code".into(),
            blocks: vec![
                text("Type this code where you were asked for it. It is good for 10 minutes:"),
                Block::Code(code.clone()),
                text(
                    "Give it to nobody, whoever asks. If you did not ask for a code, somebody else is \
                     signed in to your account: change your password.",
                ),
            ],
        },
        _ => Content { subject: String::new(), blocks: Vec::new() },
    }
}

/// Letters that tell what was done.
fn notice(kind: &LetterKind, help: &str) -> Content {
    let (subject, first) = told(kind);
    let mut blocks = vec![Block::Text(first)];
    blocks.extend(advice(kind).map(text));
    blocks.push(text(
        "This was not you? Then somebody else has got into your account or is trying to. Change your \
         password now, end all other sessions, and tell your administrator. What else to do:",
    ));
    blocks.push(Block::Link(help.to_owned()));
    Content { subject: subject.into(), blocks }
}

fn told(kind: &LetterKind) -> (&'static str, String) {
    match kind {
        LetterKind::PasswordChanged => ("Your password was changed", "Your password was changed.".into()),
        LetterKind::EmailChanging { new_masked } => (
            "A new address was asked for",
            format!("Somebody who is signed in to your account wants to change its address to {}. It \
                     counts once it is confirmed.", clean(new_masked)),
        ),
        LetterKind::EmailChanged => {
            ("Your address was changed", "The address of your account was changed.".into())
        }
        LetterKind::MfaEnabled { method_name } => (
            "Multi-factor authentication is on",
            format!("Your account now asks for a second factor when you sign in: {}.", clean(method_name)),
        ),
        LetterKind::MfaDisabled => (
            "Multi-factor authentication is off",
            "Your account no longer asks for a second factor. The password alone opens it.".into(),
        ),
        LetterKind::MfaReset => (
            "Your second factors were reset",
            "An administrator removed all second factors and recovery codes of your account.".into(),
        ),
        LetterKind::FactorAdded { method_name } => (
            "A second factor was added",
            format!("A second factor was added to your account: {}.", clean(method_name)),
        ),
        LetterKind::FactorRemoved { method_name } => (
            "A second factor was removed",
            format!("A second factor was removed from your account: {}.", clean(method_name)),
        ),
        LetterKind::RecoveryCodeUsed { left } => {
            ("A recovery code was used", format!("A recovery code of your account was used. {}", codes_left(*left)))
        }
        LetterKind::RecoveryCodesRegenerated => (
            "New recovery codes",
            "New recovery codes were made for your account. The earlier ones no longer work.".into(),
        ),
        LetterKind::CodesBlocked => (
            "Wrong codes were typed for your account",
            "Somebody who knows your password typed several wrong codes. Codes have to wait for a while \
             now."
                .into(),
        ),
        _ => ("", String::new()),
    }
}

/// What the person had better do when it was them.
fn advice(kind: &LetterKind) -> Option<&'static str> {
    match kind {
        LetterKind::PasswordChanged => Some("All other sessions were ended."),
        LetterKind::EmailChanged => {
            Some("For the next 72 hours, proofs and password resets still go to the earlier address.")
        }
        LetterKind::MfaReset => Some("You can sign in with your password and enrol again."),
        LetterKind::RecoveryCodeUsed { left } if *left <= 2 => {
            Some("Make new recovery codes soon, on your security page.")
        }
        _ => None,
    }
}

fn codes_left(left: u32) -> String {
    match left {
        0 => "It was the last one.".into(),
        1 => "One is left.".into(),
        more => format!("{more} are left."),
    }
}

fn with_link(subject: &str, before: &str, link: &str, after: &str) -> Content {
    let blocks = vec![text(before), Block::Link(link.to_owned()), text(after)];
    Content { subject: subject.to_owned(), blocks }
}

fn text(words: &str) -> Block {
    Block::Text(words.to_owned())
}
