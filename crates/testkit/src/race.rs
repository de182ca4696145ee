//! Many requests at once.

use std::sync::Arc;

use tokio::{sync::Barrier, task::JoinSet};

/// Runs all of these as tasks that one barrier releases together; answers what they said, in the order
/// in which they ended.
pub async fn at_once<F>(all: impl IntoIterator<Item = F>) -> Vec<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send,
{
    let all: Vec<F> = all.into_iter().collect();
    let barrier = Arc::new(Barrier::new(all.len()));
    let mut tasks = JoinSet::new();
    for one in all {
        let barrier = Arc::clone(&barrier);
        tasks.spawn(async move {
            barrier.wait().await;
            one.await
        });
    }
    tasks.join_all().await
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test]
    async fn nothing_starts_before_everything_is_ready() {
        static STARTED: AtomicU32 = AtomicU32::new(0);
        let one = |n: u32| async move { n + STARTED.fetch_add(1, Ordering::SeqCst) };
        let mut seen = at_once((0..10).map(one)).await;
        seen.sort_unstable();
        assert_eq!(seen.len(), 10);
        assert_eq!(STARTED.load(Ordering::SeqCst), 10);
    }
}
