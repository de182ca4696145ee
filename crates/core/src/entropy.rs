//! Randomness as an argument.

/// A cryptographically secure source of random bytes. The binary implements it with the operating
/// system's generator, tests with a seeded one.
pub trait Entropy: Send + Sync {
    /// Fills `buffer` with random bytes.
    fn fill(&self, buffer: &mut [u8]);
}

/// `N` fresh random bytes.
pub fn random_bytes<const N: usize>(entropy: &dyn Entropy) -> [u8; N] {
    let mut bytes = [0_u8; N];
    entropy.fill(&mut bytes);
    bytes
}

/// A uniform number in `0..bound` by rejection sampling, so that no value is favoured.
///
/// `bound` must not be zero; zero is treated as one.
pub fn uniform_below(entropy: &dyn Entropy, bound: u32) -> u32 {
    let bound = bound.max(1);
    let limit = u32::MAX - u32::MAX % bound;
    loop {
        let candidate = u32::from_le_bytes(random_bytes(entropy));
        if candidate < limit {
            return candidate % bound;
        }
    }
}
