//! The loops of a worker: claim and hint, take what nobody heard of, take over from the dead, say "I live".
//!
//! Two lanes bring deliveries to the executor: Redis, and every second the database itself for hints older
//! than 2 s. Either alone is enough; both together are harmless, because taking a delivery up is a
//! compare-and-set on its epoch.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use publishing::{Clock, Executor, Handled, Hint, StoreError};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::queue::{Handler, Queue};

/// Deliveries worked on at the same time by one process.
const AT_A_TIME: usize = 64;
/// A hint that finds every hand full waits so long and is dropped; the database brings it again.
const PATIENCE: Duration = Duration::from_secs(2);
/// After "stop" work in hand may go on for so long.
pub const DRAIN: Duration = Duration::from_secs(20);

const CLAIM_EVERY: Duration = Duration::from_millis(250);
/// Half of this is how late an idle worker is on average.
const CLAIM_IDLE: Duration = Duration::from_millis(500);
const LISTEN_EVERY: Duration = Duration::from_secs(1);
const RECONCILE_EVERY: Duration = Duration::from_secs(5);
/// PUBLISHING §2, rule 15.
const BEAT_EVERY: Duration = Duration::from_secs(2);

/// How the worker fares, for `/readyz`.
#[derive(Debug, Default)]
pub struct Pulse {
    /// Monotonic milliseconds of the last claim that the database answered; 0 before the first.
    claimed_at_ms: AtomicU64,
}

impl Pulse {
    /// How long ago the claim loop last got an answer from the database; `None` before the first.
    pub fn since_claim(&self, clock: &dyn Clock) -> Option<Duration> {
        let at = self.claimed_at_ms.load(Ordering::Relaxed);
        (at > 0).then(|| clock.monotonic().saturating_sub(Duration::from_millis(at)))
    }

    fn claimed(&self, clock: &dyn Clock) {
        let now = u64::try_from(clock.monotonic().as_millis()).unwrap_or(u64::MAX);
        self.claimed_at_ms.store(now.max(1), Ordering::Relaxed);
    }
}

/// A loop of the worker ended although nobody asked it to: the process must not live on without it.
#[derive(Debug, thiserror::Error)]
#[error("the worker's `{lane}` ended by itself")]
pub struct Ended {
    pub lane: &'static str,
}

/// What the loops share.
#[derive(Clone)]
pub struct Worker {
    executor: Arc<Executor>,
    queue: Arc<Queue>,
    pulse: Arc<Pulse>,
    /// Wakes the dispatcher before its pause is over; told when something was scheduled for now.
    wake: Arc<Notify>,
    hands: Arc<Semaphore>,
    in_hand: TaskTracker,
}

impl Worker {
    pub fn new(executor: Arc<Executor>, queue: Arc<Queue>, wake: Arc<Notify>) -> Self {
        Self {
            executor,
            queue,
            pulse: Arc::default(),
            wake,
            hands: Arc::new(Semaphore::new(AT_A_TIME)),
            in_hand: TaskTracker::new(),
        }
    }

    pub fn pulse(&self) -> Arc<Pulse> {
        Arc::clone(&self.pulse)
    }

    /// Works until `stop`, then takes nothing new and gives what is in hand up to [`DRAIN`] to finish.
    /// What is left then is taken over by the next worker. Fails when a loop ends by itself.
    pub async fn run(self, stop: CancellationToken) -> Result<(), Ended> {
        let halt = stop.child_token();
        let mut loops = JoinSet::new();
        loops.spawn(named("dispatcher", self.clone().dispatch(halt.clone())));
        loops.spawn(named("database lane", self.clone().listen(halt.clone())));
        loops.spawn(named("reconciler", self.clone().reconcile(halt.clone())));
        let queue = Arc::clone(&self.queue);
        let (handler, halted) = (self.handler(), halt.clone());
        loops.spawn(named("queue", async move { queue.work(handler, halted).await }));
        // Beats go on while work is in hand: without them others would take it over.
        let beat_until = CancellationToken::new();
        let beats = tokio::spawn(self.clone().beat(beat_until.clone()));

        let ended = tokio::select! {
            () = stop.cancelled() => None,
            first = loops.join_next() => Some(match first {
                Some(Ok(lane)) => lane,
                _ => "loop",
            }),
        };
        halt.cancel();
        let drained = tokio::time::timeout(DRAIN, async {
            while loops.join_next().await.is_some() {}
            self.in_hand.close();
            self.in_hand.wait().await;
        });
        if drained.await.is_err() {
            tracing::warn!(
                left = self.in_hand.len(),
                "Stopped with work in hand; the next worker takes it over"
            );
        }
        beat_until.cancel();
        // The beat's own trouble was logged where it happened.
        let _ = beats.await;
        // A stop that was asked for meanwhile explains every end.
        match ended {
            Some(lane) if !stop.is_cancelled() => Err(Ended { lane }),
            _ => Ok(()),
        }
    }

