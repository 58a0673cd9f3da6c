//! Time of day and chance, handed in.
//!
//! Nothing that decides about due times or leases asks this clock: the database's clock does
//! (README §2, rule 2). It serves measurements, monotonic deadlines and logs.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

/// Where the time comes from.
#[async_trait]
pub trait Clock: Send + Sync {
    /// The wall clock of this process.
    fn now(&self) -> Timestamp;
    /// Time since some fixed moment; never goes back. Deadlines are measured with it.
    fn monotonic(&self) -> Duration;
    /// Waits. The core waits only while it holds an outcome that the store does not take.
    async fn sleep(&self, time: Duration);
}

/// Where chance comes from.
pub trait Rng: Send + Sync {
    /// Fills `bytes` so that nobody can guess them.
    fn fill(&self, bytes: &mut [u8]);

    /// A number below `bound` (which must not be 0), for jitter.
    fn below(&self, bound: u64) -> u64 {
        let mut bytes = [0; 8];
        self.fill(&mut bytes);
        u64::from_le_bytes(bytes) % bound
    }
}
