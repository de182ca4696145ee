//! What people and their administrators do.

use serde_json::json;
use twinlock_testkit::{Answer, app::PASSWORD};

use super::{Member, Owner, SETTINGS};

/// What somebody does with their own account.
#[derive(Debug, Clone, Copy)]
pub enum Own {
    DisplayName,
    Password,
    Address,
    MailCode,
    Setup,
    Verify,
    RenameFactor,
    Prefer,
    RemoveFactor,
    Disable,
    RegenerateCodes,
    KeyOptions,
    SignIn,
    StepUp,
    Logout,
    EndSession,
    EndOthers,
}

impl Own {
    pub async fn by(self, member: &Member<'_>, number: usize) -> Answer {
        let Member { caller, phone, .. } = member;
        let method = format!("/api/v1/mfa/methods/{}", member.factor);
        match self {
            Self::DisplayName => {
                caller.patch("/api/v1/account", json!({ "display_name": format!("N {number}") })).await
            }
            Self::Password => {
                let new = format!("a longer battery {number}");
                let body = json!({ "current_password": PASSWORD, "new_password": new });
                caller.post("/api/v1/account/password", body).await
            }
            Self::Address => {
                let email = format!("{}.{number}@demo.example", member.name);
                caller.patch("/api/v1/account", json!({ "email": email })).await
            }
            Self::MailCode => caller.post("/api/v1/account/mail-code", json!({})).await,
            Self::Setup => caller.post("/api/v1/mfa/setup", json!({ "name": "Tablet" })).await,
            Self::Verify => {
                caller.post("/api/v1/mfa/verify", json!({ "code": member.candidate.code() })).await
            }
            Self::RenameFactor => caller.patch(&method, json!({ "name": format!("Phone {number}") })).await,
            Self::Prefer => {
                caller
                    .call(axum::http::Method::PUT, "/api/v1/mfa/preferred", &json!({ "method": "totp" }))
                    .await
            }
            Self::RemoveFactor => caller.delete(&method).await,
            Self::Disable => caller.post("/api/v1/mfa/disable", json!({ "code": phone.code() })).await,
            Self::RegenerateCodes => caller.post("/api/v1/mfa/recovery-codes", json!({})).await,
            Self::KeyOptions => caller.post("/api/v1/mfa/webauthn/register/options", json!({})).await,
            Self::SignIn => caller.login("demo", &member.name, PASSWORD, Some(&phone.code())).await,
            Self::StepUp => caller.post("/api/v1/auth/step-up", json!({ "code": phone.code() })).await,
            Self::Logout => caller.post("/api/v1/auth/logout", json!({})).await,
            Self::EndSession => caller.delete(&format!("/api/v1/sessions/{}", member.elsewhere)).await,
            Self::EndOthers => caller.delete("/api/v1/sessions").await,
        }
    }
}

/// What an administrator does with somebody, or with everybody.
#[derive(Debug, Clone, Copy)]
pub enum Administrators {
    DisplayName,
    Username,
    Role,
    Status,
    Address,
    Reset,
    RemoveFactor,
    EndSessions,
    Delete,
    Deadline,
    Reminder,
    Reminders,
    Settings,
}

impl Administrators {
    pub const ALL: [Self; 13] = [
        Self::DisplayName,
        Self::Username,
        Self::Role,
        Self::Status,
        Self::Address,
        Self::Reset,
        Self::RemoveFactor,
        Self::EndSessions,
        Self::Delete,
        Self::Deadline,
        Self::Reminder,
        Self::Reminders,
        Self::Settings,
    ];

    pub async fn by(self, owner: &Owner<'_>, member: &Member<'_>, number: usize) -> Answer {
        let (caller, page) = (&owner.caller, member.page());
        let every_second = number % 4 == 1;
        match self {
            Self::DisplayName => caller.patch(&page, json!({ "display_name": format!("O {number}") })).await,
            Self::Username => {
                let name = format!("{}x{number}", member.name);
                caller.patch(&page, json!({ "username": name })).await
            }
            Self::Role => {
                let role = if every_second { "helpdesk" } else { "member" };
                caller.patch(&page, json!({ "role": role })).await
            }
            Self::Status => {
                let status = if every_second { "suspended" } else { "active" };
                caller.patch(&page, json!({ "status": status })).await
            }
            Self::Address => {
                let email = format!("{}.o{number}@demo.example", member.name);
                caller.patch(&page, json!({ "email": email })).await
            }
            Self::Reset => caller.post(&format!("{page}/reset-mfa"), json!({})).await,
            Self::RemoveFactor => caller.delete(&format!("{page}/mfa/methods/{}", member.factor)).await,
            Self::EndSessions => caller.delete(&format!("{page}/sessions")).await,
            Self::Delete => caller.delete(&page).await,
            Self::Deadline => {
                let at = format!("2030-01-0{}T00:00:00Z", number % 9 + 1);
                let body = json!({ "deadline": at, "reason": "Away" });
                caller.call(axum::http::Method::PUT, &format!("{page}/mfa/deadline"), &body).await
            }
            Self::Reminder => {
                let body = json!({ "user_ids": [member.id] });
                caller.post("/api/v1/tenants/demo/mfa/reminders", body).await
            }
            Self::Reminders => caller.post("/api/v1/tenants/demo/mfa/reminders", json!({})).await,
            Self::Settings => caller.patch(SETTINGS, json!({ "mfa_required": every_second })).await,
        }
    }
}
