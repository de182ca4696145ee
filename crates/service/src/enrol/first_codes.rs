//! The recovery codes that come with the first factor, whatever its kind.

use secrecy::SecretString;
use twinlock_core::{
    factor::recovery::{self as codes, RecoveryCode},
    ids::UserId,
};
use twinlock_store::{
    Run, Tx,
    recovery::{self, CodeSet},
    users::Account,
};

use crate::{
    App, Internal,
    recovery_hash::{self, HashedSet},
};

/// Codes that an enrollment may make valid, with their slow hashes, which are made before any transaction.
#[derive(Clone)]
pub(crate) struct FirstCodes {
    shown: Vec<SecretString>,
    hashed: HashedSet,
}

impl FirstCodes {
    /// New codes of the tenant's format, or none when a set is valid already.
    pub(crate) async fn generate(
        run: &impl Run,
        app: &App,
        account: &Account,
    ) -> Result<Vec<RecoveryCode>, Internal> {
        if recovery::of_user(run, account.user.id).await?.is_some() {
            return Ok(Vec::new());
        }
        Ok(codes::generate_set(app.entropy(), account.tenant.settings.recovery_code_format))
    }

    /// Hashes codes in the pool; none of no codes.
    pub(crate) async fn hash(
        app: &App,
        user: UserId,
        codes: Vec<RecoveryCode>,
    ) -> Result<Option<Self>, Internal> {
        if codes.is_empty() {
            return Ok(None);
        }
        let shown = shown(&codes);
        Ok(Some(Self { shown, hashed: recovery_hash::hash_set(app, user, codes).await? }))
    }

    /// The same codes, where their owner says that they are saved.
    #[must_use]
    pub(crate) fn saved(mut self, saved: bool) -> Self {
        self.hashed.set.saved_at = saved.then_some(self.hashed.set.created_at);
        self
    }

    /// Makes the set valid, unless another has become so meanwhile. Answers what is valid now.
    pub(super) async fn activate(self, tx: &Tx) -> Result<Option<Activated>, Internal> {
        let HashedSet { set, tags } = self.hashed;
        if recovery::of_user(tx, set.user_id).await?.is_some() {
            return Ok(None);
        }
        recovery::replace(tx, &set, &tags).await?;
        Ok(Some(Activated { set, codes: self.shown }))
    }
}

/// A set that became valid, and its codes.
pub(super) struct Activated {
    pub(super) set: CodeSet,
    pub(super) codes: Vec<SecretString>,
}

/// Codes as people read them.
pub(crate) fn shown(codes: &[RecoveryCode]) -> Vec<SecretString> {
    codes.iter().map(|code| code.display().into()).collect()
}
