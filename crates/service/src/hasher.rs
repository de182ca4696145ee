//! The hashing pool: as many threads as cores, memory reused within a burst, a queue with a limit.
//!
//! Password hashing is the only slow thing in the server. It never runs on the async threads, and when
//! more of it is asked for than can be done soon, the caller hears so at once.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
        mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel},
    },
    thread,
    time::Duration,
};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use tokio::sync::oneshot;

use crate::Internal;

/// Cost of a hash and size of the pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HasherSettings {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
    /// Threads.
    pub threads: usize,
    /// Jobs that may wait.
    pub queue: usize,
}

impl HasherSettings {
    /// OWASP's Argon2id parameters: 19 MiB, two passes, one lane.
    pub fn owasp(threads: usize) -> Self {
        Self { memory_kib: 19_456, passes: 2, lanes: 1, threads, queue: 256 }
    }
}

/// The queue is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the hashing queue is full")]
pub struct QueueFull;

/// Memory of a thread, kept between jobs of a burst.
pub struct Workspace(Vec<Block>);

impl Workspace {
    /// Runs Argon2id once.
    pub fn derive(
        &mut self,
        argon2: &Argon2<'_>,
        password: &[u8],
        salt: &[u8],
    ) -> Result<[u8; 32], argon2::Error> {
        let blocks = argon2.params().block_count();
        if self.0.len() < blocks {
            self.0.resize(blocks, Block::new());
        }
        let mut out = [0_u8; 32];
        let memory = self.0.get_mut(..blocks).unwrap_or_default();
        argon2.hash_password_into_with_memory(password, salt, &mut out, memory)?;
        Ok(out)
    }
}

type Job = Box<dyn FnOnce(&mut Workspace) + Send>;

/// The pool.
pub struct Hasher {
    jobs: SyncSender<Job>,
    waiting: Arc<AtomicUsize>,
    params: Params,
}

/// How long a thread keeps its memory without work.
const KEEP_MEMORY: Duration = Duration::from_secs(5);

impl Hasher {
    /// Starts the threads.
    pub fn start(settings: &HasherSettings) -> Result<Self, Internal> {
        let params = Params::new(settings.memory_kib, settings.passes, settings.lanes, Some(32))
            .map_err(|_| Internal::Broken("the Argon2 parameters are out of range"))?;
        let (jobs, queue) = sync_channel(settings.queue.max(1));
        let queue = Arc::new(Mutex::new(queue));
        let waiting = Arc::new(AtomicUsize::new(0));
        for number in 0..settings.threads.max(1) {
            let (queue, waiting) = (Arc::clone(&queue), Arc::clone(&waiting));
            thread::Builder::new()
                .name(format!("hash-{number}"))
                .spawn(move || work(&queue, &waiting))
                .map_err(|_| Internal::Broken("a hashing thread cannot be started"))?;
        }
        Ok(Self { jobs, waiting, params })
    }

    /// Parameters of new hashes.
    pub fn params(&self) -> &Params {
        &self.params
    }

    /// Argon2id with the parameters of new hashes.
    pub fn argon2(&self) -> Argon2<'static> {
        Argon2::new(Algorithm::Argon2id, Version::V0x13, self.params.clone())
    }

    /// Jobs waiting.
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Runs a job in the pool.
    pub async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Workspace) -> T + Send + 'static,
    ) -> Result<T, QueueFull> {
        let (answer, done) = oneshot::channel();
        let boxed: Job = Box::new(move |workspace| {
            // Nobody listens any more when the client went away; the result is dropped.
            let _ = answer.send(job(workspace));
        });
        self.waiting.fetch_add(1, Ordering::Relaxed);
        if let Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) = self.jobs.try_send(boxed) {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            return Err(QueueFull);
        }
        done.await.map_err(|_| QueueFull)
    }
}

fn work(queue: &Mutex<Receiver<Job>>, waiting: &AtomicUsize) {
    let mut workspace = Workspace(Vec::new());
    loop {
        // The lock is held while waiting: the next idle thread takes over as soon as a job arrived.
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv_timeout(KEEP_MEMORY);
        match next {
            Ok(job) => {
                waiting.fetch_sub(1, Ordering::Relaxed);
                // A job that panics must not take the thread, and with it every sign-in, away.
                let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| job(&mut workspace)));
                if outcome.is_err() {
                    tracing::error!("a hashing job panicked");
                }
            }
            Err(RecvTimeoutError::Timeout) => workspace.0 = Vec::new(),
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small(queue: usize) -> Hasher {
        Hasher::start(&HasherSettings { memory_kib: 8, passes: 1, lanes: 1, threads: 1, queue }).unwrap()
    }

    #[tokio::test]
    async fn reused_memory_gives_the_same_hash() {
        let hasher = small(4);
        let hash = || {
            let argon2 = hasher.argon2();
            hasher.run(move |w| w.derive(&argon2, b"password", b"saltsalt").unwrap())
        };
        assert_eq!(hash().await, hash().await);
    }

    #[tokio::test]
    async fn a_full_queue_refuses_at_once() {
        let hasher = Arc::new(small(1));
        let (hold, held) = std::sync::mpsc::channel::<()>();
        let (started, is_started) = oneshot::channel();
        let first = Arc::clone(&hasher);
        let blocked = tokio::spawn(async move {
            first
                .run(move |_| {
                    let _ = started.send(());
                    let _ = held.recv();
                })
                .await
        });
        is_started.await.unwrap();
        let second = Arc::clone(&hasher);
        let queued = tokio::spawn(async move { second.run(|_| ()).await });
        while hasher.waiting() == 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(hasher.run(|_| ()).await, Err(QueueFull));
        drop(hold);
        assert_eq!((blocked.await.unwrap(), queued.await.unwrap()), (Ok(()), Ok(())));
    }

    #[tokio::test]
    async fn a_panicking_job_does_not_end_the_pool() {
        let hasher = small(4);
        assert_eq!(hasher.run(|_| panic!("on purpose")).await, Err::<(), _>(QueueFull));
        assert_eq!(hasher.run(|_| 7).await, Ok(7));
    }
}
