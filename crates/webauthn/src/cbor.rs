//! The CBOR that authenticators write (CTAP2's canonical form, a part of RFC 8949), read strictly:
//! definite and shortest lengths, no tags, no floats, no key twice, bounded depth and width.

/// How deep values may nest: a statement inside `compound` has five levels.
const MAX_DEPTH: usize = 8;
/// How many entries a map may have.
const MAX_ENTRIES: usize = 32;

/// Not the CBOR that is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Malformed;

/// A value that borrows from what it was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value<'a> {
    Int(i64),
    Bytes(&'a [u8]),
    Text(&'a str),
    Array(Vec<Value<'a>>),
    Map(Map<'a>),
    /// `false`, `true`, `null` or `undefined`.
    Simple(u8),
}

/// The entries of a map, in their order. Keys are integers or text.
pub(super) type Map<'a> = Vec<(Value<'a>, Value<'a>)>;

impl<'a> Value<'a> {
    pub(super) fn bytes(&self) -> Option<&'a [u8]> {
        if let Self::Bytes(bytes) = self { Some(bytes) } else { None }
    }

    pub(super) fn text(&self) -> Option<&'a str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    pub(super) fn int(&self) -> Option<i64> {
        if let Self::Int(number) = self { Some(*number) } else { None }
    }

    pub(super) fn array(&self) -> Option<&[Self]> {
        if let Self::Array(items) = self { Some(items) } else { None }
    }

    pub(super) fn map(&self) -> Option<&Map<'a>> {
        if let Self::Map(entries) = self { Some(entries) } else { None }
    }

    /// The entry of a map under a text key.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        self.map()?.iter().find(|(name, _)| name.text() == Some(key)).map(|(_, value)| value)
    }

    /// The entry of a map under an integer key.
    pub(super) fn at(&self, key: i64) -> Option<&Self> {
        self.map()?.iter().find(|(name, _)| name.int() == Some(key)).map(|(_, value)| value)
    }
}

/// Reads exactly one value that fills `bytes`.
pub(super) fn whole(bytes: &[u8]) -> Result<Value<'_>, Malformed> {
    match first(bytes)? {
        (value, []) => Ok(value),
        _ => Err(Malformed),
    }
}

