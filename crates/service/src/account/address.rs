//! The address of an account, put into force.

use twinlock_store::{
    StoreError,
    users::{self, Account},
};

use crate::{context::Work, mail::proof_address};

/// Puts an address into force; the account is held. Two changes in a row must not push the original address out: while
/// an earlier one still counts, it takes its place back first, and so is the one that is remembered.
pub(crate) async fn change_address(
    work: &Work<'_>,
    account: &Account,
    address: &str,
) -> Result<(), StoreError> {
    let (user, now) = (&account.user, work.now);
    let original = proof_address(user, now).filter(|original| user.email.as_deref() != Some(*original));
    if let Some(original) = original {
        users::change_email(work, user, original, now).await?;
    }
    users::change_email(work, user, address, now).await
}
