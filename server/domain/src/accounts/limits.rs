//! The limit per line (/24 or /64), in memory: it spares the database, the counters there are the truth.

use std::num::NonZeroU32;
use std::ops::Add;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use governor::clock::{Clock as GovernorClock, Reference};
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use publishing::Clock;

use super::AccountError;
use super::rules::prefix;
use crate::{Domain, Visit};

const TRIES: NonZeroU32 = NonZeroU32::new(30).expect("30 is not 0");
const WITHIN: Duration = Duration::from_mins(15);
/// With more lines than this those that are calm again are forgotten.
const MANY: usize = 10_000;

type Limiter = RateLimiter<String, DashMapStateStore<String>, Ticks, NoOpMiddleware<Moment>>;

/// Made at the first try, because only then the clock is at hand.
#[derive(Default)]
pub(super) struct Doors(OnceLock<Limiter>);

impl Doors {
    /// Counts a try from where `visit` comes from; visits without an address are not counted.
    pub(super) fn pass(&self, domain: &Domain, visit: &Visit) -> Result<(), AccountError> {
        let Some(ip) = visit.ip else { return Ok(()) };
        let limiter = self.0.get_or_init(|| {
            let quota = Quota::with_period(WITHIN / TRIES.get()).expect("30 s is not 0").allow_burst(TRIES);
            Limiter::dashmap_with_clock(quota, Ticks(domain.clock.clone()))
        });
        if limiter.len() > MANY {
            limiter.retain_recent();
        }
        limiter.check_key(&prefix(ip)).map_err(|not_until| {
            let now = Moment(domain.clock.monotonic());
            AccountError::TooMany { wait: not_until.wait_time_from(now) }
        })
    }
}

/// Our clock in governor's words.
#[derive(Clone)]
struct Ticks(Arc<dyn Clock>);

impl GovernorClock for Ticks {
    type Instant = Moment;

    fn now(&self) -> Moment {
        Moment(self.0.monotonic())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Moment(Duration);

impl Add<Nanos> for Moment {
    type Output = Self;

    fn add(self, other: Nanos) -> Self {
        Self(self.0.saturating_add(other.into()))
    }
}

impl Reference for Moment {
    fn duration_since(&self, earlier: Self) -> Nanos {
        self.0.saturating_sub(earlier.0).into()
    }

    fn saturating_sub(&self, duration: Nanos) -> Self {
        Self(self.0.checked_sub(duration.into()).unwrap_or(self.0))
    }
}
