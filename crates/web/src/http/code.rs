//! The stable error codes of the API, each with its one status and title.

use axum::http::StatusCode;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $status:ident, $title:literal;)*) => {
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
        }
    };
}

codes! {
    /// Wrong user, password or tenant, suspended account, wrong current password: one answer for all.
    InvalidCredentials = "invalid_credentials", UNAUTHORIZED, "The sign-in details are not right";
    /// Wrong, reused or expired code.
    InvalidMfaCode = "invalid_mfa_code", UNAUTHORIZED, "The code is not right";
    /// A check of a WebAuthn ceremony failed; see [`crate::http::problem::Problem::at_registration`].
    InvalidWebauthnResponse = "invalid_webauthn_response", UNAUTHORIZED, "The security key's answer is not valid";
    /// The pending login is unknown, expired, used, or of another client.
    MfaTokenInvalid = "mfa_token_invalid", UNAUTHORIZED, "This sign-in is no longer open";
    /// No token or a dead one.
    Unauthenticated = "unauthenticated", UNAUTHORIZED, "Sign in first";
    /// Needs a fresh second factor.
    StepUpRequired = "step_up_required", FORBIDDEN, "Confirm with your second factor";
    /// An enrolment token was used for something else.
    MfaEnrollmentRequired = "mfa_enrollment_required", FORBIDDEN, "Set up a second factor first";
    /// The mailed code must open this enrolment first.
    EnrollmentProofRequired = "enrollment_proof_required", FORBIDDEN, "Enter the code sent by mail first";
    /// A code mailed to the address on file is needed as well.
    MailCodeRequired = "mail_code_required", FORBIDDEN, "A code sent by mail is needed as well";
    /// The tenant's policy excludes this kind of factor.
    KindNotAllowed = "kind_not_allowed", CONFLICT, "This kind of second factor is not allowed here";
    /// Two identities in one request.
    AmbiguousCredentials = "ambiguous_credentials", BAD_REQUEST, "The request carries two identities";
    /// Signed in, not allowed.
    Forbidden = "forbidden", FORBIDDEN, "Not allowed";
    /// Nothing here, or nothing this caller may know of.
    NotFound = "not_found", NOT_FOUND, "Not found";
    /// The act needs a second factor that is switched on.
    MfaNotEnabled = "mfa_not_enabled", CONFLICT, "No second factor is switched on";
    /// `verify` without a set-up before it.
    SetupNotStarted = "setup_not_started", CONFLICT, "No set-up is waiting";
    /// The last factor cannot go while one is required.
    LastFactorRequired = "last_factor_required", CONFLICT, "The last second factor cannot be removed";
    /// The state of things does not allow it.
    Conflict = "conflict", CONFLICT, "This conflicts with the current state";
    /// Wrong shape, type, unknown field, or a value outside its rules.
    ValidationFailed = "validation_failed", UNPROCESSABLE_ENTITY, "The request is not valid";
    /// Wait, then try again.
    TooManyAttempts = "too_many_attempts", TOO_MANY_REQUESTS, "Too many attempts";
    /// The request could not be read at all.
    MalformedRequest = "malformed_request", BAD_REQUEST, "The request could not be read";
    /// The resource exists, the method does not.
    MethodNotAllowed = "method_not_allowed", METHOD_NOT_ALLOWED, "The method is not allowed here";
    /// The client was too slow in sending its request.
    RequestTimeout = "request_timeout", REQUEST_TIMEOUT, "The request took too long to arrive";
    /// The body is larger than allowed.
    PayloadTooLarge = "payload_too_large", PAYLOAD_TOO_LARGE, "The request is too large";
    /// The address is longer than allowed.
    UriTooLong = "uri_too_long", URI_TOO_LONG, "The address is too long";
    /// The body is not of a type that is understood.
    UnsupportedMediaType = "unsupported_media_type", UNSUPPORTED_MEDIA_TYPE, "The content type is not supported";
    /// The request names another host than the public address.
    MisdirectedRequest = "misdirected_request", MISDIRECTED_REQUEST, "This server does not answer for that host";
    /// The headers are larger than allowed.
    HeadersTooLarge = "headers_too_large", REQUEST_HEADER_FIELDS_TOO_LARGE, "The request headers are too large";
    /// A fault of ours; details are only in the log.
    Internal = "internal", INTERNAL_SERVER_ERROR, "Something went wrong";
    /// Not able to serve just now.
    Unavailable = "unavailable", SERVICE_UNAVAILABLE, "The service is not available just now";
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
