//! Identifiers: UUIDv7, one type per thing so that they cannot be mixed up.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    clock::Timestamp,
    entropy::{Entropy, random_bytes},
};

/// A new UUIDv7 (RFC 9562 §5.7) from the given time and randomness.
pub fn new_uuid(now: Timestamp, entropy: &dyn Entropy) -> Uuid {
    let millis = u64::try_from(now.millis()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &random_bytes::<10>(entropy)).into_uuid()
}

/// The smallest of the identifiers that are made in the millisecond `at`. Identifiers of one type are in the order
/// of their times, so that those of a span of time are a range.
pub fn first_uuid(at: Timestamp) -> Uuid {
    let millis = u64::try_from(at.millis()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid()
}

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A fresh identifier.
            pub fn new(now: Timestamp, entropy: &dyn Entropy) -> Self {
                Self(new_uuid(now, entropy))
            }

            /// Parses the hyphenated text form only: one spelling per identifier.
            pub fn parse(text: &str) -> Option<Self> {
                let id = Uuid::try_parse(text).ok()?;
                (id.to_string() == text).then_some(Self(id))
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

id! {
    /// A tenant's internal identifier: never reused, unlike its slug.
    TenantId,
    /// An account.
    UserId,
    /// A session.
    SessionId,
    /// One bearer token or cookie of a session (`jti` of a JWT).
    TokenId,
    /// An enrolled second factor.
    FactorId,
    /// A set of recovery codes.
    CodeSetId,
    /// A half-finished login.
    PendingLoginId,
    /// A WebAuthn challenge.
    ChallengeId,
    /// An audit event.
    EventId,
    /// A mail in the outbox.
    MailId,
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Bytes(u8);

    impl Entropy for Bytes {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    #[test]
    fn identifiers_of_a_span_of_time_are_a_range() {
        let at = Timestamp::from_millis(1_800_000_000_123);
        let next = Timestamp::from_millis(at.millis() + 1);
        for byte in [0, 0x7f, 0xff] {
            let id = new_uuid(at, &Bytes(byte));
            assert!(first_uuid(at) <= id && id < first_uuid(next), "{id}");
        }
    }
}
