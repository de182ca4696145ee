//! What the server asked for, read as strictly as a browser reads it
//! (`parseCreationOptionsFromJSON`, `parseRequestOptionsFromJSON`).

use data_encoding::BASE64URL_NOPAD;
use serde_json::Value;

/// `PublicKeyCredentialCreationOptionsJSON`.
pub(super) struct CreationOptions {
    pub(super) rp_id: Option<String>,
    pub(super) user_id: Vec<u8>,
    pub(super) challenge: Vec<u8>,
    pub(super) algorithms: Vec<i64>,
    pub(super) excluded: Vec<Vec<u8>>,
    pub(super) resident_key: Wish,
    pub(super) user_verification: Wish,
    /// Whether an attestation is wanted at all.
    pub(super) attested: bool,
    /// Whether the `credProps` extension is asked for.
    pub(super) wants_properties: bool,
}

/// `PublicKeyCredentialRequestOptionsJSON`.
pub(super) struct RequestOptions {
    pub(super) rp_id: Option<String>,
    pub(super) challenge: Vec<u8>,
    pub(super) allowed: Vec<Vec<u8>>,
    pub(super) user_verification: Wish,
}

/// How much the server wants something.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    Discouraged,
    Preferred,
    Required,
}

impl CreationOptions {
    pub(super) fn read(options: &Value) -> Self {
        let user_id = bytes(&options["user"]["id"]);
        assert!((1..=64).contains(&user_id.len()), "user.id has 1 to 64 bytes: {options}");
        let selection = &options["authenticatorSelection"];
        let legacy = if selection["requireResidentKey"] == true { Wish::Required } else { Wish::Discouraged };
        Self {
            rp_id: options["rp"]["id"].as_str().map(str::to_owned),
            user_id,
            challenge: challenge(options),
            algorithms: items(&options["pubKeyCredParams"]).filter_map(|it| it["alg"].as_i64()).collect(),
            excluded: ids(&options["excludeCredentials"]),
            resident_key: Wish::read(&selection["residentKey"]).unwrap_or(legacy),
            user_verification: Wish::read(&selection["userVerification"]).unwrap_or(Wish::Preferred),
            attested: options["attestation"].as_str().is_some_and(|wanted| wanted != "none"),
            wants_properties: options["extensions"]["credProps"] == true,
        }
    }
}

impl RequestOptions {
    pub(super) fn read(options: &Value) -> Self {
        Self {
            rp_id: options["rpId"].as_str().map(str::to_owned),
            challenge: challenge(options),
            allowed: ids(&options["allowCredentials"]),
            user_verification: Wish::read(&options["userVerification"]).unwrap_or(Wish::Preferred),
        }
    }
}

impl Wish {
    /// A value that a browser does not know counts as absent.
    fn read(value: &Value) -> Option<Self> {
        match value.as_str()? {
            "discouraged" => Some(Self::Discouraged),
            "preferred" => Some(Self::Preferred),
            "required" => Some(Self::Required),
            _ => None,
        }
    }
}

fn challenge(options: &Value) -> Vec<u8> {
    bytes(&options["challenge"])
}

fn ids(descriptors: &Value) -> Vec<Vec<u8>> {
    items(descriptors).filter(|it| it["type"] == "public-key").map(|it| bytes(&it["id"])).collect()
}

fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

fn bytes(value: &Value) -> Vec<u8> {
    let text = value.as_str().unwrap_or_else(|| panic!("not a text: {value}"));
    BASE64URL_NOPAD
        .decode(text.as_bytes())
        .unwrap_or_else(|_| panic!("not base64url without padding: {text}"))
}
