//! Shapes that several answers share.

use secrecy::ExposeSecret;
use serde::Serialize;
use twinlock_core::{clock::Timestamp, policy};
pub use twinlock_http::KeyOptions;
use twinlock_service::{
    Issued, MethodView, UserView,
    login::{MustEnrol, NeedFactor, Outcome, SignedIn},
};
use utoipa::ToSchema;
use uuid::Uuid;

/// A person.
#[derive(Debug, Serialize, ToSchema)]
pub struct User {
    /// Id.
    pub id: Uuid,
    /// The organisation's id.
    #[schema(example = "demo")]
    pub tenant_id: String,
    /// User name.
    #[schema(example = "maria")]
    pub username: String,
    /// Confirmed address.
    pub email: Option<String>,
    /// Name for people.
    pub display_name: String,
    /// `owner`, `admin`, `helpdesk` or `member`.
    #[schema(example = "member")]
    pub role: &'static str,
    /// `invited`, `active` or `suspended`.
    #[schema(example = "active")]
    pub status: &'static str,
    /// Whether a second factor is asked at sign-in.
    pub mfa_enabled: bool,
    /// RFC 3339, UTC.
    #[schema(format = DateTime)]
    pub created_at: String,
}

impl From<UserView> for User {
    fn from(user: UserView) -> Self {
        Self {
            id: user.id,
            tenant_id: user.tenant_id,
            username: user.username,
            email: user.email,
            display_name: user.display_name,
            role: user.role.as_str(),
            status: user.status.as_str(),
            mfa_enabled: user.mfa_enabled,
            created_at: user.created_at.to_string(),
        }
    }
}

/// A second factor; never its secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct Method {
    /// Id.
    pub id: Uuid,
    /// Kind: `totp` or `webauthn`.
    #[serde(rename = "type")]
    #[schema(example = "totp")]
    pub kind: &'static str,
    /// The name its owner gave it.
    pub name: String,
    /// RFC 3339, UTC.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// RFC 3339, UTC; null when it was never used.
    #[schema(format = DateTime)]
    pub last_used_at: Option<String>,
}

impl From<MethodView> for Method {
    fn from(method: MethodView) -> Self {
        Self {
            id: method.id,
            kind: method.kind,
            name: method.name,
            created_at: method.created_at.to_string(),
            last_used_at: method.last_used_at.map(|at| at.to_string()),
        }
    }
}

/// A fresh token of the same session, which carries what the act proved.
#[derive(Debug, Serialize, ToSchema)]
pub struct FreshToken {
    /// A JWT for `Authorization: Bearer`; absent where a cookie identified the call (the cookie is
    /// rotated instead).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// The session's absolute end; RFC 3339, UTC.
    #[schema(format = DateTime)]
    pub expires_at: String,
}

impl From<&Issued> for FreshToken {
    fn from(issued: &Issued) -> Self {
        let api = issued.session.channel == twinlock_service::Channel::Api;
        Self {
            token: api.then(|| issued.token.expose_secret().to_owned()),
            expires_at: issued.session.lifetime.expires_at.to_string(),
        }
    }
}

/// A deadline for enrolling a second factor.
#[derive(Debug, Serialize, ToSchema)]
pub struct Grace {
    /// RFC 3339, UTC.
    #[schema(format = DateTime)]
    pub deadline: String,
    /// Days until then; one that has begun counts.
    pub days_left: i64,
}

impl Grace {
    /// As seen at `now`.
    pub fn until(deadline: Timestamp, now: Timestamp) -> Self {
        Self { deadline: deadline.to_string(), days_left: policy::days_left(deadline, now) }
    }
}

/// A complete sign-in.
#[derive(Debug, Serialize, ToSchema)]
pub struct SignedInAnswer {
    /// A JWT for `Authorization: Bearer`.
    pub token: String,
    /// The session's absolute end; RFC 3339, UTC.
    #[schema(format = DateTime)]
    pub expires_at: String,
    /// Who signed in.
    pub user: User,
    /// Recovery codes left, when one was used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovery_codes_remaining: Option<u32>,
    /// The deadline for enrolling, where one is running.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mfa_grace: Option<Grace>,
}

/// Who is signing in: nothing more before the second factor.
#[derive(Debug, Serialize, ToSchema)]
pub struct WhoIsSigningIn {
    /// Id.
    pub id: Uuid,
    /// User name.
    pub username: String,
    /// The organisation's id.
    pub tenant_id: String,
}

