//! Takes one delivery as far as it can go: dispatch, take up, and the way through the states.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use model::DeliveryState;
use tracing::{debug, info, warn};

use crate::crash_point;
use crate::http::Http;
use crate::platform::{Blobs, Entry, Platforms, TokenTrouble, Tokens};
use crate::store::{
    Census, Hint, Hints, HintsError, Job, Owner, Reason, StepEnd, Store, StoreError, Then, Transition,
};
use crate::time::{Clock, Rng};

/// How many due deliveries one claim takes (README §2).
const CLAIM_BATCH: u32 = 200;
/// How long a delivery is left alone by others after it was taken up (README §2, rule 15).
pub(crate) const LEASE: Duration = Duration::from_secs(45);
/// Added to a step's own time limit when the lease is stretched for it.
pub(crate) const LEASE_MARGIN: Duration = Duration::from_secs(15);

/// The worker's half of publishing.
#[derive(Clone)]
pub struct Executor {
    pub store: Arc<dyn Store>,
    pub hints: Arc<dyn Hints>,
    pub platforms: Platforms,
    pub http: Arc<dyn Http>,
    pub blobs: Arc<dyn Blobs>,
    pub tokens: Arc<dyn Tokens>,
    pub census: Arc<dyn Census>,
    pub clock: Arc<dyn Clock>,
    pub rng: Arc<dyn Rng>,
    pub owner: Owner,
}

/// What came of a hint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handled {
    /// The delivery went as far as it could and waits in this state.
    Rests(DeliveryState),
    /// The hint was stale, or somebody else took over: nothing was written.
    NotOurs,
}

/// What came of a claim.
#[derive(Debug, Default)]
pub struct Dispatched {
    pub claimed: usize,
    /// Hints the queue did not take; the caller works on them itself.
    pub unpushed: Vec<Hint>,
    pub trouble: Option<HintsError>,
}

/// A delivery in hand: its job, and the time by the database clock as far as we can know it.
pub(crate) struct Hand<'a> {
    pub executor: &'a Executor,
    pub entry: &'a Entry,
    pub job: Job,
    taken: Duration,
    /// A refresh was already forced for this hand; a second refusal is not answered by a third try.
    pub refreshed: bool,
}

impl Executor {
    /// Claims what is due and wakes workers.
    pub async fn dispatch_once(&self) -> Result<Dispatched, StoreError> {
        let hints = self.store.claim(CLAIM_BATCH).await?;
        crash_point!("K05");
        if hints.is_empty() {
            return Ok(Dispatched::default());
        }
        let claimed = hints.len();
        match self.hints.push(&hints).await {
            Ok(()) => {
                crash_point!("K06");
                Ok(Dispatched { claimed, ..Dispatched::default() })
            }
            Err(trouble) => Ok(Dispatched { claimed, unpushed: hints, trouble: Some(trouble) }),
        }
    }

    /// Frees what dead owners held. Returns how many deliveries that were.
    pub async fn reconcile_once(&self) -> Result<u64, StoreError> {
        let dead: Vec<Owner> =
            self.store.owners().await?.into_iter().filter(|owner| self.census.is_dead(owner)).collect();
        let freed = self.store.release_dead(&dead).await?;
        if freed > 0 {
            info!(freed, "Took over {freed} deliveries of workers that are gone");
        }
        Ok(freed)
    }

    /// Works on a delivery until it has to wait.
    pub async fn handle(&self, hint: Hint) -> Result<Handled, StoreError> {
        crash_point!("K09");
        let taken = self.clock.monotonic();
        let Some(job) = self.store.take(hint, &self.owner, LEASE).await? else {
            debug!(delivery.id = %hint.delivery, "Dropped a stale hint");
            return Ok(Handled::NotOurs);
        };
        let Some(entry) = self.platforms.get(job.platform) else {
            return self.no_platform(&job).await;
        };
        let mut hand = Hand { executor: self, entry, job, taken, refreshed: false };
        match hand.run().await {
            Ok(state) => Ok(Handled::Rests(state)),
            Err(StoreError::Lost) => {
                warn!(delivery.id = %hint.delivery, "Stopped: somebody else owns the delivery now");
                Ok(Handled::NotOurs)
            }
            Err(other) => Err(other),
        }
    }

