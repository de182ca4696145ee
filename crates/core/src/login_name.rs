//! Who somebody says they are at sign-in: tenant and name in the one form that is looked up and counted.

use crate::name::{NameKey, slug_key};

/// A tenant and a name as they were typed, in their canonical form.
///
/// All spellings of them (case, white space around them, compatibility forms) are one value. Look-up and counters
/// both take it, so that what is one name for the look-up is one name for the counters, whether or not anybody has
/// it. It has no `Debug`: people type passwords into the wrong field.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct LoginName {
    tenant: Part<String>,
    name: Part<NameKey>,
}

/// A text that somebody may have, or the raw text that nobody can have.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Part<T> {
    Possible(T),
    Impossible(String),
}

impl<T> Part<T> {
    fn new(key: Option<T>, raw: &str) -> Self {
        key.map_or_else(|| Self::Impossible(raw.to_owned()), Self::Possible)
    }

    fn get(&self) -> Option<&T> {
        match self {
            Self::Possible(key) => Some(key),
            Self::Impossible(_) => None,
        }
    }
}

impl LoginName {
    /// Reads what was typed. Nothing is refused: what nobody can have is a name like any other to the counters.
    pub fn of(tenant: &str, name: &str) -> Self {
        Self { tenant: Part::new(slug_key(tenant), tenant), name: Part::new(NameKey::of(name), name) }
    }

    /// The tenant's slug, where the text can be one.
    pub fn slug(&self) -> Option<&str> {
        self.tenant.get().map(String::as_str)
    }

    /// The name, where the text can be one.
    pub fn key(&self) -> Option<&NameKey> {
        self.name.get()
    }

    /// The same value as bytes, for a keyed digest. Two values never have the same bytes.
    pub fn bytes(&self) -> Vec<u8> {
        let part = |possible: bool, text: &str| {
            let length = u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes();
            [&[u8::from(possible)], length.as_slice(), text.as_bytes()].concat()
        };
        let tenant = match &self.tenant {
            Part::Possible(slug) => part(true, slug),
            Part::Impossible(raw) => part(false, raw),
        };
        let name = match &self.name {
            Part::Possible(key) => part(true, key.as_str()),
            Part::Impossible(raw) => part(false, raw),
        };
        [tenant, name].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_same(one: (&str, &str), other: (&str, &str)) -> bool {
        let (one, other) = (LoginName::of(one.0, one.1), LoginName::of(other.0, other.1));
        let same = one == other;
        assert_eq!(same, one.bytes() == other.bytes());
        assert!(!same || (one.slug() == other.slug() && one.key() == other.key()));
        same
    }

    /// attacks.md row 5: one canonical form, for look-up and counters alike.
    #[test]
    fn all_spellings_of_a_tenant_and_a_name_are_one() {
        for tenant in ["demo", " demo", "demo\u{a0}", "DEMO", "\u{ff44}emo", "Demo "] {
            for name in ["mia", "MIA", " mia ", "\u{ff4d}\u{ff49}\u{ff41}", "\u{2003}Mia"] {
                assert!(is_same(("demo", "mia"), (tenant, name)), "{tenant:?} {name:?}");
            }
        }
        for (tenant, name) in [("demo", "mia2"), ("demo2", "mia"), ("demo", "mi\u{200b}a"), ("de mo", "mia")]
        {
            assert!(!is_same(("demo", "mia"), (tenant, name)), "{tenant:?} {name:?}");
        }
    }

    #[test]
    fn what_nobody_can_have_is_kept_apart_and_is_looked_up_by_nobody() {
        assert!(LoginName::of("../demo", "mia").slug().is_none());
        assert!(LoginName::of("demo", "").key().is_none());
        assert!(!is_same(("../demo", "mia"), ("../demo2", "mia")));
        assert!(!is_same(("demo", ""), ("demo", " ")));
        // No two texts can be cut at another place to be the same.
        assert!(!is_same(("ab", "c"), ("a", "bc")));
        assert!(!is_same(("a!", "!b"), ("a!!", "b")));
    }
}
