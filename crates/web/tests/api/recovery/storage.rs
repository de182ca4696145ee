//! How codes are stored, and what a thief of the database has.

use std::collections::HashSet;

use data_encoding::{BASE32_NOPAD, BASE64, BASE64URL_NOPAD, HEXLOWER, HEXUPPER};
use serde_json::json;
use sha2::{Digest, Sha256, Sha512};
use twinlock_testkit::{TestApp, TestDatabase};

use super::{CODES, codes_in, login, unlock};

/// What a code might look like if it were stored badly.
fn disguises(code: &str) -> Vec<Vec<u8>> {
    let raw = code.as_bytes();
    let number = code.parse::<u32>().unwrap_or(u32::MAX);
    let texts = [
        code.to_owned(),
        BASE64.encode(raw).trim_end_matches('=').to_owned(),
        HEXLOWER.encode(raw),
        HEXUPPER.encode(raw),
        HEXLOWER.encode(&Sha256::digest(raw)),
        BASE64.encode(&Sha256::digest(raw)),
        BASE64URL_NOPAD.encode(&Sha256::digest(raw)),
        number.to_string(),
    ];
    let mut forms: Vec<_> = texts.into_iter().map(String::into_bytes).collect();
    forms.push(raw.iter().rev().copied().collect());
    forms.push(Sha256::digest(raw).to_vec());
    forms.push(Sha512::digest(raw).to_vec());
    forms
}

/// Bytes as a text of as many characters, in which the standard library searches fast.
fn text(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

/// attacks.md row 39: no code is anywhere in the database, plain, encoded or under a plain hash; neither
/// before its confirmation, nor after, nor after its use. On SQLite the file and its log are searched, too.
#[tokio::test]
async fn no_code_is_in_the_database() {
    let test = TestApp::start().await;
    let candidate = test.sign_in("bob").await.post("/api/v1/mfa/setup", json!({})).await.expect(200);
    let (_, phone) = test.enrolled("mia").await;
    login(&test, "mia", &phone.recovery_codes[0]).await.expect(200);
    let mia = test.anonymous().sign_in_with_code("mia", &phone.code()).await;
    let fresh = codes_in(&mia.post(CODES, json!({})).await.expect(200));
    let cells: Vec<_> = test.cells().await.into_iter().map(|cell| (cell.place, text(&cell.bytes))).collect();
    let files = files(&test.database).await;
    for code in codes_in(&candidate).iter().chain(&phone.recovery_codes).chain(&fresh) {
        for form in disguises(code) {
            let form = text(&form);
            let found = cells.iter().find(|(_, content)| content.contains(&form));
            assert!(found.is_none(), "{code} in {found:?}");
            assert!(!files.contains(&form), "{code} in a file of the database");
        }
    }
    // The search finds what is there.
    assert!(cells.iter().any(|(_, content)| content == "mia@demo.example"));
}

/// Database and write-ahead log, where there are files.
async fn files(database: &TestDatabase) -> String {
    let Some(path) = database.url().strip_prefix("sqlite://") else { return String::new() };
    let mut bytes = tokio::fs::read(path).await.unwrap();
    bytes.extend(tokio::fs::read(format!("{path}-wal")).await.unwrap_or_default());
    let content = text(&bytes);
    assert!(content.contains("mia@demo.example"));
    content
}

/// attacks.md row 39: what is stored is not accepted in place of a code, in any form.
#[tokio::test]
async fn a_stored_hash_is_no_code() {
    let test = TestApp::start().await;
    let (_, phone) = test.enrolled("mia").await;
    let tags = test.column("recovery_codes.tag").await;
    assert_eq!(tags.len(), 10);
    for tag in &tags[..3] {
        assert_eq!(tag.len(), 32);
        let base32 = BASE32_NOPAD.encode(tag);
        let forms = [
            HEXLOWER.encode(tag),
            HEXUPPER.encode(tag),
            BASE64.encode(tag),
            BASE64URL_NOPAD.encode(tag),
            base32.clone(),
            base32[..16].to_owned(),
            String::from_utf8_lossy(tag).replace('\0', " "),
            format!("\\x{}", HEXLOWER.encode(tag)),
        ];
        for form in forms {
            login(&test, "mia", &form).await.refused(401, "invalid_mfa_code");
            unlock(&test, "mia").await;
        }
    }
    login(&test, "mia", &phone.recovery_codes[0]).await.expect(200);
}

/// attacks.md row 39: salted and keyed: the same codes of another person, another set or another
/// installation have other hashes.
#[tokio::test]
async fn the_same_codes_have_other_hashes_elsewhere() {
    let mut tags = HashSet::new();
    let mut salts = HashSet::new();
    let test = TestApp::start().await;
    for username in ["mia", "bob", "olga"] {
        test.enrolled(username).await;
    }
    let mut mia = test.sign_in("adam").await;
    mia.enrol().await;
    tags.extend(test.column("recovery_codes.tag").await);
    salts.extend(test.column("recovery_sets.salt").await);
    assert_eq!((tags.len(), salts.len()), (40, 4));
    assert!(salts.iter().all(|salt| salt.len() == 16));
}

/// attacks.md row 39: a hash that is moved to another person's set is not their code: the salt is the
/// set's own.
#[tokio::test]
async fn a_hash_that_was_moved_opens_nothing() {
    let test = TestApp::start().await;
    let (_, bobs) = test.enrolled("bob").await;
    let (_, mias) = test.enrolled("mia").await;
    let set_of = |name: &str| {
        format!(
            "(SELECT s.id FROM recovery_sets s JOIN users u ON u.id = s.user_id \
             JOIN tenants t ON t.id = u.tenant_id WHERE u.username = '{name}' AND t.slug = 'demo')"
        )
    };
    let move_all =
        format!("UPDATE recovery_codes SET set_id = {} WHERE set_id = {}", set_of("mia"), set_of("bob"));
    test.by_hand(&move_all).await;
    login(&test, "mia", &bobs.recovery_codes[0]).await.refused(401, "invalid_mfa_code");
    login(&test, "mia", &mias.recovery_codes[0]).await.expect(200);
}

/// attacks.md row 39: no duplicates in a set, and leading zeros are kept.
#[tokio::test]
async fn the_codes_of_a_set_differ_and_keep_their_zeros() {
    let test = TestApp::start().await;
    let (_, phone) = test.enrolled("mia").await;
    let mia = test.anonymous().sign_in_with_code("mia", &phone.code()).await;
    let mut with_zero = None;
    for _ in 0..100 {
        let answer = mia.post(CODES, json!({})).await.expect(200);
        let codes = codes_in(&answer);
        assert_eq!(codes.iter().collect::<HashSet<_>>().len(), 10);
        assert!(codes.iter().all(|code| code.len() == 8 && code.bytes().all(|b| b.is_ascii_digit())));
        with_zero = codes.into_iter().find(|code| code.starts_with('0'));
        if with_zero.is_some() {
            break;
        }
    }
    let code = with_zero.unwrap();
    login(&test, "mia", code.trim_start_matches('0')).await.refused(401, "invalid_mfa_code");
    login(&test, "mia", &code).await.expect(200);
}
