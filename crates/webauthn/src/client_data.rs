//! `clientDataJSON`: what the browser says about the page (W3C WebAuthn L3 §5.8.1), read strictly.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Value};

use super::Check;

/// A byte order mark, which UTF-8 decoding strips (§7.1 step 5); the hash covers it all the same.
const BOM: &[u8] = b"\xef\xbb\xbf";

/// What a ceremony expects.
pub(super) struct Expected<'a> {
    /// `webauthn.create` or `webauthn.get`.
    pub(super) kind: &'static str,
    pub(super) challenge: &'a [u8],
    pub(super) origins: &'a [String],
}

/// Checks what the browser says. Members without a meaning here are ignored, as §5.8.1.2 asks.
pub(super) fn check(bytes: &[u8], expected: &Expected<'_>) -> Result<(), Check> {
    let data = read(bytes)?;
    if text(&data, "type")? != expected.kind {
        return Err(Check::Type);
    }
    // Compared as text: there is one spelling only.
    if text(&data, "challenge")? != URL_SAFE_NO_PAD.encode(expected.challenge) {
        return Err(Check::Challenge);
    }
    let origin = text(&data, "origin")?;
    if !expected.origins.iter().any(|allowed| allowed == origin) {
        return Err(Check::Origin);
    }
    if data.contains_key("topOrigin") {
        return Err(Check::TopOrigin);
    }
    match data.get("crossOrigin") {
        None | Some(Value::Bool(false)) => Ok(()),
        Some(Value::Bool(true)) => Err(Check::CrossOrigin),
        Some(_) => Err(Check::ClientData),
    }
}

/// The challenge that an answer claims to answer: to find the ceremony where no person is known yet.
/// Proves nothing.
pub(super) fn claimed_challenge(bytes: &[u8]) -> Option<Vec<u8>> {
    let data = read(bytes).ok()?;
    URL_SAFE_NO_PAD.decode(text(&data, "challenge").ok()?).ok()
}

fn read(bytes: &[u8]) -> Result<Map<String, Value>, Check> {
    let json = bytes.strip_prefix(BOM).unwrap_or(bytes);
    match serde_json::from_slice(json) {
        Ok(Strict(Value::Object(members))) => Ok(members),
        _ => Err(Check::ClientData),
    }
}

fn text<'a>(data: &'a Map<String, Value>, name: &str) -> Result<&'a str, Check> {
    data.get(name).and_then(Value::as_str).ok_or(Check::ClientData)
}

/// JSON in which no object has a key twice: two readers would see two things in it.
struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Self)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JSON without repeated keys")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Strict(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some((key, Strict(value))) = entries.next_entry::<String, Strict>()? {
            if object.insert(key, value).is_some() {
                return Err(A::Error::custom("a key twice"));
            }
        }
        Ok(Value::Object(object))
    }
}
