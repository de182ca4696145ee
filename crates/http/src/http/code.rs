//! The stable error codes of the API, each with its one status and title.

use axum::http::StatusCode;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $status:ident, $title:literal, $detail:literal;)*) => {
        /// A stable error code. Clients switch on its text; [`Code::status`] is fixed per code, with
        /// the one exception that [`Code::InvalidWebauthnResponse`] is 422 at registration.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code {
            $($(#[$doc])* $name,)*
        }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The text of the `code` member.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// The status of the response.
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)* }
            }

            /// The `title` member: the same for every occurrence of the code.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }

            /// What to do about it, where the occurrence has nothing better to say: one sentence.
            pub const fn detail(self) -> &'static str {
                match self { $(Self::$name => $detail,)* }
            }
        }
    };
}

codes! {
    /// Wrong user, password or tenant, suspended account, wrong current password: one answer for all.
    InvalidCredentials = "invalid_credentials", UNAUTHORIZED, "The sign-in details are not right",
        "Check the user name, the password and the organisation, and try again.";
    /// Wrong, reused or expired code.
    InvalidMfaCode = "invalid_mfa_code", UNAUTHORIZED, "The code is not right",
        "Enter the code that the app shows now, or a recovery code that has not been used.";
    /// A check of a WebAuthn ceremony failed; see [`crate::http::problem::Problem::at_registration`].
    InvalidWebauthnResponse = "invalid_webauthn_response", UNAUTHORIZED, "The security key's answer is not valid",
        "Try the security key once more.";
    /// The pending login is unknown, expired, used, or of another client.
    MfaTokenInvalid = "mfa_token_invalid", UNAUTHORIZED, "This sign-in is no longer open",
        "Sign in again from the start: this sign-in was used, has expired, or began elsewhere.";
    /// No token or a dead one.
    Unauthenticated = "unauthenticated", UNAUTHORIZED, "Sign in first",
        "Sign in, and send the token as a bearer token in the Authorization header.";
    /// Needs a fresh second factor.
    StepUpRequired = "step_up_required", FORBIDDEN, "Confirm with your second factor",
        "Confirm who you are at POST /api/v1/auth/step-up by one of `methods`, then send this request again.";
    /// An enrollment token was used for something else.
    MfaEnrollmentRequired = "mfa_enrollment_required", FORBIDDEN, "Set up a second factor first",
        "Set up a second factor first: everything else opens after that.";
    /// The mailed code must open this enrollment first.
    EnrollmentProofRequired = "enrollment_proof_required", FORBIDDEN, "Enter the code sent by mail first",
        "Ask for a code by mail at POST /api/v1/mfa/enrollment-proof and enter it before you enrol.";
    /// A code mailed to the address on file is needed as well.
    MailCodeRequired = "mail_code_required", FORBIDDEN, "A code sent by mail is needed as well",
        "Ask for a code at POST /api/v1/account/mail-code and send it along as `mail_code`.";
    /// The tenant's policy excludes this kind of factor.
    KindNotAllowed = "kind_not_allowed", CONFLICT, "This kind of second factor is not allowed here",
        "Choose another kind of second factor: your organisation does not allow this one.";
    /// Two identities in one request.
    AmbiguousCredentials = "ambiguous_credentials", BAD_REQUEST, "The request carries two identities",
        "Send one identity only: one bearer token, or one session cookie.";
    /// Signed in, not allowed.
    Forbidden = "forbidden", FORBIDDEN, "Not allowed",
        "Ask somebody who may do this in your organisation.";
    /// Nothing here, or nothing this caller may know of.
    NotFound = "not_found", NOT_FOUND, "Not found",
        "Check the address: there is nothing here that you may see.";
    /// The act needs a second factor that is switched on.
    MfaNotEnabled = "mfa_not_enabled", CONFLICT, "No second factor is switched on",
        "Set up a second factor first.";
    /// `verify` without a set-up before it.
    SetupNotStarted = "setup_not_started", CONFLICT, "No set-up is waiting",
        "Start the set-up again at POST /api/v1/mfa/setup.";
    /// The last factor cannot go while one is required.
    LastFactorRequired = "last_factor_required", CONFLICT, "The last second factor cannot be removed",
        "Add another second factor before you remove this one: your organisation requires one.";
    /// The state of things does not allow it.
    Conflict = "conflict", CONFLICT, "This conflicts with the current state",
        "Read how things stand now, and try again.";
    /// Wrong shape, type, unknown field, or a value outside its rules.
    ValidationFailed = "validation_failed", UNPROCESSABLE_ENTITY, "The request is not valid",
        "Correct what `errors` names, and send the request again.";
    /// Wait, then try again.
    TooManyAttempts = "too_many_attempts", TOO_MANY_REQUESTS, "Too many attempts",
        "Wait as long as the Retry-After header says, then try again.";
    /// The request could not be read at all.
    MalformedRequest = "malformed_request", BAD_REQUEST, "The request could not be read",
        "Send the request again in the form that /api/docs describes: this one could not be read.";
    /// The resource exists, the method does not.
    MethodNotAllowed = "method_not_allowed", METHOD_NOT_ALLOWED, "The method is not allowed here",
        "Use one of the methods that the Allow header names.";
    /// The client was too slow in sending its request.
    RequestTimeout = "request_timeout", REQUEST_TIMEOUT, "The request took too long to arrive",
        "Send the whole request without a pause, and try again.";
    /// The body is larger than allowed.
    PayloadTooLarge = "payload_too_large", PAYLOAD_TOO_LARGE, "The request is too large",
        "Send a smaller body: 64 KiB at most, or 1 MiB for an import.";
    /// The address is longer than allowed.
    UriTooLong = "uri_too_long", URI_TOO_LONG, "The address is too long",
        "Send a shorter address: 8 KiB at most.";
    /// The body is not of a type that is understood.
    UnsupportedMediaType = "unsupported_media_type", UNSUPPORTED_MEDIA_TYPE, "The content type is not supported",
        "Send the body in the content type that /api/docs names for this address.";
    /// The request names another host than the public address.
    MisdirectedRequest = "misdirected_request", MISDIRECTED_REQUEST, "This server does not answer for that host",
        "Use the public address of this server.";
    /// The headers are larger than allowed.
    HeadersTooLarge = "headers_too_large", REQUEST_HEADER_FIELDS_TOO_LARGE, "The request headers are too large",
        "Send fewer or shorter headers: 100 of them and 32 KiB at most.";
    /// A fault of ours; details are only in the log.
    Internal = "internal", INTERNAL_SERVER_ERROR, "Something went wrong",
        "Try again later, and tell the operator the x-request-id of this answer if it goes on.";
    /// Not able to serve just now.
    Unavailable = "unavailable", SERVICE_UNAVAILABLE, "The service is not available just now",
        "Try again in a few seconds.";
}

