//! What pages say of security keys and passkeys. Their script (`assets/js/webauthn.js`) writes what a key
//! answered into the field `credential` of a form.

use serde::{Deserialize, Serialize};

/// Whether keys work on the page that is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum KeysHere {
    /// They do.
    Yes,
    /// Not under the name that the page was asked for: keys are bound to the public address.
    Elsewhere {
        /// The public address, without a slash at its end.
        public_url: String,
    },
    /// Nowhere: the server has no name that they could be bound to, or no second factors at all.
    #[default]
    Off,
}

impl KeysHere {
    /// Whether they work.
    pub fn work(&self) -> bool {
        *self == Self::Yes
    }
}

/// What opens the second lock of an account, here and now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ways {
    /// A security key or passkey.
    pub key: bool,
    /// An authenticator app.
    pub app: bool,
    /// A recovery code.
    pub codes: bool,
}

/// Why what a key answered was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyError {
    /// Nothing came: the page's script did not run.
    Missing,
    /// It was not accepted; pages do not tell why.
    Refused,
    /// It is right, and a second factor only: it does not sign in alone.
    SecondFactorOnly,
    /// Challenges wait.
    TooMany {
        /// Seconds to wait.
        wait_secs: i64,
    },
}

/// Why a key was not registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeySetupError {
    /// Nothing came: the page's script did not run.
    Missing,
    /// It is registered already, on this account or another.
    Taken,
    /// It did not verify the person, and that is asked.
    NotVerified,
    /// The organisation asks for keys that prove their make, and this one did not.
    Unproven,
    /// The organisation does not allow its make.
    MakeNotAllowed,
    /// The question was too old, or used.
    Expired,
    /// Any other check failed.
    Failed,
}
