use super::*;

fn from() -> &'static str {
    "twinlock@id.example"
}

/// attacks.md row 94: an address with a password in it is not repeated.
#[test]
fn a_refused_smtp_address_is_not_repeated() {
    let error = SmtpServer::new("smtp://user:hunter2@mail.example", true).err().unwrap();
    assert!(!error.to_string().contains("hunter2") && !format!("{error:?}").contains("hunter2"));
    let server = SmtpServer::new("smtps://user:hunter2@mail.example", true).unwrap();
    assert!(!format!("{server:?}").contains("hunter2"));
}

#[test]
fn the_sender_is_named_after_the_public_host() {
    let from = |url: &str| default_from(&url.parse().unwrap());
    assert_eq!(from("https://id.example:8443/x"), "twinlock@id.example");
    for url in ["http://localhost:8080", "http://127.0.0.1:8080", "http://[::1]:8080"] {
        assert_eq!(from(url), "twinlock@localhost");
        assert!(Postman::directory("/nowhere", &from(url)).is_ok());
    }
    assert!(matches!(Postman::directory("/nowhere", "nobody"), Err(PostmanError::From)));
}

fn message(name: &str, subject: &str, text: &str) -> Message {
    Message {
        to: "ben@demo.example".into(),
        from_name: Some(name.into()),
        subject: subject.into(),
        text: text.into(),
        html: format!("<p>{text}</p>\n"),
    }
}

fn compose(message: &Message) -> String {
    let postman = Postman::directory("/nowhere", from()).unwrap();
    let id = MailId(uuid::Uuid::from_u128(7));
    let mail = postman.compose(id, message, Timestamp::from_secs(1_800_000_000)).unwrap();
    String::from_utf8(mail.formatted()).unwrap()
}

/// attacks.md row 93: whatever a name or a subject holds, there is one line more for none of it.
#[test]
fn no_name_or_subject_adds_a_header() {
    let hostile = [
        "a\r\nBcc: eve@evil.example",
        "a\nBcc: eve@evil.example",
        "a\rBcc: eve@evil.example",
        "\"quoted\" <eve@evil.example>, ",
        "a\u{2028}Bcc: eve@evil.example",
        "\r\n.\r\n",
    ];
    for text in hostile {
        let raw = compose(&message(text, text, "Hello.\n"));
        let parsed = mailparse::parse_mail(raw.as_bytes()).unwrap();
        let names: Vec<_> = parsed.headers.iter().map(mailparse::MailHeader::get_key).collect();
        let expected =
            ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"];
        assert_eq!(names, expected, "{text:?}: {raw}");
        let from = mailparse::addrparse_header(&parsed.headers[0]).unwrap();
        assert_eq!(from.extract_single_info().unwrap().addr, "twinlock@id.example", "{text:?}");
    }
}

#[test]
fn a_mail_is_the_same_every_time_it_is_written() {
    let mail = message("Demo", "Subject", "Hello.\n");
    assert_eq!(compose(&mail), compose(&mail));
    let id = "Message-ID: <00000000-0000-0000-0000-000000000007@id.example>";
    assert!(compose(&mail).contains(id), "{}", compose(&mail));
}

#[test]
fn parts_are_readable_as_they_are_or_in_quoted_printable() {
    let plain = compose(&message("Demo", "Subject", "https://id.example/reset/abc\n"));
    assert!(plain.contains("\r\nhttps://id.example/reset/abc\r\n"), "{plain}");
    for text in ["Müller und Söhne\n".to_owned(), "ДЕМО 葛城市 ".repeat(50)] {
        let raw = compose(&message("Demo", "Subject", &text));
        assert_eq!(raw.matches("quoted-printable").count(), 2, "{raw}");
        let parsed = mailparse::parse_mail(raw.as_bytes()).unwrap();
        assert_eq!(parsed.subparts[0].get_body().unwrap().trim(), text.trim());
    }
}
