//! The client data a browser signs over (WebAuthn Level 3 §5.8.1).

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

/// The client data, before it becomes text.
#[derive(Clone, Debug)]
pub struct ClientData {
    /// Members in the order they are written. A name may come twice.
    pub members: Vec<(String, Value)>,
    /// Written in place of the members.
    pub raw: Option<Vec<u8>>,
}

impl ClientData {
    /// What a browser writes for a ceremony of this type (`webauthn.create` or `webauthn.get`), in the order
    /// of §5.8.1.1.
    pub(super) fn new(ceremony: &str, challenge: &[u8], origin: &str) -> Self {
        let mut honest = Self { members: vec![], raw: None };
        honest.set("type", ceremony);
        honest.set_challenge(challenge);
        honest.set("origin", origin);
        honest.set("crossOrigin", false);
        honest
    }

    /// Gives the member this value, in its place, or at the end if there was none.
    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        let value = value.into();
        match self.members.iter_mut().find(|(found, _)| found == name) {
            Some(member) => member.1 = value,
            None => self.members.push((name.to_owned(), value)),
        }
    }

    /// Writes these bytes as the challenge, in base64url without padding.
    pub fn set_challenge(&mut self, challenge: &[u8]) {
        self.set("challenge", BASE64URL_NOPAD.encode(challenge));
    }

    /// Adds a member at the end, also one that is there already.
    pub fn repeat(&mut self, name: &str, value: impl Into<Value>) {
        self.members.push((name.to_owned(), value.into()));
    }

    /// Takes a member out.
    pub fn remove(&mut self, name: &str) {
        self.members.retain(|(found, _)| found != name);
    }

    /// Writes this text in place of the members. Take [`ClientData::text`] to change a part of it.
    pub fn write(&mut self, raw: impl Into<Vec<u8>>) {
        self.raw = Some(raw.into());
    }

    /// The members as JSON text without spaces.
    pub fn text(&self) -> String {
        let members: Vec<_> =
            self.members.iter().map(|(name, value)| format!("{}:{value}", json!(name))).collect();
        format!("{{{}}}", members.join(","))
    }

    /// The bytes that are hashed, signed and sent.
    pub fn bytes(&self) -> Vec<u8> {
        self.raw.clone().unwrap_or_else(|| self.text().into_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn honest_client_data_is_what_browsers_write() {
        let honest = ClientData::new("webauthn.get", &[0xfb, 0xff], "https://example.org");
        let expected =
            r#"{"type":"webauthn.get","challenge":"-_8","origin":"https://example.org","crossOrigin":false}"#;
        assert_eq!(honest.bytes(), expected.as_bytes());
    }

    #[test]
    fn members_can_be_changed_repeated_removed_and_replaced_by_anything() {
        let mut bent = ClientData::new("webauthn.get", &[1], "https://example.org");
        bent.set("origin", Value::Null);
        bent.remove("crossOrigin");
        bent.repeat("challenge", "AA");
        let text = r#"{"type":"webauthn.get","challenge":"AQ","origin":null,"challenge":"AA"}"#;
        assert_eq!(bent.text(), text);
        bent.write(format!("\u{feff}{text}"));
        assert!(bent.bytes().starts_with(&[0xef, 0xbb, 0xbf, b'{']));
    }
}
