use twinlock_core::clock::Timestamp;

use super::*;
use crate::mail::{LetterKind, Occasion};

const HELP: &str = "https://id.example/help/mfa";

fn all_kinds(name: &str) -> Vec<LetterKind> {
    let name = || name.to_owned();
    let link = || "https://id.example/x/token".to_owned();
    vec![
        LetterKind::PasswordResetLink { link: link() },
        LetterKind::PasswordChanged,
        LetterKind::InvitationLink { link: link(), tenant_name: name(), days: 7 },
        LetterKind::ConfirmEmail { link: link() },
        LetterKind::EmailChanging { new_masked: name() },
        LetterKind::EmailChanged,
        LetterKind::MailCode { code: "12345678".into() },
        LetterKind::MfaEnabled { method_name: name() },
        LetterKind::MfaDisabled,
        LetterKind::MfaReset,
        LetterKind::FactorAdded { method_name: name() },
        LetterKind::FactorRemoved { method_name: name() },
        LetterKind::RecoveryCodeUsed { left: 2 },
        LetterKind::RecoveryCodesRegenerated,
        LetterKind::CodesBlocked,
        LetterKind::KeysRefused,
        LetterKind::KeySignsInAlone { method_name: name() },
        LetterKind::Several,
    ]
}

/// Those that say more than that something changed, with and without a deadline.
fn other_kinds() -> Vec<LetterKind> {
    let sign_in = || "https://id.example/account/security".to_owned();
    let deadline = Some(Timestamp::from_secs(1_800_500_000));
    vec![
        LetterKind::EnrollmentCode { code: "12345678".into() },
        LetterKind::MfaReminder { deadline, sign_in: sign_in() },
        LetterKind::MfaReminder { deadline: None, sign_in: sign_in() },
        LetterKind::KeyCounterWentBack { method_name: "Phone".into() },
    ]
}

fn letter(kind: LetterKind, name: &str) -> Letter {
    let occasion = Occasion {
        at: Timestamp::from_secs(1_800_000_000),
        address: Some("203.0.113.7".into()),
        user_agent: Some(format!("{name} Firefox/140.0")),
        by: None,
    };
    Letter {
        tenant_name: Some(name.into()),
        username: Some(name.into()),
        ..Letter::new("ben@demo.example", kind).on(occasion)
    }
}

/// A change of words is seen: whoever makes one looks at it, and accepts it with `cargo insta review`.
#[test]
fn every_mail_is_as_it_was_last_read() {
    let kinds = all_kinds("Phone").into_iter().chain(other_kinds());
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        for (number, kind) in kinds.enumerate() {
            let message = render(&letter(kind, "Demo"), HELP).unwrap();
            let name = message.subject.split_whitespace().collect::<Vec<_>>().join("-");
            let name: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
            let text = format!("From: {:?}\nSubject: {}\n\n{}", message.from_name, message.subject, message.text);
            insta::assert_snapshot!(format!("{number:02}-{name}.text"), text);
            insta::assert_snapshot!(format!("{number:02}-{name}.html"), message.html);
        }
    });
}

/// attacks.md row 92 and attacks.md row 93: names are text in every part of every mail.
#[test]
fn a_hostile_name_is_text_everywhere() {
    let hostile = "<img src=x onerror=alert(1)>\r\nBcc: eve@evil.example\u{202e}\"'&";
    for kind in all_kinds(hostile) {
        let message = render(&letter(kind, hostile), HELP).unwrap();
        assert!(!message.subject.contains(['\r', '\n', '\u{202e}']), "{}", message.subject);
        assert!(!message.html.contains("<img"), "{}", message.html);
        assert!(!message.text.contains("\nBcc:") && !message.text.contains('\r'), "{}", message.text);
        assert!(!message.from_name.clone().unwrap().contains(['\r', '\n']));
    }
}

#[test]
fn a_name_of_any_length_fits() {
    let long = "ä".repeat(10_000);
    for kind in all_kinds(&long) {
        let message = render(&letter(kind, &long), HELP).unwrap();
        assert!(message.subject.chars().count() <= MAX_NAME);
        assert!(message.text.len() < 3000, "{}", message.text);
    }
}

#[test]
fn every_mail_has_a_subject_and_says_the_same_in_both_parts() {
    for kind in all_kinds("Phone") {
        let message = render(&letter(kind, "Demo"), HELP).unwrap();
        assert!(!message.subject.is_empty());
        for line in message.text.lines().filter(|line| !line.is_empty()) {
            let words = line.split_whitespace().next_back().unwrap();
            assert!(message.html.contains(words), "{words}: {}", message.html);
        }
    }
}

#[test]
fn links_and_codes_stand_alone_on_their_lines() {
    for kind in all_kinds("Phone") {
        let message = render(&letter(kind, "Demo"), HELP).unwrap();
        for line in message.text.lines() {
            assert!(line.chars().count() <= 72 || !line.contains(' '), "{line}");
            assert!(!line.contains("http") || line.starts_with("https://id.example/"), "{line}");
            assert!(!line.contains("12345678") || line.trim() == "12345678", "{line}");
        }
    }
}

/// Every notice of a change says what to do when it was somebody else.
#[test]
fn every_notice_says_what_to_do_when_it_was_somebody_else() {
    for kind in all_kinds("Phone") {
        let message = render(&letter(kind, "Demo"), HELP).unwrap();
        let carries_secret = message.text.contains("/x/token") || message.text.contains("12345678");
        let tells = message.text.contains("This was not you?") && message.text.contains(HELP);
        assert!(carries_secret != tells, "{}", message.text);
    }
}

#[test]
fn facts_are_those_that_were_given() {
    let bare = render(&Letter::new("ben@demo.example", LetterKind::PasswordChanged), HELP).unwrap();
    assert!(!bare.text.contains("Account:") && !bare.text.contains("When:"), "{}", bare.text);
    let full = render(&letter(LetterKind::PasswordChanged, "Demo"), HELP).unwrap();
    for fact in ["Account: Demo", "When: 15 January 2027, 08:00 UTC", "From: 203.0.113.7", "With: Firefox"] {
        assert!(full.text.contains(fact), "{}", full.text);
    }
}

/// Somebody did it, and has a name; a hostile one is text and no sentence of its own.
#[test]
fn a_notice_names_the_administrator_who_did_it() {
    let by = |name: &str| {
        let kind = LetterKind::MfaReset;
        let mut letter = letter(kind, "Demo");
        if let Some(occasion) = &mut letter.occasion {
            occasion.by = Some(name.to_owned());
        }
        render(&letter, HELP).unwrap()
    };
    let message = by("Maria (owner)");
    let told = "Maria (owner) removed all second factors and recovery codes";
    assert!(
        message.text.contains(told) && message.html.contains("Maria (owner) removed"),
        "{}",
        message.text
    );
    let hostile = by("<b>x</b>\r\n.\r\n (owner)");
    assert!(!hostile.html.contains("<b>x") && !hostile.text.contains("\n.\n"), "{}", hostile.html);
}

/// A mail has one button, its address below it, and asks for nothing from anywhere.
#[test]
fn every_mail_has_one_button_at_most_and_loads_nothing() {
    for kind in all_kinds("Phone") {
        let html = render(&letter(kind, "Demo"), HELP).unwrap().html.clone();
        assert!(html.matches("class=\"button\"").count() <= 1, "{html}");
        assert!(!html.contains("<img") && !html.contains("url(") && !html.contains("<script"), "{html}");
        for part in html.split("http").skip(1) {
            assert!(part.starts_with("s://id.example/"), "{part}");
        }
    }
}
