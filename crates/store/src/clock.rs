//! What is stored, when the clock was set back.
//!
//! What was over at the latest time seen ends for good, and what was half-finished begins again: what that is, is listed
//! with all that is short-lived ([`crate::sessions::short_lived`]). Waits and limits
//! move back by as much as the clock: those that were over stay over, the others keep the time they had left.
//! Nothing here is true only for a while: from then on, the corrected time decides alone.

use twinlock_core::timeline::{SetBack, SpentSteps};

use crate::{
    Run as _, StoreError, Tx,
    row::params,
    sessions::short_lived::{self, End, Of},
};

/// Times that move back by as much as the clock did, where they lie beyond the corrected time.
const MOVED: [(&str, &[&str]); 10] = [
    ("links", &["created_at", "expires_at"]),
    ("mail_codes", &["window_start"]),
    ("mail_budgets", &["next_at", "merged_until"]),
    ("outbox", &["due_at", "held_until"]),
    ("security_keys", &["limited_until"]),
    ("sessions", &["last_used_at", "expires_at"]),
    ("throttles", &["window_start", "blocked_until"]),
    ("totp_factors", &["limited_until"]),
    ("users", &["typed_blocked_until", "limited_until", "password_given_at"]),
    ("signing_keys", &["created_at", "retired_at"]),
];

/// Begins again at the corrected time; answers how many sessions ended.
pub async fn set_back(tx: &Tx, back: &SetBack) -> Result<u64, StoreError> {
    let ended = short_lived::end(tx, Of::Everybody, End::ClockSetBack, back).await?;
    move_back(tx, back).await?;
    if let Some(steps) = &back.spent {
        keep_spent(tx, steps).await?;
    }
    Ok(ended)
}

async fn move_back(tx: &Tx, back: &SetBack) -> Result<(), StoreError> {
    let lost = back.was.millis() - back.now.millis();
    for (table, columns) in MOVED {
        for column in columns {
            let sql = format!("UPDATE {table} SET {column} = {column} - $1 WHERE {column} > $2");
            tx.exec(&sql, params![lost, back.now]).await?;
        }
    }
    // How long ago an address was changed decides, days later, which one counts: all of them move.
    let sql = "UPDATE users SET email_changed_at = email_changed_at - $1 WHERE email_changed_at IS NOT NULL";
    tx.exec(sql, params![lost]).await.map(drop)
}

/// Lets codes of the corrected time in again, but none that may have been used while the clock was ahead.
async fn keep_spent(tx: &Tx, steps: &SpentSteps) -> Result<(), StoreError> {
    let sql = "INSERT INTO totp_spent_steps (factor_id, from_step, to_step) \
               SELECT id, $2, last_step FROM totp_factors WHERE last_step > $1";
    tx.exec(sql, params![steps.last, steps.from]).await?;
    let sql = "UPDATE totp_factors SET last_step = $1 WHERE last_step > $1";
    tx.exec(sql, params![steps.last]).await.map(drop)
}