    /// This instance is not set up for the platform: nothing is proved either way, so look again later.
    async fn no_platform(&self, job: &Job) -> Result<Handled, StoreError> {
        let reason = Reason::new(
            "not_set_up",
            format!(
                "This instance is not set up for {}. An operator has to add its keys.",
                job.platform.label()
            ),
        );
        let change = if job.now > job.late_limit_at && job.irreversible().is_none() {
            Transition::to(DeliveryState::Missed, Then::Never)
        } else {
            let stay =
                if job.state == DeliveryState::Preparing { DeliveryState::Scheduled } else { job.state };
            Transition::to(stay, Then::In(Duration::from_mins(1)))
        };
        let to = change.to;
        self.store.settle(&job.fence, None, change.because(reason)).await?;
        Ok(Handled::Rests(to))
    }
}

impl Hand<'_> {
    async fn run(&mut self) -> Result<DeliveryState, StoreError> {
        match self.job.state {
            DeliveryState::Preparing => self.prepare().await,
            DeliveryState::Staged => self.commit().await,
            DeliveryState::Committing => self.sender_is_gone().await,
            DeliveryState::Confirming => self.confirm().await,
            DeliveryState::Verifying => self.verify().await,
            DeliveryState::Blocked if self.is_too_late() => self.too_late().await,
            // Nothing to do by itself in any other state: take it off the list.
            state => self.settle(None, Transition::to(state, Then::Never)).await,
        }
    }

    /// The database's time, carried on by our monotonic clock; for waits and expiries only, never for
    /// "is it due" (the gate asks the database).
    pub fn now(&self) -> Timestamp {
        let passed = self.executor.clock.monotonic().saturating_sub(self.taken);
        self.job
            .now
            .saturating_add(SignedDuration::try_from(passed).unwrap_or(SignedDuration::MAX))
            .unwrap_or(Timestamp::MAX)
    }

    pub fn is_too_late(&self) -> bool {
        self.now() > self.job.late_limit_at
    }

    /// The late policy's end: never a surprise post after an outage (README §2, rule 12).
    pub async fn too_late(&mut self) -> Result<DeliveryState, StoreError> {
        let change = if self.job.skip_when_late {
            Transition::to(DeliveryState::Canceled, Then::Never).because(Reason::new(
                "skipped",
                "Skipped: it could not go out in time, and the post says to skip then.",
            ))
        } else {
            Transition::to(DeliveryState::Missed, Then::Never).because(Reason::new(
                "missed",
                "It could not go out within the time you allowed. Nothing was published. Choose a new time or \
                 cancel it.",
            ))
        };
        self.settle(None, change).await
    }

    /// Writes the end of a step and a change of state, and follows it in the job.
    pub async fn settle(
        &mut self,
        end: Option<StepEnd>,
        change: Transition,
    ) -> Result<DeliveryState, StoreError> {
        let to = change.to;
        self.executor.store.settle(&self.job.fence, end, change).await?;
        self.job.state = to;
        Ok(to)
    }

    /// 2, 4, 8 … 300 s with a tenth of jitter.
    pub fn backoff(&self) -> Duration {
        let seconds = 2_u64.saturating_pow(self.job.attempts.saturating_add(1).min(9)).min(300);
        Duration::from_millis(seconds * 1000 + self.executor.rng.below(seconds * 100 + 1))
    }

    /// A delivery that cannot go on without a person; becomes missed when nobody helps in time.
    pub async fn block(&mut self, end: Option<StepEnd>, reason: Reason) -> Result<DeliveryState, StoreError> {
        self.settle(end, Transition::to(DeliveryState::Blocked, Then::AtLateLimit).because(reason)).await
    }

    pub fn token_reason(trouble: &TokenTrouble) -> Reason {
        match trouble {
            TokenTrouble::Reconnect(why) => Reason::new("reconnect", why.clone()),
            TokenTrouble::Later(why) => Reason::new(
                "token_later",
                format!("The platform's sign-in does not answer right now ({why}). Trying again."),
            ),
        }
    }
}