    fn handler(&self) -> Handler {
        let worker = self.clone();
        Arc::new(move |hint| {
            let worker = worker.clone();
            Box::pin(async move {
                let hands = Arc::clone(&worker.hands);
                if let Ok(Ok(hand)) = tokio::time::timeout(PATIENCE, hands.acquire_owned()).await {
                    // The task of its own survives the end of the queue's worker.
                    let _ = worker.take_up(hint, hand).await;
                }
            })
        })
    }

    /// Works on a delivery with a free hand, in a task that `run` waits for.
    fn take_up(&self, hint: Hint, hand: OwnedSemaphorePermit) -> tokio::task::JoinHandle<()> {
        let executor = Arc::clone(&self.executor);
        self.in_hand.spawn(async move {
            match executor.handle(hint).await {
                Ok(Handled::Rests(state)) => {
                    tracing::debug!(delivery.id = %hint.delivery, state = state.as_str(), "Went as far as it could");
                }
                Ok(Handled::NotOurs) => {}
                Err(error) => {
                    // Whatever was going on is taken over when the lease ends.
                    tracing::error!(delivery.id = %hint.delivery, error = &error as &dyn std::error::Error,
                        "Could not work on `{}`", hint.delivery);
                }
            }
            drop(hand);
        })
    }

    /// Claims what is due and hints at it; works on it here when the queue takes no hints.
    async fn dispatch(self, halt: CancellationToken) {
        let trouble = Trouble::default();
        let mut pause = CLAIM_EVERY;
        loop {
            match self.executor.dispatch_once().await {
                Ok(done) => {
                    trouble.over();
                    self.pulse.claimed(&*self.executor.clock);
                    pause = if done.claimed > 0 { CLAIM_EVERY } else { (pause * 2).min(CLAIM_IDLE) };
                    for hint in done.unpushed {
                        // With all hands full the database lane follows within seconds.
                        let Ok(hand) = Arc::clone(&self.hands).try_acquire_owned() else { break };
                        self.take_up(hint, hand);
                    }
                }
                Err(error) => trouble.tell("claim what is due", &error),
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.wake.notified() => {}
                () = halt.cancelled() => return,
            }
        }
    }

    /// The lane without Redis: hints that nobody took up within 2 s.
    async fn listen(self, halt: CancellationToken) {
        let trouble = Trouble::default();
        while pause(LISTEN_EVERY, &halt).await {
            let free = u32::try_from(self.hands.available_permits()).unwrap_or(u32::MAX);
            if free == 0 {
                continue;
            }
            match self.executor.store.unheard(free).await {
                Ok(hints) => {
                    trouble.over();
                    for hint in hints {
                        let Ok(hand) = Arc::clone(&self.hands).try_acquire_owned() else { break };
                        self.take_up(hint, hand);
                    }
                }
                Err(error) => trouble.tell("look for unheard hints", &error),
            }
        }
    }

    async fn reconcile(self, halt: CancellationToken) {
        let trouble = Trouble::default();
        loop {
            match self.executor.reconcile_once().await {
                Ok(_) => trouble.over(),
                Err(error) => trouble.tell("take over from dead workers", &error),
            }
            if !pause(RECONCILE_EVERY, &halt).await {
                return;
            }
        }
    }

    async fn beat(self, until: CancellationToken) {
        let trouble = Trouble::default();
        loop {
            match self.executor.store.beat(&self.executor.owner).await {
                Ok(()) => trouble.over(),
                Err(error) => trouble.tell("say that this worker lives", &error),
            }
            if !pause(BEAT_EVERY, &until).await {
                return;
            }
        }
    }
}

/// Says so once when something begins to fail, and once when it works again.
#[derive(Default)]
struct Trouble(AtomicBool);

impl Trouble {
    fn tell(&self, what: &str, error: &StoreError) {
        if !self.0.swap(true, Ordering::Relaxed) {
            tracing::error!(error = error as &dyn std::error::Error, "Cannot {what}; trying on quietly");
        }
    }

    fn over(&self) {
        if self.0.swap(false, Ordering::Relaxed) {
            tracing::info!("The database answers the worker again");
        }
    }
}

async fn named(lane: &'static str, work: impl Future<Output = ()>) -> &'static str {
    work.await;
    lane
}

/// Waits; `false` when it is time to stop.
async fn pause(time: Duration, halt: &CancellationToken) -> bool {
    tokio::select! {
        () = tokio::time::sleep(time) => true,
        () = halt.cancelled() => false,
    }
}
