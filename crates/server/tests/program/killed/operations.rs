//! What is killed, and what must be true afterwards.

use reqwest::RequestBuilder;
use serde_json::{Value, json};

use super::{
    Operation,
    person::{Answer, PASSWORD, Person, Phone, send},
};
use crate::support::{Server, code_at};

fn granted(answer: Option<&Answer>) -> Option<&Value> {
    answer.map(|(status, body)| {
        assert_eq!(*status, 200, "{body}");
        body
    })
}

fn text(body: &Value, member: &str) -> String {
    body[member].as_str().unwrap_or_else(|| panic!("no {member} in {body}")).to_owned()
}

/// An app is confirmed.
pub struct Enrol(Phone);

impl Enrol {
    const PATH: &str = "/api/v1/mfa/verify";

    fn body(&self) -> Value {
        json!({ "code": code_at(&self.0.secret, 0) })
    }
}

impl Operation for Enrol {
    async fn prepare(who: &Person, server: &Server) -> Self {
        Self(who.set_up(server).await)
    }

    fn request(&self, who: &Person, server: &Server) -> RequestBuilder {
        who.post(server, Self::PATH, Some(&self.0.token), &self.body())
    }

    async fn afterwards(self, who: &Person, server: &Server, answer: Option<Answer>) {
        let locked = who.login(server, None).await.1["mfa_required"] == true;
        if let Some(body) = granted(answer.as_ref()) {
            assert!(locked, "an enrollment that was answered is lost");
            assert_eq!(server.session(&text(body, "token")).await, 200);
        }
        // Where it was done, the acting session goes on with a fresh token alone.
        let old = if locked { 401 } else { 200 };
        assert_eq!(server.session(&self.0.token).await, old, "the token that enrolled");
        let (again, body) = who.call(server, Self::PATH, &self.0.token, &self.body()).await;
        assert_eq!(again == 200, !locked, "{body}");
        assert_eq!(who.login(server, None).await.1["mfa_required"], true);
        assert_eq!(who.login(server, Some(&self.0.codes[0])).await.0, 200);
        assert_eq!(who.login(server, Some(&self.0.codes[0])).await.0, 401, "a code worked twice");
    }
}

/// A recovery code signs in.
pub struct Recover(Phone);

impl Operation for Recover {
    async fn prepare(who: &Person, server: &Server) -> Self {
        Self(who.enrol(server).await)
    }

    fn request(&self, who: &Person, server: &Server) -> RequestBuilder {
        who.login_request(server, PASSWORD, Some(&self.0.codes[0]))
    }

    async fn afterwards(self, who: &Person, server: &Server, answer: Option<Answer>) {
        let again = who.login(server, Some(&self.0.codes[0])).await.0;
        if let Some(body) = granted(answer.as_ref()) {
            assert_eq!(
                server.session(&text(body, "token")).await,
                200,
                "a session that was answered is lost"
            );
            assert_eq!(again, 401, "a code that was answered works again");
        }
        assert_eq!(who.login(server, Some(&self.0.codes[0])).await.0, 401, "a code worked twice");
        assert_eq!(who.login(server, None).await.1["mfa_required"], true, "the second lock is gone");
        assert_eq!(who.login(server, Some(&self.0.codes[1])).await.0, 200);
    }
}

/// Recovery codes are replaced.
pub struct Regenerate(Phone);

impl Operation for Regenerate {
    async fn prepare(who: &Person, server: &Server) -> Self {
        Self(who.enrol(server).await)
    }

    fn request(&self, who: &Person, server: &Server) -> RequestBuilder {
        who.post(server, "/api/v1/mfa/recovery-codes", Some(&self.0.token), &json!({}))
    }

