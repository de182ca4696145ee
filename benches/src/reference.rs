//! What the machine can do at best, measured in the same run.

use std::{
    net::Ipv4Addr,
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use axum::{Router, http::header, routing::get};
use hyper::body::Bytes;
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
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let done = AtomicUsize::new(0);
    let started = Instant::now();
    let end = started + Duration::from_secs(seconds);
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                let params = Params::new(19_456, 2, 1, Some(32)).expect("parameters");
                let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
                let mut memory = vec![Block::new(); argon2.params().block_count()];
                let mut out = [0_u8; 32];
                while Instant::now() < end {
                    argon2
                        .hash_password_into_with_memory(
                            b"correct horse battery",
                            b"saltsaltsaltsalt",
                            &mut out,
                            &mut memory,
                        )
                        .expect("a hash");
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
