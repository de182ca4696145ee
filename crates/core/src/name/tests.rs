use proptest::prelude::*;

use super::*;

fn key(raw: &str) -> String {
    NameKey::of(raw).unwrap().as_str().to_owned()
}

/// attacks.md row 5: every spelling of a name is one key.
#[test]
fn spellings_of_a_name_are_one_key() {
    for raw in ["alice", "ALICE", "Alice ", " alice", "ａｌｉｃｅ", "\u{a0}alice\u{3000}", "ⓐⓛⓘⓒⓔ"]
    {
        assert_eq!(key(raw), "alice", "{raw:?}");
    }
    let groups: [&[&str]; 5] = [
        &["aliçe", "alic\u{327}e", "ALIC\u{327}E"],
        &["STRASSE", "straße", "straẞe", "Strasse"],
        &["ΟΔΟΣ", "οδος", "οδοσ"],
        &["KARL", "\u{212A}arl"],
        &["İ", "i\u{307}"],
    ];
    for group in groups {
        let first = key(group[0]);
        assert!(group.iter().all(|raw| key(raw) == first), "{group:?}");
    }
    assert_eq!(key("ALICE@Acme.test"), key("alice@acme.test"));
}

/// attacks.md row 5: what cannot be seen matches nobody.
#[test]
fn text_that_nobody_can_have_as_a_name_has_no_key() {
    let refused = [
        "",
        "   ",
        "\u{3000}",
        "alice\u{200b}",
        "alice\n",
        "\talice",
        "alice\u{0}",
        "\u{202e}alice",
        "al\u{ad}ice",
        "\u{feff}alice",
        "alice\u{2028}",
        "alice\u{fe0f}",
        "alice\u{3164}",
        "alice\u{e0061}",
        "alice\u{85}",
        "alice\u{2066}",
        "alice\u{e000}",
        "alice\u{fffe}",
        "alice\u{34f}",
        "alice\u{2060}",
    ];
    for raw in refused {
        assert_eq!(NameKey::of(raw), None, "{raw:?}");
    }
}

#[test]
fn a_key_is_bounded_before_and_after_folding() {
    assert!(NameKey::of(&"a".repeat(320)).is_some());
    assert_eq!(NameKey::of(&"a".repeat(321)), None);
    // One code point that NFKC makes eighteen of.
    assert_eq!(NameKey::of(&"\u{FDFA}".repeat(320)), None);
}

#[test]
fn every_single_character_folds_to_a_fixed_point() {
    for c in ('\0'..=char::MAX).filter(|c| !is_forbidden_char(*c)) {
        if let Some(once) = NameKey::of(&c.to_string()) {
            assert_eq!(NameKey::of(once.as_str()).as_ref(), Some(&once), "{c:?}");
        }
    }
}

#[test]
fn a_user_name_is_shown_as_typed_but_trimmed_and_in_nfkc() {
    let accepted = [
        (" Maria ", "Maria"),
        ("ｍａｒｉａ", "maria"),
        ("alic\u{327}e", "aliçe"),
        ("o'brien-2.x_y", "o'brien-2.x_y"),
        ("мария", "мария"),
        ("Maria@Demo.Example", "Maria@Demo.Example"),
        ("x", "x"),
    ];
    for (raw, shown) in accepted {
        assert_eq!(validate_username(raw).as_deref(), Ok(shown), "{raw:?}");
    }
}

#[test]
fn a_user_name_of_a_wrong_form_is_refused() {
    assert_eq!(validate_username("  "), Err(NameError::Empty));
    assert!(validate_username(&"ä".repeat(64)).is_ok());
    assert_eq!(validate_username(&"ä".repeat(65)), Err(NameError::TooLong { max: 64 }));
    for raw in ["maria\u{200b}", "maria\n", "\u{202e}maria", "maria\u{2029}", "ma\u{0}ria"] {
        assert_eq!(validate_username(raw), Err(NameError::Forbidden), "{raw:?}");
    }
    for raw in [
        "maria lopez",
        "maria\u{a0}lopez",
        "a/b",
        "a\u{ff0f}b",
        "a\u{2100}",
        "\u{301}a",
        "a@",
        "@a",
        "a@b@c.d",
    ] {
        assert!(matches!(validate_username(raw), Err(NameError::Invalid(_))), "{raw:?}");
    }
}

#[test]
fn one_plain_address_is_an_email_address() {
    for raw in [
        "a@b.example",
        "first.last+tag@sub.demo.example",
        "o'brien@x-y.test",
        "root@localhost",
        "A@B.Example",
    ] {
        assert_eq!(validate_email(&format!(" {raw} ")).as_deref(), Ok(raw));
    }
}

