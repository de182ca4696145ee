//! Password hashing, in a pool of its own whose memory is reused within a burst.
//!
//! It is the only slow thing in the server. It never runs on the async threads, and when more of it is
//! asked for than can be done soon, the caller hears so at once.

use argon2::{Algorithm, Argon2, Block, Params, Version};

use crate::{
    Internal,
    pool::{Pace, Pool, QueueFull},
};

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

/// Memory of a thread, kept between jobs of a burst.
#[derive(Default)]
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

/// The pool and the parameters of new hashes.
pub struct Hasher {
    pool: Pool<Workspace>,
    params: Params,
}

impl Hasher {
    /// Starts the threads.
    pub fn start(settings: &HasherSettings) -> Result<Self, Internal> {
        let params = Params::new(settings.memory_kib, settings.passes, settings.lanes, Some(32))
            .map_err(|_| Internal::Broken("the Argon2 parameters are out of range"))?;
        Ok(Self { pool: Pool::start("hash", Pace::Behind, settings.threads, settings.queue)?, params })
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
        self.pool.waiting()
    }

    /// Runs a job in the pool.
    pub async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Workspace) -> T + Send + 'static,
    ) -> Result<T, QueueFull> {
        self.pool.run(job).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn reused_memory_gives_the_same_hash() {
        let settings = HasherSettings { memory_kib: 8, passes: 1, lanes: 1, threads: 1, queue: 4 };
        let hasher = Hasher::start(&settings).unwrap();
        let hash = || {
            let argon2 = hasher.argon2();
            hasher.run(move |w| w.derive(&argon2, b"password", b"saltsalt").unwrap())
        };
        assert_eq!(hash().await, hash().await);
    }
}
