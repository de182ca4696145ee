//! Somebody with an address of their own, so that nobody's failures are counted for another.

use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

use crate::support::{Server, code_at};

pub const PASSWORD: &str = "a password nobody guesses";

/// Status and body.
pub type Answer = (u16, Value);

/// The answer, if a whole one arrives.
pub async fn send(request: RequestBuilder) -> Option<Answer> {
    let response = request.send().await.ok()?;
    let status = response.status().as_u16();
    let text = response.text().await.ok()?;
    Some((status, serde_json::from_str(&text).unwrap_or_default()))
}

/// A person of tenant `demo`.
pub struct Person {
    pub name: String,
    client: Client,
}

/// What a person has after enrolling.
pub struct Phone {
    /// The app's secret, in base32.
    pub secret: String,
    /// The recovery codes.
    pub codes: Vec<String>,
    /// A token that proved the app.
    pub token: String,
}

impl Phone {
    /// The next code: the one shown now was used for enrolling.
    pub fn code(&self) -> String {
        code_at(&self.secret, 1)
    }
}

impl Person {
    pub fn name(number: usize) -> String {
        format!("person{number}")
    }

    pub fn new(number: usize) -> Self {
        let address = std::net::Ipv4Addr::from(0x7f00_0100 + u32::try_from(number).unwrap());
        // A connection of an earlier server is none of this one.
        let client = Client::builder().local_address(Some(address.into())).pool_max_idle_per_host(0).build();
        Self { name: Self::name(number), client: client.unwrap() }
    }

    pub fn post(&self, server: &Server, path: &str, token: Option<&str>, body: &Value) -> RequestBuilder {
        let request = self.client.post(format!("{}{path}", server.url)).json(body);
        match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// A call with a token: the answer.
    pub async fn call(&self, server: &Server, path: &str, token: &str, body: &Value) -> Answer {
        send(self.post(server, path, Some(token), body)).await.expect("an answer")
    }

    pub fn login_request(&self, server: &Server, password: &str, code: Option<&str>) -> RequestBuilder {
        let body = json!({
            "username": self.name, "password": password, "tenant_id": "demo", "mfa_code": code,
        });
        self.post(server, "/api/v1/auth/login", None, &body)
    }

    pub async fn login(&self, server: &Server, code: Option<&str>) -> Answer {
        send(self.login_request(server, PASSWORD, code)).await.expect("an answer")
    }

    /// Signs in with the password alone, which must suffice.
    pub async fn token(&self, server: &Server) -> String {
        let (_, answer) = self.login(server, None).await;
        answer["token"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    /// Begins a set-up: a token, and what there would be.
    pub async fn set_up(&self, server: &Server) -> Phone {
        let token = self.token(server).await;
        let (status, setup) = self.call(server, "/api/v1/mfa/setup", &token, &json!({})).await;
        assert_eq!(status, 200, "{setup}");
        let codes = setup["backup_codes"].as_array().unwrap().iter();
        let codes = codes.map(|code| code.as_str().unwrap().to_owned()).collect();
        Phone { secret: setup["secret"].as_str().unwrap().to_owned(), codes, token }
    }

    /// Enrols an app.
    pub async fn enrol(&self, server: &Server) -> Phone {
        let phone = self.set_up(server).await;
        let code = code_at(&phone.secret, 0);
        let (status, done) =
            self.call(server, "/api/v1/mfa/verify", &phone.token, &json!({ "code": code })).await;
        assert_eq!(status, 200, "{done}");
        Phone { token: done["token"].as_str().unwrap().to_owned(), ..phone }
    }
}