impl Code {
    /// The code that stands for a bare error status, as the framework makes them.
    pub fn from_status(status: StatusCode) -> Self {
        match status {
            StatusCode::UNAUTHORIZED => Self::Unauthenticated,
            StatusCode::FORBIDDEN => Self::Forbidden,
            StatusCode::NOT_FOUND => Self::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => Self::MethodNotAllowed,
            StatusCode::REQUEST_TIMEOUT => Self::RequestTimeout,
            StatusCode::CONFLICT => Self::Conflict,
            StatusCode::PAYLOAD_TOO_LARGE => Self::PayloadTooLarge,
            StatusCode::URI_TOO_LONG => Self::UriTooLong,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Self::UnsupportedMediaType,
            StatusCode::MISDIRECTED_REQUEST => Self::MisdirectedRequest,
            StatusCode::UNPROCESSABLE_ENTITY => Self::ValidationFailed,
            StatusCode::TOO_MANY_REQUESTS => Self::TooManyAttempts,
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => Self::HeadersTooLarge,
            StatusCode::SERVICE_UNAVAILABLE => Self::Unavailable,
            other if other.is_server_error() => Self::Internal,
            _ => Self::MalformedRequest,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Programs switch on the codes and people read the rest: a change is seen, and accepted with `cargo insta review`.
    #[test]
    fn every_code_says_what_it_said() {
        let line = |code: &Code| {
            format!("{} {}: {}. {}\n", code.status().as_u16(), code.as_str(), code.title(), code.detail())
        };
        let all: String = Code::ALL.iter().map(line).collect();
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!("codes", all);
        });
    }
}
