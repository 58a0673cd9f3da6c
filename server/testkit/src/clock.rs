//! Time that stands still until a test moves it.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use publishing::Clock;
use tokio::sync::watch;

/// Begins at a fixed moment. Both clocks move together.
#[derive(Debug)]
pub struct FrozenClock {
    begun: Timestamp,
    passed: watch::Sender<Duration>,
}

impl FrozenClock {
    pub fn at(begun: Timestamp) -> Self {
        Self { begun, passed: watch::Sender::new(Duration::ZERO) }
    }

    /// Lets `time` pass; whoever sleeps up to then wakes.
    pub fn advance(&self, time: Duration) {
        self.passed.send_modify(|passed| *passed += time);
    }
}

impl Default for FrozenClock {
    /// Noon in the middle of a month, far from any change of clocks.
    fn default() -> Self {
        Self::at("2027-06-15T12:00:00Z".parse().expect("a time as ISO 8601 writes it"))
    }
}

#[async_trait]
impl Clock for FrozenClock {
    fn now(&self) -> Timestamp {
        self.begun + *self.passed.borrow()
    }

    fn monotonic(&self) -> Duration {
        *self.passed.borrow()
    }

    async fn sleep(&self, time: Duration) {
        let until = self.monotonic() + time;
        let mut passed = self.passed.subscribe();
        passed.wait_for(|passed| *passed >= until).await.expect("the sender lives in self");
    }
}
