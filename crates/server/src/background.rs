//! What the server does without being asked: delivering mail, forgetting what is over.

use std::{sync::Arc, time::Duration};

use metrics_exporter_prometheus::PrometheusHandle;
use tokio::time::sleep;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use twinlock_service::{
    App, audit_log, clock_guard,
    mail::{Postman, deliver_due},
    maintenance,
};

/// Between two looks at the outbox: people wait for their link.
const MAIL_PERIOD: Duration = Duration::from_secs(1);
/// Between two looks at the clock: without them, nobody would notice a jump while nobody asks for anything.
const CLOCK_PERIOD: Duration = Duration::from_secs(1);
/// Between two times that noted refusals are written into the audit log.
const REFUSALS_PERIOD: Duration = Duration::from_secs(1);
/// Between two rounds of maintenance.
const MAINTENANCE_PERIOD: Duration = Duration::from_secs(15);
/// Between two times that collected measurements are summed up, so that they do not pile up unread.
const UPKEEP_PERIOD: Duration = Duration::from_secs(5);

/// Starts everything; each has its first round at once. All end after `stop`, when their round is over.
pub fn start(
    app: &Arc<App>,
    postman: Postman,
    metrics: PrometheusHandle,
    stop: &CancellationToken,
) -> TaskTracker {
    let tasks = TaskTracker::new();
    let postman = Arc::new(postman);
    let mail_app = Arc::clone(app);
    tasks.spawn(every(MAIL_PERIOD, stop.clone(), move || {
        let (app, postman) = (Arc::clone(&mail_app), Arc::clone(&postman));
        async move {
            if let Err(error) = deliver_due(&app, &postman).await {
                tracing::error!(%error, "the outbox cannot be emptied; it is tried again");
            }
        }
    }));
    let watched = Arc::clone(app);
    tasks.spawn(every(CLOCK_PERIOD, stop.clone(), move || {
        let app = Arc::clone(&watched);
        async move {
            if let Err(error) = clock_guard::keep_watch(&app).await {
                tracing::error!(%error, "what the clock did cannot be followed up yet; it is tried again");
            }
        }
    }));
    let refusing = Arc::clone(app);
    tasks.spawn(every(REFUSALS_PERIOD, stop.clone(), move || {
        let app = Arc::clone(&refusing);
        async move {
            if let Err(error) = audit_log::flush(&app).await {
                tracing::error!(%error, "refusals are not in the audit log yet; it is tried again");
            }
        }
    }));
    let kept = Arc::clone(app);
    tasks.spawn(every(MAINTENANCE_PERIOD, stop.clone(), move || {
        let app = Arc::clone(&kept);
        async move { maintenance::tick(&app).await }
    }));
    tasks.spawn(every(UPKEEP_PERIOD, stop.clone(), move || {
        metrics.run_upkeep();
        std::future::ready(())
    }));
    tasks.close();
    tasks
}

/// Does `round` again and again. One that panics is logged by the hook and ends only itself.
async fn every<F>(period: Duration, stop: CancellationToken, round: impl Fn() -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    while !stop.is_cancelled() {
        let _ = tokio::spawn(round()).await;
        tokio::select! {
            () = stop.cancelled() => {}
            () = sleep(period) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test]
    async fn a_round_that_panics_does_not_end_the_rounds() {
        let (stop, rounds) = (CancellationToken::new(), Arc::new(AtomicU32::new(0)));
        let (ending, counted) = (stop.clone(), Arc::clone(&rounds));
        every(Duration::ZERO, stop, move || {
            let (ending, counted) = (ending.clone(), Arc::clone(&counted));
            async move {
                match counted.fetch_add(1, Ordering::Relaxed) {
                    0 => panic!("on purpose"),
                    1 => {}
                    _ => ending.cancel(),
                }
            }
        })
        .await;
        assert_eq!(rounds.load(Ordering::Relaxed), 3);
    }
}
