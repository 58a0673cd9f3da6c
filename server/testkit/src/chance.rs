//! Chance that falls the same way at every run.

use std::sync::Mutex;

use publishing::Rng;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

/// The same seed, the same bytes, as long as they are asked for in the same order.
#[derive(Debug)]
pub struct SeededRng(Mutex<StdRng>);

impl SeededRng {
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(StdRng::seed_from_u64(seed)))
    }
}

impl Rng for SeededRng {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.lock().expect("nobody panics while holding it").fill_bytes(bytes);
    }
}
