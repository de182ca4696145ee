//! A CBOR writer (RFC 8949): shortest heads, members in the order given, and anything malformed on
//! request.

/// A value to write.
#[derive(Clone, Debug, PartialEq)]
pub enum Cbor {
    /// An integer (major types 0 and 1).
    Int(i64),
    /// A byte string.
    Bytes(Vec<u8>),
    /// A text string.
    Text(String),
    /// An array of definite length.
    Array(Vec<Cbor>),
    /// A map of definite length: in this order, repeated keys and all.
    Map(Vec<(Cbor, Cbor)>),
    /// `true` or `false`.
    Bool(bool),
    /// `null`.
    Null,
    /// These bytes as they are, whatever they are.
    Raw(Vec<u8>),
}

impl Cbor {
    /// A text string.
    pub fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    /// A map whose keys are texts.
    pub fn named(members: Vec<(&str, Self)>) -> Self {
        Self::Map(members.into_iter().map(|(name, value)| (Self::text(name), value)).collect())
    }

    /// The bytes of the value.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Int(number) if *number < 0 => head(out, 1, !number.cast_unsigned()),
            Self::Int(number) => head(out, 0, number.cast_unsigned()),
            Self::Bytes(bytes) => string(out, 2, bytes),
            Self::Text(text) => string(out, 3, text.as_bytes()),
            Self::Array(items) => {
                head(out, 4, items.len() as u64);
                for item in items {
                    item.write(out);
                }
            }
            Self::Map(members) => {
                head(out, 5, members.len() as u64);
                for (key, value) in members {
                    key.write(out);
                    value.write(out);
                }
            }
            Self::Bool(value) => out.push(if *value { 0xf5 } else { 0xf4 }),
            Self::Null => out.push(0xf6),
            Self::Raw(bytes) => out.extend_from_slice(bytes),
        }
    }
}

fn string(out: &mut Vec<u8>, major: u8, bytes: &[u8]) {
    head(out, major, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// Writes the head of an item: its major type (0 to 7) and its argument, as short as can be (RFC 8949 §3).
///
/// Public for malformed input: a head whose content never comes, or a length of 2^63.
pub fn head(out: &mut Vec<u8>, major: u8, argument: u64) {
    let bytes = argument.to_be_bytes();
    let (additional, width) = match argument {
        0..24 => (bytes[7], 0),
        24..=0xff => (24, 1),
        0x100..=0xffff => (25, 2),
        0x1_0000..=0xffff_ffff => (26, 4),
        _ => (27, 8),
    };
    out.push(major << 5 | additional);
    out.extend_from_slice(&bytes[8 - width..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(value: &Cbor) -> String {
        data_encoding::HEXLOWER.encode(&value.encode())
    }

    #[test]
    fn integers_are_as_short_as_in_rfc_8949_appendix_a() {
        let examples = [
            (0, "00"),
            (23, "17"),
            (24, "1818"),
            (100, "1864"),
            (1000, "1903e8"),
            (1_000_000, "1a000f4240"),
            (1_000_000_000_000, "1b000000e8d4a51000"),
            (-1, "20"),
            (-10, "29"),
            (-100, "3863"),
            (-1000, "3903e7"),
        ];
        for (number, expected) in examples {
            assert_eq!(hex(&Cbor::Int(number)), expected, "{number}");
        }
    }

    #[test]
    fn strings_arrays_and_maps_are_as_in_rfc_8949_appendix_a() {
        assert_eq!(hex(&Cbor::Bytes(vec![1, 2, 3, 4])), "4401020304");
        assert_eq!(hex(&Cbor::text("IETF")), "6449455446");
        assert_eq!(hex(&Cbor::Array(vec![Cbor::Int(1), Cbor::Bool(false), Cbor::Null])), "8301f4f6");
        let list = Cbor::Array(vec![Cbor::Int(2), Cbor::Int(3)]);
        assert_eq!(hex(&Cbor::named(vec![("a", Cbor::Int(1)), ("b", list)])), "a26161016162820203");
    }

    #[test]
    fn what_is_raw_stays_as_it_is() {
        let broken = Cbor::Array(vec![Cbor::Raw(vec![0xff, 0x1c])]);
        assert_eq!(hex(&broken), "81ff1c");
        let mut endless = Vec::new();
        head(&mut endless, 2, 1 << 63);
        assert_eq!(endless, [0x5b, 0x80, 0, 0, 0, 0, 0, 0, 0]);
    }
}
