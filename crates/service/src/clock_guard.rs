//! A clock that is set back brings nothing to life again.
//!
//! The latest time seen is kept in the process, and written down by the maintenance. While the clock shows an
//! earlier one, [`App::now`] stands still at it, so that whatever was over stays over; the next request or
//! round ends it for good ([`twinlock_store::clock`]), and from then on the corrected time counts.
//!
//! Looking costs an atomic read; nothing is written for a request.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicBool, AtomicI64, Ordering},
};

use serde_json::json;
use twinlock_core::{
    audit::{ActorKind, EventKind},
    clock::Timestamp,
    ids::EventId,
    timeline::{SetBack, Timeline, is_leap, is_set_back},
};
use twinlock_store::{Tx, audit, clock, meta};

use crate::{App, Internal, context::Work, sessions::flush_touches};

/// Where the clock's past is written down.
const FACT: &str = "clock";

/// The clock's past, as this process knows it.
pub(crate) struct ClockGuard {
    /// The latest time seen, in milliseconds since the Unix epoch.
    latest: AtomicI64,
    /// The rest. Its own latest time lags behind.
    timeline: Mutex<Timeline>,
    /// Whether the clock leapt forward since the time was written down.
    leapt: AtomicBool,
    /// Held by whoever corrects.
    correcting: tokio::sync::Mutex<()>,
}

impl ClockGuard {
    pub(crate) fn new(now: Timestamp) -> Self {
        Self {
            latest: AtomicI64::new(now.millis()),
            timeline: Mutex::new(Timeline::new(now)),
            leapt: AtomicBool::new(false),
            correcting: tokio::sync::Mutex::new(()),
        }
    }

    /// The time that counts when the clock shows `wall`.
    pub(crate) fn now(&self, wall: Timestamp) -> Timestamp {
        let latest = self.latest();
        if is_set_back(latest, wall) {
            return latest;
        }
        if is_leap(latest, wall) {
            self.leap(wall);
        }
        self.latest.fetch_max(wall.millis(), Ordering::SeqCst);
        wall
    }

    fn latest(&self) -> Timestamp {
        Timestamp::from_millis(self.latest.load(Ordering::SeqCst))
    }

    /// Everything known of the clock's past.
    fn timeline(&self) -> Timeline {
        let mut timeline = *self.timeline.lock().unwrap_or_else(PoisonError::into_inner);
        timeline.went_on(self.latest());
        timeline
    }

    fn leap(&self, wall: Timestamp) {
        let latest = self.latest();
        tracing::warn!(seconds = wall.secs_since(latest), "the clock leapt forward, or this machine slept");
        let mut kept = self.timeline.lock().unwrap_or_else(PoisonError::into_inner);
        kept.went_on(latest);
        kept.see(wall);
        self.leapt.store(true, Ordering::SeqCst);
    }

    fn replace(&self, timeline: Timeline) {
        let mut kept = self.timeline.lock().unwrap_or_else(PoisonError::into_inner);
        *kept = timeline;
        self.latest.store(timeline.latest().millis(), Ordering::SeqCst);
    }
}

/// Takes up the clock's past where the last process left it. For a server, before it answers.
pub async fn resume(app: &App) -> Result<(), Internal> {
    if let Some(mut timeline) = meta::get(&app.store, FACT).await?.as_deref().and_then(Timeline::parse) {
        timeline.see(app.clock.now());
        app.clock_guard.replace(timeline);
    }
    watch(app).await?;
    note(app).await
}

/// Looks at the clock, and writes a leap down at once: a server that dies while the clock is ahead must find
/// it in its past. For once a second.
pub async fn keep_watch(app: &App) -> Result<(), Internal> {
    watch(app).await?;
    if app.clock_guard.leapt.swap(false, Ordering::SeqCst) { note(app).await } else { Ok(()) }
}

/// Looks at the clock. Where it was set back, ends what was over, and goes on from the time it shows.
pub async fn watch(app: &App) -> Result<(), Internal> {
    let (guard, wall) = (&app.clock_guard, app.clock.now());
    if guard.now(wall) == wall {
        return Ok(());
    }
    let Ok(_turn) = guard.correcting.try_lock() else {
        // Somebody else does it. If they fail, time stands still a little longer.
        drop(guard.correcting.lock().await);
        return Ok(());
    };
    let now = app.clock.now();
    if !is_set_back(guard.timeline().latest(), now) {
        return Ok(());
    }
    flush_touches(app).await?;
    app.transact(|| begin_again(app, now)).await
}

/// Ends what was over at the latest time seen, unless another node has done it.
async fn begin_again(app: &App, now: Timestamp) -> Result<(), Internal> {
    let (guard, mut timeline) = (&app.clock_guard, app.clock_guard.timeline());
    let work = Work::of_server(app).await?;
    let (stored, known) = (held(&work).await?, timeline.corrections());
    let back = timeline.set_back(now);
    match stored.map(|stored| stored.corrections()).filter(|others| *others > known) {
        // Another node has done it.
        Some(others) => timeline.adopt(others),
        None => {
            correct(&work, &back).await?;
            meta::set(&work, FACT, &timeline.to_text()).await?;
        }
    }
    work.commit().await?;
    guard.replace(timeline);
    app.cache.changed();
    Ok(())
}

async fn correct(work: &Work<'_>, back: &SetBack) -> Result<(), Internal> {
    let ended = clock::set_back(work, back).await?;
    let seconds = back.was.secs_since(back.now);
    tracing::warn!(seconds, was = %back.was, now = %back.now, sessions_ended = ended, "the clock was set back");
    metrics::counter!("twinlock_clock_set_back_total").increment(1);
    let event = audit::Event {
        detail: json!({ "was": back.was, "seconds": seconds, "sessions_ended": ended }),
        ..audit::Event::of_server(
            EventId::new(back.now, work.app.entropy()),
            back.now,
            ActorKind::System,
            EventKind::ClockSetBack,
        )
    };
    Ok(audit::append(work, &event).await?)
}

/// Writes the latest time down, for the next start. It only rises, but for a correction.
pub async fn note(app: &App) -> Result<(), Internal> {
    app.transact(|| note_once(app)).await
}

async fn note_once(app: &App) -> Result<(), Internal> {
    watch(app).await?;
    let work = Work::of_server(app).await?;
    let mut timeline = app.clock_guard.timeline();
    let stored = held(&work).await?;
    if let Some(stored) = stored.filter(|stored| stored.corrections() > timeline.corrections()) {
        timeline.adopt(stored.corrections());
        app.clock_guard.replace(timeline);
    }
    if stored.is_none_or(|stored| stored.latest() < timeline.latest()) {
        meta::set(&work, FACT, &timeline.to_text()).await?;
    }
    Ok(work.commit().await?)
}

async fn held(tx: &Tx) -> Result<Option<Timeline>, Internal> {
    Ok(meta::hold(tx, FACT).await?.as_deref().and_then(Timeline::parse))
}
