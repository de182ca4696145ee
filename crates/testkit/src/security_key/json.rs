//! Changes to a finished answer: to what nobody signed, or to single bytes of what somebody did.
//!
//! Members are named by JSON pointer, such as `/response/signature`.

use data_encoding::BASE64URL_NOPAD;
use serde_json::Value;

/// The bytes of a base64url member.
pub fn bytes_at(credential: &Value, pointer: &str) -> Vec<u8> {
    let text = credential.pointer(pointer).and_then(Value::as_str);
    let text = text.unwrap_or_else(|| panic!("no text at {pointer} of {credential}"));
    BASE64URL_NOPAD.decode(text.as_bytes()).expect("base64url without padding")
}

/// Writes bytes into a member that is there, in base64url.
pub fn write_at(credential: &mut Value, pointer: &str, bytes: &[u8]) {
    let member = credential.pointer_mut(pointer).unwrap_or_else(|| panic!("nothing at {pointer}"));
    *member = BASE64URL_NOPAD.encode(bytes).into();
}

/// Flips one bit of a base64url member; bit 0 is the first byte's lowest.
pub fn flip_bit_at(credential: &mut Value, pointer: &str, bit: usize) {
    let mut bytes = bytes_at(credential, pointer);
    bytes[bit / 8] ^= 1 << (bit % 8);
    write_at(credential, pointer, &bytes);
}

/// Takes a member out.
pub fn remove_at(credential: &mut Value, pointer: &str) {
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer begins with a slash");
    let parent = credential.pointer_mut(parent).and_then(Value::as_object_mut);
    let removed = parent.and_then(|members| members.remove(name));
    assert!(removed.is_some(), "nothing at {pointer}");
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn members_are_read_changed_and_removed() {
        let mut credential = json!({"id": "AQ", "response": {"signature": "AQI"}});
        flip_bit_at(&mut credential, "/response/signature", 9);
        assert_eq!(bytes_at(&credential, "/response/signature"), [1, 0]);
        write_at(&mut credential, "/id", &[0xff]);
        remove_at(&mut credential, "/response/signature");
        assert_eq!(credential, json!({"id": "_w", "response": {}}));
    }
}