/// Reads one value; answers it and what follows it.
pub(super) fn first(bytes: &[u8]) -> Result<(Value<'_>, &[u8]), Malformed> {
    let mut reader = Reader { rest: bytes };
    let value = reader.value(0)?;
    Ok((value, reader.rest))
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn value(&mut self, depth: usize) -> Result<Value<'a>, Malformed> {
        let first = self.byte()?;
        let (major, minor) = (first >> 5, first & 0x1f);
        match major {
            0 => self.number(minor).map(Value::Int),
            // -1 - n
            1 => Ok(Value::Int(-1 - self.number(minor)?)),
            2 => self.chunk(minor).map(Value::Bytes),
            3 => std::str::from_utf8(self.chunk(minor)?).map(Value::Text).map_err(|_| Malformed),
            4 => self.array(minor, inner(depth)?),
            5 => self.map(minor, inner(depth)?),
            7 if (20..=23).contains(&minor) => Ok(Value::Simple(minor)),
            _ => Err(Malformed),
        }
    }

    // The count is only believed as far as items follow: nothing is reserved for it.
    fn array(&mut self, minor: u8, depth: usize) -> Result<Value<'a>, Malformed> {
        let count = self.number(minor)?;
        let mut items = Vec::new();
        for _ in 0..count {
            items.push(self.value(depth)?);
        }
        Ok(Value::Array(items))
    }

    fn map(&mut self, minor: u8, depth: usize) -> Result<Value<'a>, Malformed> {
        let count = usize::try_from(self.number(minor)?).map_err(|_| Malformed)?;
        if count > MAX_ENTRIES {
            return Err(Malformed);
        }
        let mut entries = Map::new();
        for _ in 0..count {
            let key = self.value(depth)?;
            if !matches!(key, Value::Int(_) | Value::Text(_)) || entries.iter().any(|(name, _)| *name == key)
            {
                return Err(Malformed);
            }
            entries.push((key, self.value(depth)?));
        }
        Ok(Value::Map(entries))
    }

    /// The argument of a head, in its shortest form only. Larger than `i64` is never needed.
    fn number(&mut self, minor: u8) -> Result<i64, Malformed> {
        let (number, least) = match minor {
            0..=23 => (u64::from(minor), 0),
            24 => (u64::from(self.byte()?), 24),
            25 => (self.big_endian(2)?, 1 << 8),
            26 => (self.big_endian(4)?, 1 << 16),
            27 => (self.big_endian(8)?, 1 << 32),
            _ => return Err(Malformed),
        };
        if number < least {
            return Err(Malformed);
        }
        i64::try_from(number).map_err(|_| Malformed)
    }

    fn chunk(&mut self, minor: u8) -> Result<&'a [u8], Malformed> {
        let length = usize::try_from(self.number(minor)?).map_err(|_| Malformed)?;
        self.take(length)
    }

    fn big_endian(&mut self, size: usize) -> Result<u64, Malformed> {
        Ok(self.take(size)?.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    fn byte(&mut self) -> Result<u8, Malformed> {
        self.take(1)?.first().copied().ok_or(Malformed)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(Malformed)?;
        self.rest = rest;
        Ok(taken)
    }
}

fn inner(depth: usize) -> Result<usize, Malformed> {
    if depth < MAX_DEPTH { Ok(depth + 1) } else { Err(Malformed) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_authenticators_write_is_read() {
        let bytes = b"\xa3\x63fmt\x64none\x01\x26\x20\x82\x41\xff\xf5";
        let value = whole(bytes).unwrap();
        assert_eq!(value.get("fmt").unwrap().text(), Some("none"));
        assert_eq!(value.at(1).unwrap().int(), Some(-7));
        let list = value.at(-1).unwrap().array().unwrap();
        assert_eq!(list, [Value::Bytes(b"\xff"), Value::Simple(21)]);
        assert_eq!(first(b"\x01\x02"), Ok((Value::Int(1), &b"\x02"[..])));
    }

    /// attacks.md row 62: what can be written in two ways, or is never written.
    #[test]
    fn other_forms_are_refused() {
        let refused: [(&str, &[u8]); 16] = [
            ("nothing", b""),
            ("trailing bytes", b"\x01\x02"),
            ("a key twice", b"\xa2\x01\x02\x01\x03"),
            ("a key that is bytes", b"\xa1\x41\x01\x02"),
            ("a float as key", b"\xa1\xf9\x3c\x00\x02"),
            ("a float", b"\xfb\x3f\xf0\x00\x00\x00\x00\x00\x00"),
            ("a tag", b"\xc0\x01"),
            ("an indefinite array", b"\x9f\x01\xff"),
            ("indefinite bytes", b"\x5f\x41\x01\xff"),
            ("a break", b"\xff"),
            ("a number longer than needed", b"\x18\x17"),
            ("a length longer than needed", b"\x58\x01\x00"),
            ("2^63", b"\x1b\x80\x00\x00\x00\x00\x00\x00\x00"),
            ("-2^64", b"\x3b\xff\xff\xff\xff\xff\xff\xff\xff"),
            ("text that is not UTF-8", b"\x61\xff"),
            ("an unassigned simple value", b"\xf0"),
        ];
        for (what, bytes) in refused {
            assert_eq!(whole(bytes), Err(Malformed), "{what}");
        }
    }

    /// attacks.md row 62: what is nested deeper, or wider, than any authenticator writes.
    #[test]
    fn depth_and_width_are_bounded() {
        let nested = |depth| [vec![0x81; depth], vec![0x01]].concat();
        assert!(whole(&nested(MAX_DEPTH)).is_ok());
        assert_eq!(whole(&nested(MAX_DEPTH + 1)), Err(Malformed));
        // Keys that need one and two bytes: 0 to 23 and from 24 on.
        let map = |entries: u8| {
            let keys = (0..entries).flat_map(|key| if key < 24 { vec![key, 0] } else { vec![0x18, key, 0] });
            [vec![0xb8, entries], keys.collect()].concat()
        };
        assert!(whole(&map(32)).is_ok());
        assert_eq!(whole(&map(33)), Err(Malformed));
    }

    /// attacks.md row 62: depth and promised lengths cost nothing.
    #[test]
    fn deep_and_huge_promises_end_at_once() {
        for byte in [0x81_u8, 0x9f, 0xa1, 0xc0, 0xbf, 0x9b, 0x5b, 0xbb] {
            assert_eq!(whole(&vec![byte; 100_000]), Err(Malformed), "{byte:x}");
        }
        for head in [0x5b_u8, 0x7b, 0x9b, 0xbb] {
            let mut bytes = vec![head, 0x7f];
            bytes.extend([0xff; 7]);
            assert_eq!(whole(&bytes), Err(Malformed), "{head:x}");
        }
    }
}