/// attacks.md row 93: nothing that a mail header could take for a second address or a new line.
#[test]
fn anything_else_is_no_email_address() {
    let refused = [
        "a",
        "@b.example",
        "a@",
        "a@@b.example",
        "a@b@c.example",
        "a b@c.example",
        "a@b.example,c@d.example",
        "a@b.example;c@d.example",
        "\"a\"@b.example",
        "<a@b.example>",
        "Maria <a@b.example>",
        ".a@b.example",
        "a.@b.example",
        "a..b@c.example",
        "a@-b.example",
        "a@b-.example",
        "a@b..example",
        "a@.example",
        "a@b.example.",
        "a@[127.0.0.1]",
        "a@127.0.0.1",
        "a@b_c.example",
        "ä@b.example",
        "a@b.example (x)",
        "a\\@b.example",
        "a:b@c.example",
    ];
    for raw in refused {
        assert!(matches!(validate_email(raw), Err(NameError::Invalid(_))), "{raw:?}");
    }
    for raw in ["a@b.example\r\nBcc: c@d.example", "a@b.example\n", "a@b\u{200d}.example", "a\0@b.example"] {
        assert_eq!(validate_email(raw), Err(NameError::Forbidden), "{raw:?}");
    }
    assert_eq!(validate_email(" "), Err(NameError::Empty));
}

#[test]
fn an_email_address_keeps_to_the_lengths_of_mail() {
    let local = "a".repeat(64);
    let label = "b".repeat(63);
    assert!(validate_email(&format!("{local}@{label}.example")).is_ok());
    assert!(validate_email(&format!("{local}a@b.example")).is_err());
    assert!(validate_email(&format!("a@{label}b.example")).is_err());
    let long = format!("{local}@{label}.{label}.{}", "c".repeat(61));
    assert_eq!(long.len(), 254);
    assert!(validate_email(&long).is_ok());
    assert_eq!(validate_email(&format!("{long}c")), Err(NameError::TooLong { max: 254 }));
}

#[test]
fn a_name_for_reading_may_hold_spaces_emoji_and_any_script() {
    for raw in ["María José López", "Demo & Söhne: a/b", "می‌خواهم", "❤️ 👩‍💻", "葛󠄀城市"]
    {
        assert_eq!(validate_display_name(&format!(" {raw} ")).as_deref(), Ok(raw));
        assert_eq!(validate_device_name(raw).as_deref(), Ok(raw));
    }
}

#[test]
fn a_name_for_reading_has_no_controls_and_can_be_seen() {
    for raw in [
        "a\u{2028}b",
        "a\u{2029}",
        "a\nb",
        "a\tb",
        "\u{202e}a",
        "a\u{2067}b",
        "a\u{0}",
        "a\u{200b}b",
        "a\u{e0061}",
    ] {
        assert_eq!(validate_display_name(raw), Err(NameError::Forbidden), "{raw:?}");
        assert_eq!(validate_device_name(raw), Err(NameError::Forbidden), "{raw:?}");
    }
    for raw in ["", "  ", "\u{200d}", " \u{200c}\u{fe0f} "] {
        assert_eq!(validate_device_name(raw), Err(NameError::Empty), "{raw:?}");
    }
    assert!(validate_display_name(&"ä".repeat(100)).is_ok());
    assert_eq!(validate_display_name(&"ä".repeat(101)), Err(NameError::TooLong { max: 100 }));
    assert_eq!(validate_device_name(&"ä".repeat(65)), Err(NameError::TooLong { max: 64 }));
}

#[test]
fn a_slug_is_one_host_name_label_in_small_letters() {
    let longest = "a".repeat(63);
    for slug in ["a", "7", "demo", "a-b", "a--b", "system", &longest] {
        assert_eq!(validate_slug(slug).as_deref(), Ok(slug));
    }
    for slug in ["-a", "a-", "-", "A", "a_b", "a.b", " a", "a ", "ä", "a/b", "a\n", "\u{200b}"] {
        assert!(matches!(validate_slug(slug), Err(NameError::Invalid(_))), "{slug:?}");
    }
    assert_eq!(validate_slug(""), Err(NameError::Empty));
    assert_eq!(validate_slug(&"a".repeat(64)), Err(NameError::TooLong { max: 63 }));
}

