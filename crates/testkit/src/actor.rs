//! Actors of the API: somebody at an address, perhaps with a token.

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::atomic::{AtomicUsize, Ordering},
};

use axum::{
    body::Body,
    http::{HeaderName, Method, Request, header},
};
use serde_json::{Value, json};
use twinlock_core::clock::Clock;
use twinlock_core::factor::totp::{TotpSecret, step_at};

use crate::{
    Answer, TestApp,
    app::{HOST, request},
};

/// Passwords guessed so far.
static GUESSES: AtomicUsize = AtomicUsize::new(0);

/// Somebody who calls the API.
#[derive(Clone)]
pub struct Caller<'a> {
    test: &'a TestApp,
    /// Their token, if any.
    pub token: Option<String>,
    address: IpAddr,
    headers: Vec<(HeaderName, String)>,
}

impl<'a> Caller<'a> {
    pub(crate) fn new(test: &'a TestApp) -> Self {
        Self { test, token: None, address: Ipv4Addr::LOCALHOST.into(), headers: Vec::new() }
    }

    /// The same, at another address.
    #[must_use]
    pub fn at(mut self, address: &str) -> Self {
        self.address = address.parse().expect("an address");
        self
    }

    /// The same, with another token.
    #[must_use]
    pub fn with_token(mut self, token: &str) -> Self {
        self.token = Some(token.to_owned());
        self
    }

    /// The same, with a header on every request.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((HeaderName::from_static(name), value.to_owned()));
        self
    }

    /// A request of this caller, not yet sent.
    pub fn request(
        &self,
        method: &Method,
        path: &str,
        content_type: &str,
        body: impl Into<Body>,
    ) -> Request<Body> {
        let mut headers = self.headers.clone();
        if !headers.iter().any(|(name, _)| *name == HOST) {
            headers.push((HOST, self.test.host()));
        }
        if let Some(token) = &self.token {
            headers.push((header::AUTHORIZATION, format!("Bearer {token}")));
        }
        if !content_type.is_empty() {
            headers.push((header::CONTENT_TYPE, content_type.to_owned()));
        }
        request(method, path, self.address, &headers, body.into())
    }

    /// Sends any request with JSON.
    pub async fn call(&self, method: Method, path: &str, body: &Value) -> Answer {
        self.test.send(self.request(&method, path, "application/json", body.to_string())).await
    }

    /// Sends a raw body.
    pub async fn raw(&self, method: Method, path: &str, content_type: &str, body: impl Into<Body>) -> Answer {
        self.test.send(self.request(&method, path, content_type, body)).await
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Answer {
        self.raw(Method::GET, path, "", Body::empty()).await
    }

    /// POST with JSON.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.call(Method::POST, path, &body).await
    }

    /// PATCH with JSON.
    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.call(Method::PATCH, path, &body).await
    }

    /// DELETE.
    pub async fn delete(&self, path: &str) -> Answer {
        self.raw(Method::DELETE, path, "", Body::empty()).await
    }

    /// `POST /auth/login` without looking at the answer.
    pub async fn login(&self, tenant: &str, username: &str, password: &str, code: Option<&str>) -> Answer {
        let mut body = json!({ "username": username, "password": password, "tenant_id": tenant });
        if let Some(code) = code {
            body["mfa_code"] = code.into();
        }
        self.post("/api/v1/auth/login", body).await
    }

    /// Guesses a password: one that is nobody's, and another one each time. The same again would not be a guess.
    pub async fn guess(&self, tenant: &str, username: &str) -> Answer {
        let guess = format!("guess number {}", GUESSES.fetch_add(1, Ordering::Relaxed));
        self.login(tenant, username, &guess, None).await
    }

    /// Signs in with a password alone, which must suffice.
    pub async fn sign_in(&self, tenant: &str, username: &str, password: &str) -> Caller<'a> {
        let answer = self.login(tenant, username, password, None).await.expect(200);
        self.clone().with_token(&answer.string("token"))
    }

    /// Signs in with password and code, which must suffice.
    pub async fn sign_in_with_code(&self, username: &str, code: &str) -> Caller<'a> {
        let answer = self.login("demo", username, crate::app::PASSWORD, Some(code)).await.expect(200);
        self.clone().with_token(&answer.string("token"))
    }

    /// Enrols an authenticator app, saves the recovery codes and takes the fresh token. Where a code by mail must open the enrollment
    /// first, it does.
    pub async fn enrol(&mut self) -> Authenticator<'a> {
        let mut begun = self.post("/api/v1/mfa/setup", json!({ "name": "Phone" })).await;
        if begun.code() == "enrollment_proof_required" {
            let session = self.get("/api/v1/auth/session").await.expect(200).json();
            self.open_enrollment(session["user"]["email"].as_str().expect("an address")).await;
            begun = self.post("/api/v1/mfa/setup", json!({ "name": "Phone" })).await;
        }
        let setup = begun.expect(200).json();
        let authenticator = Authenticator::of(self.test, &setup);
        let body = json!({ "code": authenticator.code(), "codes_saved": true });
        let verified = self.post("/api/v1/mfa/verify", body).await.expect(200);
        self.token = Some(verified.string("token"));
        authenticator
    }

    /// Has the code that opens an enrollment sent to `address`, and gives it.
    pub async fn open_enrollment(&self, address: &str) {
        self.post("/api/v1/mfa/enrollment-proof", json!({})).await.expect(202);
        let code = self.test.enrollment_code(address).await;
        self.post("/api/v1/mfa/enrollment-proof/verify", json!({ "code": code })).await.expect(200);
    }

    /// Steps up with a code and takes the fresh token.
    pub async fn step_up(&mut self, code: &str) {
        let answer = self.post("/api/v1/auth/step-up", json!({ "code": code })).await.expect(200);
        self.token = Some(answer.string("token"));
    }
}

