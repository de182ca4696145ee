//! Somebody with an address, a password and a connection of their own, who looks closely at every answer.

use std::{io, net::Ipv4Addr, sync::Arc, time::Duration};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt, net::TcpSocket};
use twinlock_core::entropy::random_bytes;
use twinlock_testkit::SeededEntropy;

use super::board::Board;
use crate::support::code_at;

/// The longest pause, and the latest moment at which a request is given up.
const LONGEST_MILLIS: u64 = 16;
/// Requests that are given up before each step.
const GIVEN_UP: usize = 2;

const SESSION: &str = "/api/v1/auth/session";
const SESSIONS: &str = "/api/v1/sessions";

/// The names are the same in every tenant.
pub fn username(name: usize) -> String {
    format!("person{name}")
}

/// The passwords are not.
pub fn password(tenant: &str, name: usize) -> String {
    format!("secret words of {name} in the {tenant}")
}

/// Status and body.
type Answer = (u16, Value);

pub struct Person {
    number: usize,
    tenant: &'static str,
    name: usize,
    address: Ipv4Addr,
    url: String,
    client: Client,
    dice: SeededEntropy,
    /// The id, once it is known.
    id: Option<String>,
}

/// What an enrollment gave.
struct Phone {
    secret: String,
    codes: Vec<String>,
}

