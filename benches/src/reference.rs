//! What the machine can do at best, measured in the same run.

use std::{
    hint::black_box,
    net::Ipv4Addr,
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use axum::{Router, http::header, routing::get};
use hyper::body::Bytes;
use p256::ecdsa::{
    Signature, SigningKey, VerifyingKey,
    signature::{Signer, Verifier},
};
use twinlock_store::{Store, meta, migrate};

/// Serves the given bytes from a bare handler; answers `127.0.0.1:PORT`.
pub async fn bare_handler(bytes: Bytes) -> String {
    let answer = move || {
        let bytes = bytes.clone();
        async move { ([(header::CONTENT_TYPE, "application/json")], bytes) }
    };
    let router = Router::new().route("/api/v1/auth/session", get(answer));
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
    let host = listener.local_addr().expect("an address").to_string();
    tokio::spawn(async move { axum::serve(listener, router).await });
    host
}

/// Argon2id hashes a second on all cores, with the parameters of the product and reused memory.
pub fn hashes_per_second(seconds: u64) -> f64 {
    per_second(seconds, || {
        let params = Params::new(19_456, 2, 1, Some(32)).expect("parameters");
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let mut memory = vec![Block::new(); argon2.params().block_count()];
        move || {
            let (password, salt) = (b"correct horse battery", b"saltsaltsaltsalt");
            argon2
                .hash_password_into_with_memory(password, salt, &mut [0_u8; 32], &mut memory)
                .expect("a hash");
        }
    })
}

/// ES256 signatures verified a second on all cores, from the encoded key on, as a server meets them.
pub fn verifications_per_second(seconds: u64) -> f64 {
    let message = [7_u8; 69];
    let signing = SigningKey::from_slice(&[7; 32]).expect("a key");
    let point = signing.verifying_key().to_encoded_point(false);
    let signature: Signature = signing.sign(&message);
    let signature = signature.to_der();
    per_second(seconds, || {
        || {
            let key = VerifyingKey::from_sec1_bytes(point.as_bytes()).expect("a point");
            let signature = Signature::from_der(signature.as_bytes()).expect("a signature");
            key.verify(black_box(&message), &signature).expect("a good signature");
        }
    })
}

/// How often a second all cores do something, each with its own state.
fn per_second<F: FnMut()>(seconds: u64, state: impl Fn() -> F + Sync) -> f64 {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let done = AtomicUsize::new(0);
    let started = Instant::now();
    let end = started + Duration::from_secs(seconds);
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                let mut work = state();
                while Instant::now() < end {
                    work();
                    done.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    done.load(Ordering::Relaxed) as f64 / started.elapsed().as_secs_f64()
}

/// Durable one-row commits a second on the disk of `scratch`, with the product's own database settings.
pub async fn commits_per_second(scratch: &Path, seconds: u64) -> f64 {
    let folder = tempfile::tempdir_in(scratch).expect("a folder");
    let url = format!("sqlite://{}", folder.path().join("reference.db").display());
    let store = Store::connect(&url, 4).await.expect("a database");
    migrate(&store).await.expect("a schema");
    let started = Instant::now();
    let end = started + Duration::from_secs(seconds);
    let mut commits = 0_u64;
    while Instant::now() < end {
        let tx = store.begin().await.expect("a transaction");
        meta::set(&tx, "reference", &commits.to_string()).await.expect("a row");
        tx.commit().await.expect("a commit");
        commits += 1;
    }
    commits as f64 / started.elapsed().as_secs_f64()
}
