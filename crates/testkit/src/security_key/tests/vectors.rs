//! Two of W3C's own test vectors (WebAuthn Level 3, "Test Vectors"), made again byte by byte: what
//! this authenticator writes is what the specification writes.

use data_encoding::HEXLOWER;

use super::*;
use crate::security_key::{Attestation, SecurityKey, key::Credential, private_key::PrivateKey};

fn hex(text: &str) -> Vec<u8> {
    HEXLOWER.decode(text.as_bytes()).unwrap()
}

fn text(bytes: &[u8]) -> String {
    data_encoding::BASE64URL_NOPAD.encode(bytes)
}

/// `none-es256`, registration.
#[test]
fn the_attestation_object_of_none_es256() {
    let key = hex("6e68e7a58484a3264f66b77f5d6dc5bc36a47085b615c9727ab334e8c369c2ee");
    let key = PrivateKey::Es256(p256::ecdsa::SigningKey::from_slice(&key).unwrap());
    let aaguid = hex("8446ccb9ab1db374750b2367ff6f3a1f").try_into().unwrap();
    let challenge = hex("00c30fb78531c464d2b6771dab8d7b603c01162f2fa486bea70f283ae556e130");
    let options = with(creation(), "/challenge", json!(text(&challenge)));
    let extra = "clientDataJSON may be extended with additional fields in the future, such as this: \
                 BkQeDjdcTBrXBiAwJTLE5Q";
    let credential =
        SecurityKey::new(1).aaguid(aaguid).register_bent(&options, "https://example.org", |bent| {
            bent.client_data.set("extraData", extra);
            let attested = bent.authenticator_data.attested();
            attested.id = hex("f91f391db4c9b2fde0ea70189cba3fb63f579ba6122b33ad94ff3ec330084be4");
            attested.key = key.cose();
            bent.authenticator_data.set(0x18);
            bent.attestation = Attestation::None;
        });
    let expected = "7b2274797065223a22776562617574686e2e637265617465222c226368616c6c656e6765223a22414d4d507434557878475453746e63647134313759447742466938767049612d7077386f4f755657345441222c226f726967696e223a2268747470733a2f2f6578616d706c652e6f7267222c2263726f73734f726967696e223a66616c73652c22657874726144617461223a22636c69656e74446174614a534f4e206d617920626520657874656e6465642077697468206164646974696f6e616c206669656c647320696e20746865206675747572652c207375636820617320746869733a20426b5165446a646354427258426941774a544c453551227d";
    assert_eq!(HEXLOWER.encode(&bytes_at(&credential, "/response/clientDataJSON")), expected);
    let expected = "a363666d74646e6f6e656761747453746d74a068617574684461746158a4bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b559000000008446ccb9ab1db374750b2367ff6f3a1f0020f91f391db4c9b2fde0ea70189cba3fb63f579ba6122b33ad94ff3ec330084be4a5010203262001215820afefa16f97ca9b2d23eb86ccb64098d20db90856062eb249c33a9b672f26df61225820930a56b87a2fca66334b03458abf879717c12cc68ed73290af2e2664796b9220";
    assert_eq!(HEXLOWER.encode(&bytes_at(&credential, "/response/attestationObject")), expected);
}

/// `packed-eddsa`, authentication: an Ed25519 signature has no randomness in it.
#[test]
fn the_assertion_of_packed_eddsa() {
    let seed = hex("971f38c0f73aaf0c5a614eb5e26430ae1ea0ed13e4f425d96e9662349340b0b3").try_into().unwrap();
    let credential = Credential {
        id: vec![1],
        rp_id: "example.org".into(),
        user_handle: vec![1],
        key: PrivateKey::EdDsa(ed25519_dalek::SigningKey::from_bytes(&seed)),
        discoverable: true,
        counter: 0,
    };
    let public = "a401010327200621582044e06ddd331c36a8dc667bab52bcae63486c916aa5e339e6acebaa84934bf832";
    assert_eq!(HEXLOWER.encode(&credential.key.cose().encode()), public);
    let challenge = hex("895957e01c633a698348a2d8a31a54b7db27e8c1c43b2080d79ae2190267bfd2");
    let options = with(request(&[]), "/challenge", json!(text(&challenge)));
    let mut key = SecurityKey::new(1).counting(false);
    key.credentials.push(credential);
    let assertion = key.authenticate(&options, "https://example.org");
    let expected = "f5c59c7e46c34f6f8cc197101ddf9934fa2595f68eb1913a637e8419eb9ba4cf\
                    dfc48f85393bc0d40b011f0d6fecb097d6607525713223a0dc0d453993dae00b";
    assert_eq!(HEXLOWER.encode(&bytes_at(&assertion, "/response/signature")), expected);
}
