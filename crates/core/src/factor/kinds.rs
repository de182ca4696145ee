//! Kinds of second factor, and sets of them.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// A kind of second factor. Recovery codes are none: they stand in for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// An authenticator app.
    Totp,
    /// A security key or passkey.
    Webauthn,
}

impl Kind {
    /// Every kind, in the order in which sets are written.
    pub const ALL: [Self; 2] = [Self::Totp, Self::Webauthn];

    /// The stable text form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Totp => "totp",
            Self::Webauthn => "webauthn",
        }
    }

    fn bit(self) -> u8 {
        match self {
            Self::Totp => 1,
            Self::Webauthn => 2,
        }
    }
}

/// A set of kinds: those a person has, or those a tenant allows. Written as a list in JSON.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Kinds(u8);

impl Kinds {
    /// None at all.
    pub const NONE: Self = Self(0);
    /// Every kind.
    pub const ALL: Self = Self(3);

    /// This set with one more kind.
    #[must_use]
    pub fn with(self, kind: Kind) -> Self {
        Self(self.0 | kind.bit())
    }

    /// What both sets have.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether `kind` is one of them.
    pub fn has(self, kind: Kind) -> bool {
        self.0 & kind.bit() != 0
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether some kind of `other` is missing here.
    pub fn lacks_some_of(self, other: Self) -> bool {
        other.0 & !self.0 != 0
    }

    /// The kinds, in their order.
    pub fn iter(self) -> impl Iterator<Item = Kind> {
        Kind::ALL.into_iter().filter(move |kind| self.has(*kind))
    }

    /// The number under which a set is stored: bit 0 for apps, bit 1 for keys.
    pub fn bits(self) -> i64 {
        i64::from(self.0)
    }

    /// The set stored under this number.
    pub fn from_bits(bits: i64) -> Option<Self> {
        u8::try_from(bits).ok().filter(|bits| *bits <= Self::ALL.0).map(Self)
    }

    /// Every set there is, by its number.
    pub fn every_set() -> impl Iterator<Item = Self> {
        (0..=Self::ALL.0).map(Self)
    }
}

impl FromIterator<Kind> for Kinds {
    fn from_iter<I: IntoIterator<Item = Kind>>(kinds: I) -> Self {
        kinds.into_iter().fold(Self::NONE, Self::with)
    }
}

impl Serialize for Kinds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Kinds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let kinds = Vec::<Kind>::deserialize(deserializer)?;
        if kinds.len() > Kind::ALL.len() {
            return Err(D::Error::custom("each kind at most once"));
        }
        Ok(kinds.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_written_as_a_list_in_one_order() {
        let both: Kinds = serde_json::from_str(r#"["webauthn","totp"]"#).unwrap();
        assert_eq!(both, Kinds::ALL);
        assert_eq!(serde_json::to_string(&both).unwrap(), r#"["totp","webauthn"]"#);
        for wrong in [r#"["sms"]"#, r#""totp""#, r#"["totp","totp","totp"]"#] {
            assert!(serde_json::from_str::<Kinds>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn every_set_has_its_number() {
        for set in Kinds::every_set() {
            assert_eq!(Kinds::from_bits(set.bits()), Some(set));
        }
        assert_eq!(Kinds::from_bits(4), None);
        assert_eq!(Kinds::from_bits(-1), None);
    }
}
