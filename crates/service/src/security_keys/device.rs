//! What a key is called: the make its AAGUID names (W3C WebAuthn L3 §6.5.1), where that is known.

use std::collections::BTreeMap;

use serde::Deserialize;
use uuid::Uuid;

/// The list that comes with the program; see `data/README.md`.
const BUILT_IN: &str = include_str!("../../data/aaguid-names.json");

/// What a key is called whose make is unknown.
pub const UNKNOWN: &str = "Security key";

/// Names by AAGUID: those that come with the program, and the operator's, which win.
#[derive(Debug, Clone, Default)]
pub struct DeviceNames(BTreeMap<Uuid, String>);

impl DeviceNames {
    /// The list that comes with the program.
    pub fn built_in() -> Self {
        Self(parse(BUILT_IN).unwrap_or_default())
    }

    /// These names and the operator's, from a file of the same shape as the built-in one: an object whose
    /// `names` are an object of AAGUID and name.
    pub fn with(mut self, json: &str) -> Result<Self, serde_json::Error> {
        self.0.extend(parse(json)?);
        Ok(self)
    }

    /// The make of a key, or [`UNKNOWN`].
    pub fn name(&self, aaguid: Uuid) -> &str {
        self.known(aaguid).unwrap_or(UNKNOWN)
    }

    /// The make of a key, where it is known. A key that says nothing about its make sends zeros.
    pub fn known(&self, aaguid: Uuid) -> Option<&str> {
        self.0.get(&aaguid).filter(|_| !aaguid.is_nil()).map(String::as_str)
    }
}

#[derive(Deserialize)]
struct File {
    names: BTreeMap<Uuid, String>,
}

fn parse(json: &str) -> Result<BTreeMap<Uuid, String>, serde_json::Error> {
    Ok(serde_json::from_str::<File>(json)?.names)
}

#[cfg(test)]
mod tests {
    use super::*;

    const YUBIKEY: Uuid = Uuid::from_u128(0x2fc0579f_8113_47ea_b116_bb5a8db9202a);

    #[test]
    fn the_built_in_list_is_read_and_names_common_keys() {
        let names = DeviceNames::built_in();
        assert!(names.0.len() > 100, "{}", names.0.len());
        assert!(names.name(YUBIKEY).starts_with("YubiKey 5"), "{}", names.name(YUBIKEY));
    }

    #[test]
    fn a_make_that_is_unknown_or_not_told_is_a_security_key() {
        let names = DeviceNames::built_in();
        for aaguid in [Uuid::nil(), Uuid::from_u128(42)] {
            assert_eq!(names.name(aaguid), UNKNOWN);
        }
    }

    #[test]
    fn the_operators_names_win() {
        let own = format!(r#"{{"names": {{"{YUBIKEY}": "Company key"}}}}"#);
        assert_eq!(DeviceNames::built_in().with(&own).unwrap().name(YUBIKEY), "Company key");
        assert!(DeviceNames::built_in().with(r#"{"names": {"not an id": "x"}}"#).is_err());
    }
}