    async fn afterwards(self, who: &Person, server: &Server, answer: Option<Answer>) {
        let old = who.login(server, Some(&self.0.codes[0])).await.0;
        let answered =
            granted(answer.as_ref()).map(|body| body["backup_codes"][0].as_str().unwrap().to_owned());
        if let Some(code) = &answered {
            assert_eq!(old, 401, "a code of the void set works");
            assert_eq!(who.login(server, Some(code)).await.0, 200, "codes that were answered are lost");
        }
        let (status, body) = send(self.request(who, server)).await.expect("an answer");
        assert_eq!(status, 200, "{body}");
        assert_eq!(who.login(server, Some(&self.0.codes[1])).await.0, 401, "a code of the void set works");
        assert_eq!(who.login(server, body["backup_codes"][0].as_str()).await.0, 200);
    }
}

/// A password is changed.
pub struct ChangePassword {
    token: String,
    other: String,
}

const NEW: &str = "another password nobody guesses";

impl Operation for ChangePassword {
    async fn prepare(who: &Person, server: &Server) -> Self {
        Self { other: who.token(server).await, token: who.token(server).await }
    }

    fn request(&self, who: &Person, server: &Server) -> RequestBuilder {
        let body = json!({ "current_password": PASSWORD, "new_password": NEW });
        who.post(server, "/api/v1/account/password", Some(&self.token), &body)
    }

    async fn afterwards(self, who: &Person, server: &Server, answer: Option<Answer>) {
        let works = async |password: &str| {
            send(who.login_request(server, password, None)).await.expect("an answer").0 == 200
        };
        let (old, new) = (works(PASSWORD).await, works(NEW).await);
        assert!(old != new, "neither password works, or both");
        if let Some(body) = granted(answer.as_ref()) {
            assert!(new, "a change that was answered is lost");
            assert_eq!(server.session(&text(body, "token")).await, 200);
        }
        assert_eq!(server.session(&self.token).await == 200, old, "the older token ends with the change");
        assert_eq!(server.session(&self.other).await == 200, old, "others end with the change");
        let (again, body) = send(self.request(who, server)).await.expect("an answer");
        assert_eq!(again == 200, old, "{body}");
        assert!(works(NEW).await);
    }
}

/// A session proves more, and gets another token.
pub struct StepUp(Phone, String);

impl Operation for StepUp {
    async fn prepare(who: &Person, server: &Server) -> Self {
        let phone = who.enrol(server).await;
        let code = phone.code();
        Self(phone, code)
    }

    fn request(&self, who: &Person, server: &Server) -> RequestBuilder {
        let body = json!({ "code": self.1 });
        who.post(server, "/api/v1/auth/step-up", Some(&self.0.token), &body)
    }

    async fn afterwards(self, who: &Person, server: &Server, answer: Option<Answer>) {
        let again = send(self.request(who, server)).await.expect("an answer").0;
        if let Some(body) = granted(answer.as_ref()) {
            assert_eq!(server.session(&text(body, "token")).await, 200, "a token that was answered is lost");
            assert_eq!(again, 401, "a code that was answered works again");
        }
        assert_eq!(send(self.request(who, server)).await.expect("an answer").0, 401, "a code worked twice");
        assert_eq!(who.login(server, Some(&self.0.codes[0])).await.0, 200);
    }
}

/// A wrong code is counted.
pub struct WrongCode(Phone);

impl WrongCode {
    /// Typed codes wait after five wrong ones.
    const FREE: usize = 5;

    fn code(&self) -> String {
        code_at(&self.0.secret, 1000)
    }
}

impl Operation for WrongCode {
    async fn prepare(who: &Person, server: &Server) -> Self {
        let phone = Self(who.enrol(server).await);
        for _ in 0..Self::FREE - 1 {
            assert_eq!(who.login(server, Some(&phone.code())).await.0, 401);
        }
        phone
    }

    fn request(&self, who: &Person, server: &Server) -> RequestBuilder {
        who.login_request(server, PASSWORD, Some(&self.code()))
    }

    async fn afterwards(self, who: &Person, server: &Server, answer: Option<Answer>) {
        let next = who.login(server, Some(&self.code())).await.0;
        match answer {
            Some((status, _)) => {
                assert_eq!((status, next), (401, 429), "a failure that was answered is forgotten");
            }
            None => assert!([401, 429].contains(&next)),
        }
        assert_eq!(who.login(server, Some(&self.0.code())).await.0, 429, "the lock is lost");
    }
}
