//! Threads for work that would hold up the async ones: as many as cores, and a queue with a limit, so that
//! whoever asks for more than can be done soon hears it at once.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
        mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel},
    },
    thread,
    time::Duration,
};

use tokio::sync::oneshot;

use crate::Internal;

/// The queue is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the queue is full")]
pub struct QueueFull;

/// How long a thread keeps its state without work.
const KEEP_STATE: Duration = Duration::from_secs(5);

/// How the threads of a pool stand to the async ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// Like them: for jobs that are over soon.
    Abreast,
    /// Behind them: however many slow jobs fill the cores, what is quick is answered at once.
    Behind,
}

type Job<S> = Box<dyn FnOnce(&mut S) + Send>;

/// A pool whose threads each keep a state `S` between the jobs of a burst.
pub struct Pool<S = ()> {
    jobs: SyncSender<Job<S>>,
    waiting: Arc<AtomicUsize>,
}

impl<S: Default + 'static> Pool<S> {
    /// Starts `threads` threads; `queue` jobs may wait.
    pub fn start(name: &str, pace: Pace, threads: usize, queue: usize) -> Result<Self, Internal> {
        let (jobs, receiver) = sync_channel(queue.max(1));
        let receiver = Arc::new(Mutex::new(receiver));
        let waiting = Arc::new(AtomicUsize::new(0));
        for number in 0..threads.max(1) {
            let (receiver, waiting) = (Arc::clone(&receiver), Arc::clone(&waiting));
            thread::Builder::new()
                .name(format!("{name}-{number}"))
                .spawn(move || {
                    if pace == Pace::Behind {
                        step_back();
                    }
                    work(&receiver, &waiting);
                })
                .map_err(|_| Internal::Broken("a thread cannot be started"))?;
        }
        Ok(Self { jobs, waiting })
    }

    /// Jobs waiting.
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Runs a job in the pool.
    pub async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut S) -> T + Send + 'static,
    ) -> Result<T, QueueFull> {
        let (answer, done) = oneshot::channel();
        let boxed: Job<S> = Box::new(move |state| {
            // Nobody listens any more when the client went away; the result is dropped.
            let _ = answer.send(job(state));
        });
        self.waiting.fetch_add(1, Ordering::Relaxed);
        if let Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) = self.jobs.try_send(boxed) {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            return Err(QueueFull);
        }
        done.await.map_err(|_| QueueFull)
    }
}

/// How far they stand behind (`nice(2)`).
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;

/// On Linux this is about the calling thread alone. Where it is not possible, nothing is lost but time.
#[cfg(target_os = "linux")]
fn step_back() {
    if let Err(error) = rustix::process::nice(NICENESS) {
        tracing::debug!(%error, "the threads of a pool keep their priority");
    }
}

#[cfg(not(target_os = "linux"))]
fn step_back() {}

fn work<S: Default>(queue: &Mutex<Receiver<Job<S>>>, waiting: &AtomicUsize) {
    let mut state = S::default();
    loop {
        // The lock is held while waiting: the next idle thread takes over as soon as a job arrived.
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv_timeout(KEEP_STATE);
        match next {
            Ok(job) => {
                waiting.fetch_sub(1, Ordering::Relaxed);
                // A job that panics must not take the thread, and with it every sign-in, away.
                let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| job(&mut state)));
                if outcome.is_err() {
                    tracing::error!("a job of a pool panicked");
                }
            }
            Err(RecvTimeoutError::Timeout) => state = S::default(),
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small(queue: usize) -> Pool {
        Pool::start("test", Pace::Behind, 1, queue).unwrap()
    }

    #[tokio::test]
    async fn a_full_queue_refuses_at_once() {
        let pool = Arc::new(small(1));
        let (hold, held) = std::sync::mpsc::channel::<()>();
        let (started, is_started) = oneshot::channel();
        let first = Arc::clone(&pool);
        let blocked = tokio::spawn(async move {
            first
                .run(move |()| {
                    let _ = started.send(());
                    let _ = held.recv();
                })
                .await
        });
        is_started.await.unwrap();
        let second = Arc::clone(&pool);
        let queued = tokio::spawn(async move { second.run(|()| ()).await });
        while pool.waiting() == 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(pool.run(|()| ()).await, Err(QueueFull));
        drop(hold);
        assert_eq!((blocked.await.unwrap(), queued.await.unwrap()), (Ok(()), Ok(())));
    }

    #[tokio::test]
    async fn a_panicking_job_does_not_end_the_pool() {
        let pool = small(4);
        assert_eq!(pool.run(|()| panic!("on purpose")).await, Err::<(), _>(QueueFull));
        assert_eq!(pool.run(|()| 7).await, Ok(7));
    }
}
