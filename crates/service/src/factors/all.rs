//! A person's factors of every kind, where the kind makes no difference.

use twinlock_core::ids::{FactorId, UserId};
use twinlock_store::{Run, StoreError, Tx, security_keys, totp, user_counts};

use crate::MethodView;

/// All of them, oldest first.
pub(crate) async fn list(run: &impl Run, user: UserId) -> Result<Vec<MethodView>, StoreError> {
    let apps = totp::of_user(run, user).await?;
    let keys = security_keys::of_user(run, user).await?;
    let mut methods: Vec<MethodView> =
        apps.iter().map(MethodView::from).chain(keys.iter().map(MethodView::from)).collect();
    methods.sort_by_key(|method| (method.created_at, method.id));
    Ok(methods)
}

/// Gives one another name; answers whether there is one of this id.
pub(crate) async fn rename(tx: &Tx, user: UserId, id: FactorId, name: &str) -> Result<bool, StoreError> {
    Ok(totp::rename(tx, user, id, name).await? || security_keys::rename(tx, user, id, name).await?)
}

/// Removes one; answers whether there was one of this id.
pub(crate) async fn remove(tx: &Tx, user: UserId, id: FactorId) -> Result<bool, StoreError> {
    let removed = totp::remove(tx, user, id).await? || security_keys::remove(tx, user, id).await?;
    user_counts::refresh(tx, user).await?;
    Ok(removed)
}

/// Removes all of them.
pub(crate) async fn remove_all(tx: &Tx, user: UserId) -> Result<(), StoreError> {
    totp::remove_all(tx, user).await?;
    security_keys::remove_all(tx, user).await?;
    user_counts::refresh(tx, user).await
}
