//! The mechanics of second factors: what a secret is, which code is right, what a person typed.

pub mod kinds;
pub mod recovery;
pub mod totp;
pub mod typed;
pub mod webauthn;

/// `text` (ASCII) in groups of `size` characters with `separator` between them.
fn grouped(text: &str, size: usize, separator: char) -> String {
    // The exact size: a secret is never copied while the text grows or shrinks.
    let mut out = String::with_capacity(text.len() + text.len().saturating_sub(1) / size);
    for (index, c) in text.chars().enumerate() {
        if index > 0 && index % size == 0 {
            out.push(separator);
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod testing {
    use std::sync::Mutex;

    use rand_chacha::{
        ChaCha20Rng,
        rand_core::{Rng, SeedableRng},
    };

    use crate::entropy::Entropy;

    /// The same bytes for the same seed.
    pub(super) struct Seeded(Mutex<ChaCha20Rng>);

    impl Seeded {
        pub(super) fn new(seed: u64) -> Self {
            Self(Mutex::new(ChaCha20Rng::seed_from_u64(seed)))
        }
    }

    impl Entropy for Seeded {
        fn fill(&self, buffer: &mut [u8]) {
            self.0.lock().unwrap().fill_bytes(buffer);
        }
    }
}
