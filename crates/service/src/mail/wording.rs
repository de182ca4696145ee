//! The words of every mail.

use twinlock_core::clock::Timestamp;

use super::{
    LetterKind, administration, compose,
    letter::{Block, Content, clean},
    operators,
};

/// A letter that carries a link.
struct LinkLetter {
    subject: &'static str,
    before: &'static str,
    button: &'static str,
    after: &'static str,
}

const PASSWORD_RESET: LinkLetter = LinkLetter {
    subject: "Set a new password",
    before: "Somebody asked for a new password for your account. To choose one, open this link within 24 hours:",
    button: "Choose a new password",
    after: "The link works once. If you did not ask for it, ignore this mail: your password stays as it is.",
};
const INVITATION: LinkLetter = LinkLetter {
    subject: "Your new account",
    before: "An account was made for you. To choose your password, open this link within {}:",
    button: "Choose your password",
    after: "The link works once. If you do not know what this is about, ignore this mail.",
};
const CONFIRM_EMAIL: LinkLetter = LinkLetter {
    subject: "Confirm your address",
    before: "Somebody wants to use this address for their account. To confirm it, open this link within 24 hours:",
    button: "Confirm this address",
    after: "The link works once. If it was not you, ignore this mail: nothing changes.",
};

/// A letter that tells what was done: subject, then paragraphs.
type Notice = (&'static str, &'static [&'static str]);

const PASSWORD_CHANGED: Notice =
    ("Your password was changed", &["Your password was changed.", "All other sessions were ended."]);
const EMAIL_CHANGING: Notice = (
    "A new address was asked for",
    &[
        "Somebody who is signed in to your account asked to change its address.",
        "The new one counts once it is confirmed:",
    ],
);
const EMAIL_CHANGED: Notice = (
    "Your address was changed",
    &[
        "The address of your account was changed.",
        "For the next 72 hours, codes and password resets still go to the earlier address.",
    ],
);
const MFA_ENABLED: Notice =
    ("Multi-factor authentication is on", &["Your account now asks for a second factor when you sign in:"]);
const MFA_DISABLED: Notice = (
    "Multi-factor authentication is off",
    &["Your account no longer asks for a second factor. The password alone opens it."],
);
const MFA_RESET: Notice = (
    "Your second factors were reset",
    &[
        "An administrator removed all second factors and recovery codes of your account.",
        "You can sign in with your password and enrol again. That asks for a code, which is sent to you \
         then, or which your administrator gives you.",
    ],
);
const FACTOR_ADDED: Notice = ("A second factor was added", &["A second factor was added to your account:"]);
const FACTOR_REMOVED: Notice =
    ("A second factor was removed", &["A second factor was removed from your account:"]);
const RECOVERY_CODE_USED: Notice =
    ("A recovery code was used", &["One of your recovery codes was used. It does not work again."]);
const RECOVERY_CODES_REGENERATED: Notice = (
    "New recovery codes",
    &["New recovery codes were made for your account.", "The earlier ones no longer work."],
);
const CODES_BLOCKED: Notice = (
    "Wrong codes were typed for your account",
    &["Somebody who knows your password typed several wrong codes.", "Codes have to wait for a while now."],
);

const KEY_SIGNS_IN_ALONE: Notice = (
    "A security key signs in alone now",
    &["From now on one of your security keys opens your account without the password:"],
);

const KEYS_REFUSED: Notice = (
    "A security key was refused several times",
    &[
        "Somebody who knows your password answered several times in the name of one of your security keys, and was \
         refused each time.",
        "Your key and your codes go on working.",
    ],
);

const KEY_COUNTER_WENT_BACK: Notice = (
    "A security key may have been copied",
    &[
        "A sign-in with one of your security keys was refused, because the key's counter went back.",
        "That happens when a key was copied, and rarely by a fault of the key. If you did not just sign in, \
         remove this key on your security page and use another:",
    ],
);

const SEVERAL: Notice = (
    "A lot was done to your account",
    &[
        "More was done to your account in a short time than is mailed letter by letter. Your security page shows how \
         it stands now, and your administrator sees every act in the audit log.",
    ],
);

const NOT_ME: &str = "This was not you? Then somebody else has got into your account or is trying to. Change \
    your password now, end all other sessions, and tell your administrator. What else to do:";

const ENROLLING_NOT_ME: &str = "This was not you? Then somebody else knows your password. Do not pass the code \
    on: without it nothing is set up. Change your password now, and tell your administrator. What else to do:";

/// Subject and body of a kind of letter; `help` is the address of the help page.
pub(super) fn content(kind: &LetterKind, help: &str) -> Content {
    match kind {
        LetterKind::PasswordResetLink { link } => with_link(&PASSWORD_RESET, PASSWORD_RESET.before, link),
        LetterKind::InvitationLink { link, tenant_name, days } => invitation(link, tenant_name, *days),
        LetterKind::ConfirmEmail { link } => with_link(&CONFIRM_EMAIL, CONFIRM_EMAIL.before, link),
        LetterKind::MailCode { code } => mail_code(code),
        LetterKind::EnrollmentCode { code } => enrollment_code(code, help),
        LetterKind::MfaReminder { deadline, sign_in } => mfa_reminder(*deadline, sign_in, help),
        LetterKind::PasswordChanged => notice(PASSWORD_CHANGED, None, help),
        LetterKind::EmailChanging { new_masked } => notice(EMAIL_CHANGING, Some(clean(new_masked)), help),
        LetterKind::EmailChanged => notice(EMAIL_CHANGED, None, help),
        LetterKind::MfaEnabled { method_name } => notice(MFA_ENABLED, Some(clean(method_name)), help),
        LetterKind::MfaDisabled => notice(MFA_DISABLED, None, help),
        LetterKind::MfaReset => notice(MFA_RESET, None, help),
        LetterKind::FactorAdded { method_name } => notice(FACTOR_ADDED, Some(clean(method_name)), help),
        LetterKind::FactorRemoved { method_name } => notice(FACTOR_REMOVED, Some(clean(method_name)), help),
        LetterKind::RecoveryCodeUsed { left } => notice(RECOVERY_CODE_USED, Some(codes_left(*left)), help),
        LetterKind::RecoveryCodesRegenerated => notice(RECOVERY_CODES_REGENERATED, None, help),
        LetterKind::KeyCounterWentBack { method_name } => {
            notice(KEY_COUNTER_WENT_BACK, Some(clean(method_name)), help)
        }
        LetterKind::KeySignsInAlone { method_name } => {
            notice(KEY_SIGNS_IN_ALONE, Some(clean(method_name)), help)
        }
        LetterKind::CodesBlocked => notice(CODES_BLOCKED, None, help),
        LetterKind::KeysRefused => notice(KEYS_REFUSED, None, help),
        LetterKind::Several => notice(SEVERAL, None, help),
        LetterKind::ByAdministrator(told) => administration::content(told, help),
        LetterKind::OfOperators(told) => operators::content(told, help),
    }
}

fn with_link(letter: &LinkLetter, before: &str, link: &str) -> Content {
    let button = Block::Button { words: letter.button, link: link.to_owned() };
    Content { subject: letter.subject.to_owned(), blocks: vec![text(before), button, text(letter.after)] }
}

fn invitation(link: &str, tenant_name: &str, days: u32) -> Content {
    let time = if days == 1 { "24 hours".to_owned() } else { format!("{days} days") };
    let content = with_link(&INVITATION, &INVITATION.before.replace("{}", &time), link);
    Content { subject: format!("{} at {}", content.subject, clean(tenant_name)), ..content }
}

/// Who administers, where nobody is named.
const SOMEBODY: &str = "An administrator ";

/// Says who it was: a sentence that begins with an administrator begins with their name.
pub(super) fn name_actor(content: &mut Content, name: &str) {
    for block in &mut content.blocks {
        if let Block::Text(told) = block
            && let Some(rest) = told.strip_prefix(SOMEBODY)
        {
            *told = format!("{name} {rest}");
        }
    }
}

fn mail_code(code: &str) -> Content {
    let blocks = vec![
        text("Type this code where you were asked for it. It is good for 10 minutes:"),
        Block::Code(code.to_owned()),
        text(
            "Give it to nobody, whoever asks. If you did not ask for a code, somebody else is signed in to \
             your account: change your password.",
        ),
    ];
    Content { subject: "Your code".into(), blocks }
}

fn enrollment_code(code: &str, help: &str) -> Content {
    let blocks = vec![
        text(
            "Somebody who is signed in to your account wants to set up a second factor for it. If it is you, \
             type this code where you were asked for it. It is good for 10 minutes:",
        ),
        Block::Code(code.to_owned()),
        text("Give it to nobody, whoever asks."),
        text(ENROLLING_NOT_ME),
        Block::Link(help.to_owned()),
    ];
    Content { subject: "Your code for a second factor".into(), blocks }
}

fn mfa_reminder(deadline: Option<Timestamp>, sign_in: &str, help: &str) -> Content {
    let when = match deadline {
        Some(at) => format!(
            "Please set it up before {}. After that, you can sign in only to set it up.",
            compose::moment(at)
        ),
        None => "Please set it up the next time you sign in.".to_owned(),
    };
    let blocks = vec![
        text(
            "Your organisation asks you to protect your account with a second factor: an app on your phone, or \
             a security key. It takes about two minutes.",
        ),
        Block::Text(when),
        text("Sign in as you always do and open your security page:"),
        Block::Button { words: "Open my security page", link: sign_in.to_owned() },
        text("This mail asks for no password and no code. What a second factor is, and help:"),
        Block::Link(help.to_owned()),
    ];
    Content { subject: "Please set up your second factor".into(), blocks }
}

fn codes_left(left: u32) -> String {
    match left {
        0 => "None is left. Make new ones now, on your security page.".into(),
        1 => "One is left. Make new ones soon, on your security page.".into(),
        2 => "Two are left. Make new ones soon, on your security page.".into(),
        more => format!("{more} are left."),
    }
}

fn notice(notice: Notice, last: Option<String>, help: &str) -> Content {
    let (subject, told) = notice;
    let mut blocks: Vec<_> = told.iter().map(|paragraph| text(paragraph)).collect();
    blocks.extend(last.map(Block::Text));
    blocks.extend([text(NOT_ME), Block::Button { words: "What to do now", link: help.to_owned() }]);
    Content { subject: subject.to_owned(), blocks }
}

fn text(words: &str) -> Block {
    Block::Text(words.to_owned())
}
