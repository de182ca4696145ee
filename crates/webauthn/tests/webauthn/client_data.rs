//! What the browser says: every step about it, in both ceremonies.

use serde_json::{Value, json};
use twinlock_testkit::security_key::{Bent, ClientData, SecurityKey};
use twinlock_webauthn::Check;

use super::world::{authenticate_bent, register_bent};

/// Makes something else of what the browser said.
type Break<'a> = &'a dyn Fn(&str) -> Vec<u8>;

/// What comes of client data bent in this way, in each ceremony: it must be the same.
fn outcome(bend: impl Fn(&mut ClientData)) -> Option<Check> {
    let bend = |bent: &mut Bent| bend(&mut bent.client_data);
    let registration = register_bent(&mut SecurityKey::new(2), bend).err();
    let authentication = authenticate_bent(bend).err();
    assert_eq!(registration, authentication);
    registration
}

fn with(name: &str, value: Value) -> Option<Check> {
    outcome(|data| data.set(name, value.clone()))
}

#[test]
fn an_honest_browser_is_believed() {
    assert_eq!(outcome(|_| {}), None);
}

/// attacks.md row 53: steps 7 and 10.
#[test]
fn the_type_must_be_of_this_ceremony() {
    let other = |bent: &mut Bent| bent.client_data.set("type", "webauthn.get");
    assert_eq!(register_bent(&mut SecurityKey::new(2), other), Err(Check::Type));
    let other = |bent: &mut Bent| bent.client_data.set("type", "webauthn.create");
    assert_eq!(authenticate_bent(other).err(), Some(Check::Type));
    assert_eq!(with("type", json!("payment.get")), Some(Check::Type));
    assert_eq!(outcome(|data| data.remove("type")), Some(Check::ClientData));
    assert_eq!(with("type", Value::Null), Some(Check::ClientData));
}

/// attacks.md row 54: the challenge in its one spelling (steps 8 and 11).
#[test]
fn the_challenge_must_be_the_one_that_was_given() {
    for challenge in [&b""[..], b"a", b"another challenge of 32 bytes...", &[0; 64]] {
        assert_eq!(outcome(|data| data.set_challenge(challenge)), Some(Check::Challenge), "{challenge:?}");
    }
    let honest = "YSBjaGFsbGVuZ2UgaXMgb2YgMzIgcmFuZG9tIGJ5dGU";
    assert_eq!(with("challenge", json!(honest)), None);
    // Padded; with other last bits, which a lenient reader drops; with a space.
    for spelling in [format!("{honest}="), honest.replace("GU", "GV"), format!("{honest} ")] {
        assert_eq!(with("challenge", json!(spelling)), Some(Check::Challenge), "{spelling}");
    }
    assert_eq!(outcome(|data| data.remove("challenge")), Some(Check::ClientData));
    assert_eq!(with("challenge", json!(5)), Some(Check::ClientData));
}

/// attacks.md row 53: the origin, letter by letter (steps 9 and 12).
#[test]
fn the_origin_must_be_one_of_ours() {
    assert_eq!(with("origin", json!("https://keys.example.org:8443")), None);
    for origin in [
        "http://example.org",
        "https://example.org/",
        "https://example.org:443",
        "https://example.org:8443",
        "https://example.org/path",
        "https://keys.example.org",
        "https://sub.example.org",
        "https://badexample.org",
        "https://example.org.evil.test",
        "https://example.org.",
        "https://EXAMPLE.org",
        "HTTPS://example.org",
        "https://evil@example.org",
        "https://xn--exmple-cua.org",
        "https://example.com",
        "android:apk-key-hash:abc",
        "null",
        " https://example.org",
        "",
    ] {
        assert_eq!(with("origin", json!(origin)), Some(Check::Origin), "{origin}");
    }
    assert_eq!(with("origin", json!(["https://example.org"])), Some(Check::ClientData));
    assert_eq!(outcome(|data| data.remove("origin")), Some(Check::ClientData));
}

/// attacks.md row 53: no frame in another page (steps 10, 11, 13 and 14).
#[test]
fn a_frame_in_another_page_is_refused() {
    assert_eq!(with("crossOrigin", json!(true)), Some(Check::CrossOrigin));
    assert_eq!(outcome(|data| data.remove("crossOrigin")), None);
    for odd in [json!("false"), json!(0), Value::Null, json!([])] {
        assert_eq!(with("crossOrigin", odd.clone()), Some(Check::ClientData), "{odd}");
    }
    for top in [json!("https://example.com"), json!("https://example.org"), Value::Null] {
        assert_eq!(with("topOrigin", top.clone()), Some(Check::TopOrigin), "{top}");
    }
}

/// attacks.md row 64: what may come in future does no harm, and a byte order mark is stripped.
#[test]
fn additions_and_another_order_are_accepted() {
    assert_eq!(with("extraData", json!({"nested": [1, 2.5, null, true, {"type": "x"}]})), None);
    assert_eq!(outcome(|data| data.members.reverse()), None);
    assert_eq!(outcome(|data| data.write([b"\xef\xbb\xbf", data.text().as_bytes()].concat())), None);
    assert_eq!(outcome(|data| data.write(format!(" {}\n", data.text()))), None);
}

/// attacks.md row 64: what two readers would read in two ways.
#[test]
fn ambiguous_or_broken_json_is_refused() {
    for name in ["type", "challenge", "origin", "crossOrigin", "unknown"] {
        let twice = |data: &mut ClientData| {
            data.set("unknown", 1);
            data.repeat(name, "x");
        };
        assert_eq!(outcome(twice), Some(Check::ClientData), "{name}");
    }
    assert_eq!(with("nested", json!(null)), None);
    let broken: [Break<'_>; 8] = [
        &|text| text.replace("{\"", "{\"a\":{\"b\":1,\"b\":2},\"").into_bytes(),
        &|text| [b"\xef\xbb\xbf\xef\xbb\xbf", text.as_bytes()].concat(),
        &|text| format!("{text}{text}").into_bytes(),
        &|text| [text.as_bytes(), b"\xff"].concat(),
        &|text| text.replace('}', ",\"a\":\"\\ud800\"}").into_bytes(),
        &|text| format!("[{text}]").into_bytes(),
        &|_| [b"[".repeat(4_000), b"]".repeat(4_000)].concat(),
        &|_| b"null".to_vec(),
    ];
    for (index, broken) in broken.iter().enumerate() {
        let written = outcome(|data| data.write(broken(&data.text())));
        assert_eq!(written, Some(Check::ClientData), "{index}");
    }
}