/// The password was right; a second factor is due and no session exists.
#[derive(Debug, Serialize, ToSchema)]
pub struct MfaRequiredAnswer {
    /// Always true.
    pub mfa_required: bool,
    /// Opens the second step, once, for five minutes.
    pub mfa_token: String,
    /// When it ends; RFC 3339, UTC.
    #[schema(format = DateTime)]
    pub expires_at: String,
    /// What would do: `webauthn`, `totp`, `recovery_code`.
    pub methods: Vec<&'static str>,
    /// What to ask for first: `webauthn` or `totp`; absent where only a recovery code would do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preferred: Option<&'static str>,
    /// Who is signing in.
    pub user: WhoIsSigningIn,
}

/// What was shown is right, and a second factor must be enrolled before anything else.
#[derive(Debug, Serialize, ToSchema)]
pub struct EnrollmentRequiredAnswer {
    /// Always true.
    pub mfa_enrollment_required: bool,
    /// A bearer token for the routes of an enrollment and for signing out, good for half an hour. Not a JWT.
    pub enrollment_token: String,
    /// When it ends; RFC 3339, UTC.
    #[schema(format = DateTime)]
    pub expires_at: String,
    /// `email`: the enrollment asks for the code of `POST /mfa/enrollment-proof` first. `password`: for nothing more.
    #[schema(example = "password")]
    pub enrollment_proof: &'static str,
    /// Who enrols.
    pub user: User,
}

impl From<MustEnrol> for EnrollmentRequiredAnswer {
    fn from(must: MustEnrol) -> Self {
        Self {
            mfa_enrollment_required: true,
            enrollment_token: must.issued.token.expose_secret().to_owned(),
            expires_at: must.issued.session.lifetime.expires_at.to_string(),
            enrollment_proof: must.enrollment_proof.as_str(),
            user: must.user.into(),
        }
    }
}

/// The password is right, and was chosen by somebody else: another one must be chosen first.
#[derive(Debug, Serialize, ToSchema)]
pub struct PasswordChangeRequiredAnswer {
    /// Always true.
    pub password_change_required: bool,
    /// For `POST /auth/password-change`, once, for ten minutes.
    pub change_token: String,
    /// When it ends; RFC 3339, UTC.
    #[schema(format = DateTime)]
    pub expires_at: String,
}

/// What a sign-in answers.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum SignInAnswer {
    /// Signed in.
    Done(Box<SignedInAnswer>),
    /// A second factor is due.
    MfaRequired(Box<MfaRequiredAnswer>),
    /// A second factor must be enrolled.
    EnrollmentRequired(Box<EnrollmentRequiredAnswer>),
    /// Another password must be chosen.
    PasswordChangeRequired(PasswordChangeRequiredAnswer),
}

impl SignInAnswer {
    /// From a login's outcome.
    pub fn of(outcome: Outcome, now: Timestamp) -> Self {
        match outcome {
            Outcome::Done(done) => Self::Done(Box::new(SignedInAnswer::of(*done, now))),
            Outcome::NeedFactor(need) => Self::MfaRequired(Box::new((*need).into())),
            Outcome::MustEnrol(must) => Self::EnrollmentRequired(Box::new((*must).into())),
            Outcome::MustChangePassword(must) => Self::PasswordChangeRequired(PasswordChangeRequiredAnswer {
                password_change_required: true,
                change_token: must.token.expose_secret().to_owned(),
                expires_at: must.expires_at.to_string(),
            }),
        }
    }
}

impl SignedInAnswer {
    fn of(done: SignedIn, now: Timestamp) -> Self {
        Self {
            token: done.issued.token.expose_secret().to_owned(),
            expires_at: done.issued.session.lifetime.expires_at.to_string(),
            user: done.user.into(),
            recovery_codes_remaining: done.recovery_codes_remaining,
            mfa_grace: done.grace_until.map(|deadline| Grace::until(deadline, now)),
        }
    }
}

impl From<NeedFactor> for MfaRequiredAnswer {
    fn from(need: NeedFactor) -> Self {
        let NeedFactor { token, expires_at, methods, preferred, user } = need;
        Self {
            mfa_required: true,
            mfa_token: token.expose_secret().to_owned(),
            expires_at: expires_at.to_string(),
            methods,
            preferred,
            user: WhoIsSigningIn { id: user.id, username: user.username, tenant_id: user.tenant_id },
        }
    }
}

/// An error (RFC 9457, `application/problem+json`).
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemDocument {
    /// Identifies the kind of problem.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind, for a person.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// This occurrence, for a person.
    pub detail: Option<String>,
    /// Stable code for programs.
    #[schema(example = "validation_failed")]
    pub code: String,
    /// Which fields were refused, and why.
    pub errors: Option<Vec<FieldProblem>>,
}

/// A field that was refused.
#[derive(Debug, Serialize, ToSchema)]
pub struct FieldProblem {
    /// Its name.
    pub field: String,
    /// Why.
    pub message: String,
}
