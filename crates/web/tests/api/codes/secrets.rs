//! The secrets of authenticator apps, and how they get into one.

use std::{collections::HashSet, fs, process::Command};

use data_encoding::{BASE32_NOPAD, BASE64};
use serde_json::{Value, json};
use twinlock_core::user::Role;
use twinlock_service::admin::{self, CreateUser};
use twinlock_testkit::{Authenticator, TestApp, app::PASSWORD};

async fn setup(test: &TestApp, tenant: &str, username: &str) -> Value {
    let caller = test.anonymous().sign_in(tenant, username, PASSWORD).await;
    caller.post("/api/v1/mfa/setup", json!({})).await.expect(200).json()
}

/// attacks.md row 13: 160 bits, none repeated, uniform. (Timing is measured elsewhere.)
#[tokio::test]
async fn secrets_are_long_uniform_and_never_repeated() {
    let test = TestApp::start().await;
    let bob = test.sign_in("bob").await;
    let (mut seen, mut ones) = (HashSet::new(), 0);
    for _ in 0..200 {
        let setup = bob.post("/api/v1/mfa/setup", json!({})).await.expect(200).json();
        let secret = BASE32_NOPAD.decode(setup["secret"].as_str().unwrap().as_bytes()).unwrap();
        assert_eq!(secret.len(), 20);
        ones += secret.iter().map(|byte| byte.count_ones()).sum::<u32>();
        assert!(seen.insert(secret));
    }
    // 32 000 fair bits: half of them within five standard deviations (5 × 89).
    assert!((15_550..=16_450).contains(&ones), "{ones}");
}

/// attacks.md row 13: the picture, the link and the text are one secret, with any name in front of it, and
/// another program computes the same codes.
#[tokio::test]
async fn the_picture_holds_the_link_whatever_the_names_are() {
    let test = TestApp::start().await;
    admin::create_tenant(&test.app, "odd", "A:cme & Sön's \u{1f680} 100%?secret=x").await.unwrap();
    let wanted = CreateUser {
        username: "z\u{f6}e".into(),
        email: None,
        display_name: None,
        role: Role::Member,
        password: Some(PASSWORD.to_owned().into()),
    };
    admin::create_user(&test.app, "odd", wanted).await.unwrap();
    for (tenant, username) in [("demo", "mia"), ("other", "mia"), ("odd", "z\u{f6}e")] {
        let setup = setup(&test, tenant, username).await;
        let link = setup["otpauth_url"].as_str().unwrap();
        let secret = setup["secret"].as_str().unwrap();
        assert_eq!(decoded(setup["qr_code"].as_str().unwrap()), link);
        let url: url::Url = link.parse().unwrap();
        let secrets: Vec<_> = url.query_pairs().filter(|(name, _)| name == "secret").collect();
        assert_eq!(secrets.len(), 1);
        assert_eq!(secrets[0].1, secret);
        let now = twinlock_core::clock::Clock::now(&*test.clock).secs();
        let arguments = [format!("--now=@{now}"), "--totp".into(), "--base32".into(), secret.into()];
        let output = Command::new("oathtool").args(arguments).output().expect("oathtool");
        let code = String::from_utf8(output.stdout).unwrap();
        assert_eq!(code.trim(), Authenticator::of(&test, &setup).code());
    }
}

/// attacks.md row 13: the label tells one tenant's account from another's.
#[tokio::test]
async fn the_label_tells_tenants_apart() {
    let test = TestApp::start().await;
    let label = |setup: Value| {
        let link = setup["otpauth_url"].as_str().unwrap().to_owned();
        link.split('?').next().unwrap().to_owned()
    };
    let ours = label(setup(&test, "demo", "mia").await);
    let theirs = label(setup(&test, "other", "mia").await);
    assert_eq!(ours, "otpauth://totp/Demo%20organisation:mia%40demo.example");
    assert_ne!(ours, theirs);
}

/// What a camera reads from a picture.
fn decoded(data_url: &str) -> String {
    let base64 = data_url.strip_prefix("data:image/png;base64,").expect("a PNG");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("code.png");
    fs::write(&file, BASE64.decode(base64.as_bytes()).unwrap()).unwrap();
    let output = Command::new("zbarimg")
        .args(["--quiet", "--raw", "-Sdisable", "-Sqrcode.enable"])
        .arg(&file)
        .output();
    let output = output.expect("zbarimg");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().trim_end_matches('\n').to_owned()
}