impl Person {
    pub fn new(url: &str, number: usize, (tenant, name): (&'static str, usize)) -> Self {
        let address = Ipv4Addr::from(0x7f00_0100 + u32::try_from(number).unwrap());
        let client = Client::builder().local_address(Some(address.into())).build().unwrap();
        let dice = SeededEntropy::new(u64::try_from(number).unwrap());
        Self { number, tenant, name, address, url: url.to_owned(), client, dice, id: None }
    }

    /// Signs in, enrols, signs in with both locks, steps up, and meets the sessions of others; answers the id
    /// and a token of a session that nobody may have ended.
    pub async fn live(mut self, board: Arc<Board>) -> (String, String) {
        let first = self.sign_in_with_a_password().await;
        let (phone, enrolled) = self.enrol(&first).await;
        let signed_in = self.sign_in_with_both(&phone).await;
        self.disturb(Some(&signed_in)).await;
        let (status, body) = self
            .call(Method::POST, "/api/v1/auth/step-up", &signed_in, &json!({ "code": phone.codes[0] }))
            .await;
        assert_eq!(status, 200, "{body}");
        let stepped_up = text(&body, "token");
        self.is_mine(&stepped_up, &["mfa", "otp", "pwd", "rc"]).await;
        for token in [&enrolled, &stepped_up] {
            self.sees_only_own_sessions(token, &board).await;
        }
        self.cannot_end_sessions_of_others(&stepped_up, &board).await;
        self.ends_an_own_session(&stepped_up, &enrolled).await;
        self.is_mine(&stepped_up, &["mfa", "otp", "pwd", "rc"]).await;
        (self.id.unwrap(), stepped_up)
    }

    async fn sign_in_with_a_password(&mut self) -> String {
        self.disturb(None).await;
        let (status, body) = self.login().await;
        assert_eq!(status, 200, "{body}");
        self.is_me(&body["user"]);
        let token = text(&body, "token");
        self.is_mine(&token, &["pwd"]).await;
        token
    }

    async fn enrol(&mut self, token: &str) -> (Phone, String) {
        self.disturb(Some(token)).await;
        let (status, setup) = self.call(Method::POST, "/api/v1/mfa/setup", token, &json!({})).await;
        assert_eq!(status, 200, "{setup}");
        let codes = setup["backup_codes"].as_array().unwrap().iter();
        let codes = codes.map(|code| code.as_str().unwrap().to_owned()).collect();
        let phone = Phone { secret: text(&setup, "secret"), codes };
        self.pause().await;
        let code = json!({ "code": code_at(&phone.secret, 0) });
        let (status, done) = self.call(Method::POST, "/api/v1/mfa/verify", token, &code).await;
        assert_eq!(status, 200, "{done}");
        let token = text(&done, "token");
        self.is_mine(&token, &["mfa", "otp", "pwd"]).await;
        (phone, token)
    }

    /// The first step opens nothing but the second.
    async fn sign_in_with_both(&mut self, phone: &Phone) -> String {
        self.disturb(None).await;
        let (status, body) = self.login().await;
        assert_eq!((status, &body["mfa_required"]), (200, &json!(true)), "{body}");
        self.is_me(&body["user"]);
        let pending = text(&body, "mfa_token");
        for path in [SESSIONS, SESSION] {
            let (status, body) = self.call(Method::GET, path, &pending, &Value::Null).await;
            assert_eq!(status, 401, "a half-finished sign-in opened {path}: {body}");
        }
        self.pause().await;
        let code = json!({ "mfa_token": pending, "mfa_code": code_at(&phone.secret, 1) });
        let (status, body) = send(self.request(Method::POST, "/api/v1/auth/mfa", None, &code)).await.unwrap();
        assert_eq!(status, 200, "{body}");
        self.is_me(&body["user"]);
        let token = text(&body, "token");
        self.is_mine(&token, &["mfa", "otp", "pwd"]).await;
        token
    }

    async fn sees_only_own_sessions(&mut self, token: &str, board: &Board) {
        self.disturb(Some(token)).await;
        let (status, body) =
            self.call(Method::GET, &format!("{SESSIONS}?limit=100"), token, &Value::Null).await;
        assert_eq!(status, 200, "{body}");
        assert!(!body.to_string().contains("eyJ"), "a token is shown: {body}");
        let items = body["items"].as_array().unwrap();
        let current: Vec<_> = items.iter().filter(|item| item["current"] == true).collect();
        assert!(current.len() == 1 && current[0]["id"] == claims(token)["sid"], "{body}");
        for item in items {
            assert_eq!(item["address"], self.address.to_string(), "somebody else's session: {item}");
            board.saw(self.number, item["id"].as_str().unwrap());
        }
    }

    async fn cannot_end_sessions_of_others(&self, token: &str, board: &Board) {
        let Some(foreign) = board.session_of_another(self.number) else { return };
        let path = format!("{SESSIONS}/{foreign}");
        let (status, body) = self.call(Method::DELETE, &path, token, &Value::Null).await;
        assert_eq!((status, &body["code"]), (404, &json!("not_found")), "{body}");
    }

    /// Its token is dead at once, and nobody else ever ended it.
    async fn ends_an_own_session(&self, token: &str, other: &str) {
        let alive = self.call(Method::GET, SESSION, other, &Value::Null).await.0;
        assert_eq!(alive, 200, "somebody else ended a session");
        let path = format!("{SESSIONS}/{}", text(&claims(other), "sid"));
        assert_eq!(self.call(Method::DELETE, &path, token, &Value::Null).await.0, 204);
        assert_eq!(self.call(Method::GET, SESSION, other, &Value::Null).await.0, 401);
    }

    /// Whether an answer is about this person.
    fn is_me(&mut self, user: &Value) {
        let names = (user["username"].as_str(), user["tenant_id"].as_str());
        assert_eq!(names, (Some(&*username(self.name)), Some(self.tenant)), "taken for another");
        let id = self.id.get_or_insert_with(|| text(user, "id"));
        assert_eq!(user["id"], **id, "taken for another");
    }

    /// Whether a token is this person's and proves this, by its own words and by the server's.
    async fn is_mine(&mut self, token: &str, amr: &[&str]) {
        let claims = claims(token);
        let acr = if amr.contains(&"mfa") { "aal2" } else { "aal1" };
        let id = self.id.clone().unwrap();
        assert_eq!((&claims["sub"], &claims["tid"]), (&json!(id), &json!(self.tenant)), "{claims}");
        assert_eq!((sorted(&claims["amr"]), &claims["acr"]), (json!(amr), &json!(acr)), "{claims}");
        let (status, body) = self.call(Method::GET, SESSION, token, &Value::Null).await;
        assert_eq!(status, 200, "{body}");
        self.is_me(&body["user"]);
        let session = &body["session"];
        for (member, claim) in [("id", "sid"), ("amr", "amr"), ("acr", "acr")] {
            assert_eq!(session[member], claims[claim], "{body} of {claims}");
        }
    }

    /// Requests that nobody waits for: given up after a while, or broken off in the middle of a line.
    async fn disturb(&self, token: Option<&str>) {
        for _ in 0..GIVEN_UP {
            let request = match (token, self.below(4)) {
                (Some(token), 1) => self.request(Method::GET, SESSIONS, Some(token), &Value::Null),
                (Some(token), 2) => self.request(Method::GET, SESSION, Some(token), &Value::Null),
                (_, 3) => {
                    let _ = self.break_off().await;
                    continue;
                }
                _ => self.login_request(),
            };
            let _ = tokio::time::timeout(self.millis(), send(request)).await;
        }
        self.pause().await;
    }

    /// A sign-in whose connection ends anywhere, or just after its last byte.
    async fn break_off(&self) -> io::Result<()> {
        let body = self.credentials().to_string();
        let host = self.url.trim_start_matches("http://");
        let request = format!(
            "POST /api/v1/auth/login HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        );
        let sent = usize::try_from(self.below(request.len() as u64 + 1)).unwrap();
        let socket = TcpSocket::new_v4()?;
        socket.bind((self.address, 0).into())?;
        let mut stream = socket.connect(host.parse().unwrap()).await?;
        stream.write_all(&request.as_bytes()[..sent]).await
    }

    async fn pause(&self) {
        tokio::time::sleep(self.millis()).await;
    }

    fn millis(&self) -> Duration {
        Duration::from_millis(self.below(LONGEST_MILLIS))
    }

    fn below(&self, bound: u64) -> u64 {
        u64::from_be_bytes(random_bytes(&self.dice)) % bound
    }

    fn credentials(&self) -> Value {
        let (username, password) = (username(self.name), password(self.tenant, self.name));
        json!({ "tenant_id": self.tenant, "username": username, "password": password })
    }

    fn login_request(&self) -> RequestBuilder {
        self.request(Method::POST, "/api/v1/auth/login", None, &self.credentials())
    }

    async fn login(&self) -> Answer {
        send(self.login_request()).await.expect("an answer")
    }

    async fn call(&self, method: Method, path: &str, token: &str, body: &Value) -> Answer {
        send(self.request(method, path, Some(token), body)).await.expect("an answer")
    }

    fn request(&self, method: Method, path: &str, token: Option<&str>, body: &Value) -> RequestBuilder {
        let mut request = self.client.request(method, format!("{}{path}", self.url));
        if !body.is_null() {
            request = request.json(body);
        }
        match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }
}

/// The answer, if a whole one arrives.
async fn send(request: RequestBuilder) -> Option<Answer> {
    let response = request.send().await.ok()?;
    let status = response.status().as_u16();
    let text = response.text().await.ok()?;
    Some((status, serde_json::from_str(&text).unwrap_or_default()))
}

fn text(body: &Value, member: &str) -> String {
    body[member].as_str().unwrap_or_else(|| panic!("no {member} in {body}")).to_owned()
}

/// What a token says of itself.
fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).expect("a JWT");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).expect("base64")).expect("JSON")
}

fn sorted(values: &Value) -> Value {
    let mut values = values.as_array().expect("a list").clone();
    values.sort_by_key(ToString::to_string);
    values.into()
}
