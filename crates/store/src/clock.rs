//! What is stored, when the clock was set back.
//!
//! What was over at the latest time seen ends for good. What was half-finished begins again. Waits and limits
//! move back by as much as the clock: those that were over stay over, the others keep the time they had left.
//! Nothing here is true only for a while: from then on, the corrected time decides alone.

use twinlock_core::{
    assurance::FRESH_SECS,
    password::GIVEN_SECS,
    session::IDLE_SECS,
    timeline::{SetBack, SpentSteps},
};

use crate::{Run, Stale, StoreError, Tx, row::params};

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
    tx.stale(Stale::Everybody);
    let ended = end_sessions(tx, back).await?;
    for table in ["pending_logins", "totp_candidates", "webauthn_challenges", "shown_codes"] {
        tx.exec(&format!("DELETE FROM {table}"), params![]).await?;
    }
    // Those that another replaced: their minute would begin again.
    tx.exec("DELETE FROM session_tokens WHERE ends_at IS NOT NULL", params![]).await?;
    tx.exec("UPDATE mail_codes SET expires_at = 0", params![]).await?;
    let sql = "UPDATE users SET enrollment_given_by = NULL, enrollment_given_at = NULL \
               WHERE enrollment_given_at IS NOT NULL";
    tx.exec(sql, params![]).await?;
    tx.exec("DELETE FROM links WHERE expires_at <= $1", params![back.was]).await?;
    let lapsed = back.was.plus_secs(-GIVEN_SECS);
    tx.exec("UPDATE users SET password_given_at = 0 WHERE password_given_at <= $1", params![lapsed]).await?;
    move_back(tx, back).await?;
    if let Some(steps) = &back.spent {
        keep_spent(tx, steps).await?;
    }
    Ok(ended)
}

/// Sessions that were over, and those that proved something so lately that the proof would be fresh again.
async fn end_sessions(tx: &Tx, back: &SetBack) -> Result<u64, StoreError> {
    let sql = "UPDATE sessions SET ended_at = $1 WHERE ended_at IS NULL AND (expires_at <= $2 \
               OR last_used_at <= $3 OR created_at > $4 \
               OR id IN (SELECT session_id FROM session_tokens WHERE created_at > $4))";
    let (idle, fresh) = (back.was.plus_secs(-IDLE_SECS), back.now.plus_secs(-FRESH_SECS));
    tx.exec(sql, params![back.now, back.was, idle, fresh]).await
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