/// A person's phone and sheet of recovery codes.
pub struct Authenticator<'a> {
    test: &'a TestApp,
    secret: TotpSecret,
    /// The recovery codes that came with the enrollment.
    pub recovery_codes: Vec<String>,
}

impl<'a> Authenticator<'a> {
    /// From the answer of `POST /mfa/setup`.
    pub fn of(test: &'a TestApp, setup: &Value) -> Self {
        let text = setup["secret"].as_str().expect("a secret");
        let bytes = data_encoding::BASE32_NOPAD.decode(text.as_bytes()).expect("base32");
        let codes = setup["backup_codes"].as_array().expect("codes");
        let recovery_codes = codes.iter().map(|code| code.as_str().expect("a code").to_owned()).collect();
        Self { test, secret: TotpSecret::from_bytes(&bytes).expect("a secret"), recovery_codes }
    }

    /// The code shown now.
    pub fn code(&self) -> String {
        self.code_at(0)
    }

    /// The code of another step, counted from now.
    pub fn code_at(&self, steps: i64) -> String {
        self.secret.code_at(step_at(self.test.clock.now()) + steps)
    }

    /// Waits for the next code (moves the clock one step) and reads it.
    pub fn next_code(&self) -> String {
        self.test.clock.advance_secs(30);
        self.code()
    }

    /// A code that is wrong for every step around now; `n` gives different ones.
    pub fn wrong_code(&self, n: usize) -> String {
        let near: Vec<_> = (-25..=25).map(|step| self.code_at(step)).collect();
        let candidates = (0..1_000_000).map(|number| format!("{number:06}"));
        candidates.filter(|code| !near.contains(code)).nth(n).expect("a wrong code")
    }
}

impl TestApp {
    /// Somebody of tenant `demo` with an authenticator app, half an hour after they enrolled it: no code
    /// around now was used, no proof is fresh.
    pub async fn enrolled(&self, username: &str) -> (Caller<'_>, Authenticator<'_>) {
        let mut caller = self.sign_in(username).await;
        let authenticator = caller.enrol().await;
        self.clock.advance_secs(1800);
        (caller, authenticator)
    }

    /// The code of the newest mail that opens an enrollment.
    pub async fn enrollment_code(&self, address: &str) -> String {
        let mut mails = self.mails_to(address).await;
        mails.retain(|mail| mail.subject == "Your code for a second factor");
        mails.pop().expect("a mail").code()
    }

    /// Asks for a new password by mail and takes the token out of the link. At most once a minute.
    pub async fn reset_token(&self, tenant: &str, email: &str) -> String {
        let body = json!({ "tenant_id": tenant, "email": email });
        self.anonymous().post("/api/v1/auth/password-reset", body).await.expect(202);
        let mut mails = self.mails_to(email).await;
        mails.retain(|mail| mail.subject == "Set a new password");
        mails.pop().expect("a mail").token()
    }
}
