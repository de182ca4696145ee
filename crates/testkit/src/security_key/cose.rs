//! Public keys as authenticators write them (RFC 9052 §7, RFC 9053 §7.1, RFC 8230 §4).

use super::Cbor;

/// Label of the key type.
pub const KTY: i64 = 1;
/// Label of the algorithm.
pub const ALG: i64 = 3;
/// Label of the curve (EC and OKP keys).
pub const CRV: i64 = -1;
/// Label of the x coordinate, or of an OKP key's bytes.
pub const X: i64 = -2;
/// Label of the y coordinate.
pub const Y: i64 = -3;
/// Label of an RSA key's modulus.
pub const N: i64 = -1;
/// Label of an RSA key's exponent.
pub const E: i64 = -2;
/// Label of the private part of an EC or OKP key, which has no business in a public key.
pub const D: i64 = -4;

/// A public key whose members can be set, removed and repeated before it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct CoseKey {
    /// Labels and values, in the order they are written.
    pub members: Vec<(i64, Cbor)>,
    /// Written in place of the members.
    pub raw: Option<Vec<u8>>,
}

impl CoseKey {
    /// A key of these members.
    pub fn new(members: Vec<(i64, Cbor)>) -> Self {
        Self { members, raw: None }
    }

    /// The first value of `label`.
    pub fn get(&self, label: i64) -> Option<&Cbor> {
        self.members.iter().find(|(found, _)| *found == label).map(|(_, value)| value)
    }

    /// Gives `label` this value, at the end if the key had none.
    pub fn set(&mut self, label: i64, value: Cbor) {
        match self.members.iter_mut().find(|(found, _)| *found == label) {
            Some(member) => member.1 = value,
            None => self.members.push((label, value)),
        }
    }

    /// Takes `label` out.
    pub fn remove(&mut self, label: i64) {
        self.members.retain(|(found, _)| *found != label);
    }

    /// The bytes of the key.
    pub fn encode(&self) -> Vec<u8> {
        let members = || self.members.iter().map(|(label, value)| (Cbor::Int(*label), value.clone()));
        self.raw.clone().unwrap_or_else(|| Cbor::Map(members().collect()).encode())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_set_in_place_added_and_removed() {
        let mut key = CoseKey::new(vec![(KTY, Cbor::Int(2)), (ALG, Cbor::Int(-7))]);
        key.set(ALG, Cbor::Int(-35));
        key.set(CRV, Cbor::Int(1));
        assert_eq!(key.encode(), [0xa3, 1, 2, 3, 0x38, 34, 0x20, 1]);
        key.remove(ALG);
        assert_eq!(key.get(ALG), None);
        assert_eq!(key.encode(), [0xa2, 1, 2, 0x20, 1]);
    }
}