#[test]
fn devices_that_would_be_called_the_same_are_numbered() {
    assert_eq!(numbered("Key", &[]), "Key");
    assert_eq!(numbered("Key", &["Blue", "key"]), "Key");
    assert_eq!(numbered("Key", &["Key"]), "Key 2");
    assert_eq!(numbered("Key", &["Key 2", "Key", "Key 4"]), "Key 3");
    assert_eq!(numbered("Key", &["Key", "Key"]), "Key 2");
    let long = format!("{} b", "ä".repeat(62));
    let second = numbered(&long, &[&long]);
    assert_eq!(second, format!("{} 2", "ä".repeat(62)));
    assert_eq!(validate_device_name(&second), Ok(second.clone()));
}

proptest! {
    #[test]
    fn a_key_is_its_own_key(raw in any::<String>()) {
        if let Some(once) = NameKey::of(&raw) {
            prop_assert_eq!(NameKey::of(once.as_str()), Some(once));
        }
    }

    #[test]
    fn letters_and_marks_in_any_order_fold_to_a_fixed_point(raw in "[\\p{L}\\p{M}]{1,12}") {
        if let Some(once) = NameKey::of(&raw) {
            prop_assert_eq!(NameKey::of(once.as_str()), Some(once));
        }
    }

    #[test]
    fn case_does_not_matter(raw in "[\\p{L}\\p{M}]{1,12}") {
        let typed = NameKey::of(&raw);
        for other in [raw.to_lowercase(), raw.to_uppercase()] {
            prop_assert_eq!(&NameKey::of(&other), &typed);
        }
    }

    #[test]
    fn every_name_that_can_be_given_can_be_looked_up(raw in "\\PC{1,70}") {
        for name in [validate_username(&raw), validate_email(&raw)].into_iter().flatten() {
            prop_assert!(NameKey::of(&name).is_some());
            prop_assert_eq!(NameKey::of(&name), NameKey::of(&raw));
            prop_assert_eq!(validate_username(&name).ok().or_else(|| validate_email(&name).ok()), Some(name));
        }
    }

    #[test]
    fn what_looks_like_an_address_is_judged_without_panic(raw in "[a-z.@,<>\" \\r\\n+-]{0,40}") {
        if let Ok(address) = validate_email(&raw) {
            prop_assert_eq!(address.matches('@').count(), 1);
            prop_assert!(!address.contains([',', '<', '>', '"', ' ', '\r', '\n']));
        }
    }

    #[test]
    fn any_text_is_judged_without_panic(raw in any::<String>()) {
        let _ = (validate_username(&raw), validate_email(&raw), validate_slug(&raw));
        let _ = (validate_display_name(&raw), validate_device_name(&raw));
    }
}

/// attacks.md row 32: the two forms of an address at an international domain are one name.
#[test]
fn an_international_domain_is_one_name_in_both_its_forms() {
    let key = |raw: &str| NameKey::of(raw).unwrap();
    let forms = [
        "ben@bücher.example",
        "Ben@BÜCHER.example",
        "ben@xn--bcher-kva.example",
        "ben@XN--BCHER-KVA.EXAMPLE",
        " ben@bu\u{308}cher.example ",
        "ben@bücher\u{3002}example",
    ];
    for form in forms {
        assert_eq!(key(form).as_str(), "ben@xn--bcher-kva.example", "{form}");
        assert_eq!(validate_email(form).as_deref(), Ok(&*validate_email(form).unwrap()), "{form}");
    }
    assert_ne!(key("ben@straße.example"), key("ben@strasse.example"));
    assert_eq!(key("ben@straße.example"), key("ben@xn--strae-oqa.example"));
    assert_ne!(key("ben@bücher.example"), key("ben@bucher.example"));
}

#[test]
fn an_address_is_read_in_its_language_and_kept_in_ascii() {
    for typed in ["Ben@bücher.example", "Ben@xn--bcher-kva.example", "Ben@Bücher.Example"] {
        let readable = validate_email(typed).unwrap();
        assert_eq!(readable, "Ben@bücher.example", "{typed}");
        assert_eq!(ascii_email(&readable), "Ben@xn--bcher-kva.example", "{typed}");
        assert_eq!(readable_email(&ascii_email(&readable)), readable);
    }
    for same in ["Ben@Demo.Example", "ben@xn--a.example", "nobody"] {
        assert_eq!((ascii_email(same), readable_email(same)), (same.to_owned(), same.to_owned()));
    }
    assert!(validate_email("ben@xn--a.example").is_err(), "a label that stands for nothing");
    assert!(validate_email("ben@bücher..example").is_err() && validate_email("ben@ü").is_ok());
}

#[test]
fn letters_with_accents_before_the_at_are_refused_with_the_reason() {
    for typed in ["jürgen@demo.example", "jürgen@bücher.example", "иван@demo.example"] {
        let told = validate_email(typed).unwrap_err().to_string();
        assert!(told.contains("before the @"), "{typed}: {told}");
    }
}
