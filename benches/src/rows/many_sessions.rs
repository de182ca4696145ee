//! What a server takes after very many live sessions were used.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::{Signer, SigningKey};
use serde_json::{Value, json};
use twinlock_core::user::Status;
use twinlock_store::{seal::Purpose, signing_keys};

use super::MIB;
use crate::{
    Options,
    database::Database,
    load::{self, Connection, Shot},
    report::{Figure, Row},
    server::{Mode, Site},
    sign_in,
};

const CONNECTIONS: usize = 8;
/// Sessions of one person.
const EACH: usize = 4;

pub async fn measure(options: &Options) -> Vec<Row> {
    let site = Site::make(options, Mode::CHEAP);
    let server = site.start();
    let model = sign_in::token(&mut Connection::open(&server.host).await, "member").await;
    let database = Database::open(&site.data()).await;
    let tokens = tokens(&database, &Forge::new(&database, &model).await, options.sessions).await;
    database.close().await;
    let check = Shot::get("/api/v1/auth/session");
    let shots = tokens.iter().map(|token| check.clone().bearer(token)).collect();
    let outcome = load::once_each(&server.host, CONNECTIONS, shots).await;
    assert_eq!(outcome.failed, 0, "sessions were not recognised");
    let (all, own) = server.resident();
    let figure = Figure::new(all / MIB, 1, " MiB").noting(format!(
        "{} sessions; {:.1} without the binary's pages; {:.0} first uses/s",
        outcome.succeeded,
        own / MIB,
        outcome.rate()
    ));
    vec![Row::below("resident memory after many live sessions were used", figure, 48.0)]
}

async fn tokens(database: &Database, forge: &Forge, count: usize) -> Vec<String> {
    let model = database.user("demo", "member").await;
    let users = database.add_users(&model, "many", count.div_ceil(EACH), Status::Active).await;
    let mut tokens = Vec::new();
    let tx = database.begin().await;
    for number in 0..count {
        let user = &users[number / EACH];
        let (session, token) = database.add_session(&tx, user).await;
        tokens.push(forge.token(&json!({
            "sub": user.id.to_string(), "sid": session.to_string(), "jti": token.to_string(),
        })));
    }
    tx.commit().await.expect("a commit");
    tokens
}

/// Signs tokens like one that the server issued, with the server's own key.
struct Forge {
    key: SigningKey,
    header: String,
    claims: Value,
}

impl Forge {
    async fn new(database: &Database, model: &str) -> Self {
        let stored =
            signing_keys::all(&database.store).await.expect("the signing keys").pop().expect("a key");
        let seed = database.keyring.open(Purpose::SigningKey, stored.id, &stored.sealed).expect("the seed");
        let key = SigningKey::from_bytes(seed.as_slice().try_into().expect("32 bytes"));
        let (header, rest) = model.split_once('.').expect("a JWT");
        let claims = rest.split_once('.').expect("a JWT").0;
        let claims = URL_SAFE_NO_PAD.decode(claims).expect("base64");
        Self { key, header: header.to_owned(), claims: serde_json::from_slice(&claims).expect("JSON") }
    }

    fn token(&self, differing: &Value) -> String {
        let mut claims = self.claims.clone();
        for (name, value) in differing.as_object().expect("an object") {
            claims[name] = value.clone();
        }
        let text = format!("{}.{}", self.header, URL_SAFE_NO_PAD.encode(claims.to_string()));
        let signature = URL_SAFE_NO_PAD.encode(self.key.sign(text.as_bytes()).to_bytes());
        format!("{text}.{signature}")
    }
}
