//! How far the log is forgotten, and how fast.
//!
//! The wall clock says what is old, and a wall clock can be wrong: set years ahead by mistake, it would take the whole
//! log with it within minutes. So the end of what is forgotten is written down, and moves by a day an hour at most, which
//! leaves days to notice.

use twinlock_core::clock::Timestamp;
use twinlock_store::{audit, meta};

use crate::{App, Internal, context::Work};

/// Events that are forgotten in one transaction, and how many of those in one round.
const AT_ONCE: u32 = 500;
const STEPS: u32 = 20;
const HOUR_SECS: i64 = 3600;
const DAY_SECS: i64 = 86_400;
/// Where the horizon is written down.
const FACT: &str = "audit_horizon";

/// What happened before is forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Horizon {
    end: Timestamp,
    moved_at: Timestamp,
}

impl Horizon {
    /// On its way to `target`: none while it does not move. A clock that was corrected takes it back at once.
    fn moved(self, target: Timestamp, now: Timestamp) -> Option<Self> {
        let waits = (0..HOUR_SECS).contains(&now.secs_since(self.moved_at));
        if waits && self.end <= target {
            return None;
        }
        Some(Self { end: target.min(self.end.plus_secs(DAY_SECS)), moved_at: now })
    }

    fn to_text(self) -> String {
        format!("{} {}", self.end.millis(), self.moved_at.millis())
    }

    fn parse(text: &str) -> Option<Self> {
        let (end, moved_at) = text.split_once(' ')?;
        let [end, moved_at] = [end, moved_at].map(|number| number.parse().map(Timestamp::from_millis).ok());
        Some(Self { end: end?, moved_at: moved_at? })
    }
}

/// Forgets what is older than the log is kept, some at a time: each step is a transaction of its own, and what is left
/// is left for the next round.
pub(crate) async fn forget(app: &App) -> Result<(), Internal> {
    let end = app.transact(|| horizon(app)).await?;
    for _ in 0..STEPS {
        if app.transact(|| forget_some(app, end)).await? < u64::from(AT_ONCE) {
            break;
        }
    }
    Ok(())
}

async fn forget_some(app: &App, end: Timestamp) -> Result<u64, Internal> {
    let work = Work::of_server(app).await?;
    let forgotten = audit::forget(&work, end, AT_ONCE).await?;
    work.commit().await?;
    Ok(forgotten)
}

/// How far the log is forgotten now. Several nodes move it once.
async fn horizon(app: &App) -> Result<Timestamp, Internal> {
    let now = app.now();
    let target = now.plus_secs(-i64::from(app.config.audit_retention_days) * DAY_SECS);
    let kept = meta::get(&app.store, FACT).await?.as_deref().and_then(Horizon::parse);
    if let Some(kept) = kept.filter(|kept| kept.moved(target, now).is_none()) {
        return Ok(kept.end);
    }
    let work = Work::of_server(app).await?;
    let held = meta::hold(&work, FACT).await?.as_deref().and_then(Horizon::parse);
    let next = match held {
        Some(held) => held.moved(target, now).unwrap_or(held),
        None => Horizon { end: target, moved_at: now },
    };
    meta::set(&work, FACT, &next.to_text()).await?;
    work.commit().await?;
    Ok(next.end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        Timestamp::from_secs(1_800_000_000)
    }

    fn at(days: i64) -> Timestamp {
        now().plus_secs(days * DAY_SECS)
    }

    #[test]
    fn it_moves_by_a_day_an_hour_at_most() {
        let horizon = Horizon { end: at(0), moved_at: now() };
        let later = now().plus_secs(HOUR_SECS);
        assert_eq!(horizon.moved(at(500), now().plus_secs(HOUR_SECS - 1)), None);
        assert_eq!(horizon.moved(at(500), later), Some(Horizon { end: at(1), moved_at: later }));
        let little = now().plus_secs(60);
        assert_eq!(horizon.moved(little, later), Some(Horizon { end: little, moved_at: later }));
    }

    #[test]
    fn a_corrected_clock_takes_it_back_at_once() {
        let horizon = Horizon { end: at(300), moved_at: at(700) };
        assert_eq!(horizon.moved(at(0), at(400)), Some(Horizon { end: at(0), moved_at: at(400) }));
        let horizon = Horizon { end: at(3), moved_at: at(400) };
        assert_eq!(horizon.moved(at(0), at(400)), Some(Horizon { end: at(0), moved_at: at(400) }));
    }

    #[test]
    fn it_is_read_as_it_was_written() {
        let horizon = Horizon { end: at(-3), moved_at: now() };
        assert_eq!(Horizon::parse(&horizon.to_text()), Some(horizon));
        assert_eq!(Horizon::parse("nonsense"), None);
    }
}
