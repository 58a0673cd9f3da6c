//! Simulated time, chance, queue, and a platform that keeps a feed of what is live: the judge.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream;
use jiff::{SignedDuration, Timestamp};
use model::{ChannelId, DeliveryId, Evidence};
use publishing::platform::Creator;
use publishing::platform::Live;
use publishing::{
    Answer, Blobs, ByteStream, CallLog, Capabilities, Class, Clock, Committed, Cx, Exchange, Hint, Hints,
    HintsError, Http, Idempotency, Job, Next, Owner, Platform, Prepared, Progress, Refusal, Request, Rng,
    StepPlan, StoreError, TokenTrouble, Tokens, Wire,
};
use secrecy::SecretString;

/// SplitMix64: small, seeded, the same on every machine.
#[derive(Clone)]
pub struct Dice(Arc<Mutex<u64>>);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15))))
    }

    pub fn roll(&self) -> u64 {
        let mut state = self.0.lock().expect("unpoisoned");
        *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = *state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn up_to(&self, bound: u64) -> u64 {
        self.roll() % bound
    }

    /// True in `per_mille` of 1,000 cases.
    pub fn sometimes(&self, per_mille: u64) -> bool {
        self.up_to(1000) < per_mille
    }
}

impl Rng for Dice {
    fn fill(&self, bytes: &mut [u8]) {
        for byte in bytes {
            *byte = self.roll().to_le_bytes()[0];
        }
    }
}

/// One clock for the database and, skewed, for processes.
#[derive(Clone)]
pub struct SimClock {
    start: tokio::time::Instant,
    dice: Dice,
    healed: Arc<Mutex<bool>>,
}

impl SimClock {
    pub fn new(dice: Dice) -> Self {
        Self { start: tokio::time::Instant::now(), dice, healed: Arc::default() }
    }

    pub fn db_now(&self) -> Timestamp {
        let passed = SignedDuration::try_from(self.start.elapsed()).expect("short");
        Timestamp::from_second(1_800_000_000).expect("valid") + passed
    }

    pub fn heal(&self) {
        *self.healed.lock().expect("unpoisoned") = true;
    }

    pub fn is_healed(&self) -> bool {
        *self.healed.lock().expect("unpoisoned")
    }

    /// A statement takes a moment, and now and then the process stands still or the database is away.
    pub async fn blink(&self) -> Result<(), StoreError> {
        if self.is_healed() {
            return Ok(());
        }
        if self.dice.sometimes(5) {
            tokio::time::sleep(Duration::from_secs(self.dice.up_to(90))).await;
        } else if self.dice.sometimes(100) {
            tokio::time::sleep(Duration::from_millis(self.dice.up_to(400))).await;
        }
        if self.dice.sometimes(10) { Err(away()) } else { Ok(()) }
    }

    pub fn lost_answer(&self) -> Result<(), StoreError> {
        if !self.is_healed() && self.dice.sometimes(20) { Err(away()) } else { Ok(()) }
    }
}

fn away() -> StoreError {
    StoreError::Unavailable(Box::new(std::io::Error::other("the database is away")))
}

#[async_trait]
impl Clock for SimClock {
    /// Five minutes wrong, and nothing may depend on it.
    fn now(&self) -> Timestamp {
        self.db_now() + SignedDuration::from_mins(5)
    }

    fn monotonic(&self) -> Duration {
        self.start.elapsed()
    }

    async fn sleep(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }
}

/// A queue that drops, doubles and reorders.
#[derive(Clone)]
pub struct BadQueue {
    pub hints: Arc<Mutex<Vec<Hint>>>,
    pub clock: SimClock,
    pub dice: Dice,
}

#[async_trait]
impl Hints for BadQueue {
    async fn push(&self, hints: &[Hint]) -> Result<(), HintsError> {
        if !self.clock.is_healed() && self.dice.sometimes(50) {
            return Err(HintsError("gone".into()));
        }
        let mut queue = self.hints.lock().expect("unpoisoned");
        for hint in hints {
            let copies = if self.clock.is_healed() {
                1
            } else {
                [0, 1, 1, 1, 1, 2, 3][usize::try_from(self.dice.up_to(7)).expect("small")]
            };
            for _ in 0..copies {
                let at = usize::try_from(self.dice.up_to(queue.len() as u64 + 1)).expect("small");
                queue.insert(at, *hint);
            }
        }
        Ok(())
    }
}

/// What the platform really did.
#[derive(Default)]
pub struct Feed {
    /// Live posts by delivery, with the moment they went live.
    pub live: BTreeMap<DeliveryId, Vec<Timestamp>>,
    /// Uploads waiting for their last part, by publish id.
    tasks: BTreeMap<String, Task>,
    pub commits: u64,
    ids: u64,
}

struct Task {
    delivery: DeliveryId,
    state: TaskState,
}

#[derive(Clone, Copy, PartialEq)]
enum TaskState {
    Waiting,
    Processing { until: Timestamp, fails: bool },
    Live,
    Failed,
}

static CAPABILITIES: [Capabilities; 2] =
    [capabilities(Idempotency::SetState), capabilities(Idempotency::None)];

const fn capabilities(idempotency: Idempotency) -> Capabilities {
    Capabilities {
        platform: model::Platform::Tiktok,
        idempotency,
        absence_is_proof: true,
        partly_sent_is_unknown: true,
        refresh_reuse_tolerant: false,
        lead: Duration::from_mins(15),
        commit_timeout: Duration::from_secs(30),
        confirm_limit: Duration::from_hours(24),
        poll: (Duration::from_secs(5), Duration::from_mins(1)),
    }
}

/// A platform with the manners of TikTok and every fault of the evidence lattice.
#[derive(Clone)]
pub struct FakePlatform {
    pub feed: Arc<Mutex<Feed>>,
    pub clock: SimClock,
    pub dice: Dice,
    /// Whether a repeated last part on the same task is harmless (0) or the platform promises nothing (1).
    pub kind: usize,
}

impl FakePlatform {
    async fn latency(&self) {
        tokio::time::sleep(Duration::from_millis(20 + self.dice.up_to(400))).await;
    }

    /// The call reaches the platform: the post will be live once processed.
    fn do_it(&self, publish_id: &str) -> bool {
        let now = self.clock.db_now();
        let mut feed = self.feed.lock().expect("unpoisoned");
        feed.commits += 1;
        let fails = !self.clock.is_healed() && self.dice.sometimes(60);
        let until = now + SignedDuration::from_secs(i64::try_from(self.dice.up_to(40)).expect("small"));
        let Some(task) = feed.tasks.get_mut(publish_id) else { return false };
        if task.state == TaskState::Waiting {
            task.state = TaskState::Processing { until, fails };
            if !fails {
                let delivery = task.delivery;
                feed.live.entry(delivery).or_default().push(now);
            }
            return true;
        }
        false
    }
}

fn said<T>(evidence: Evidence, outcome: Result<T, Refusal>) -> Answer<T> {
    Answer { outcome, evidence, log: CallLog::default() }
}

fn refused<T>(evidence: Evidence, class: Class) -> Answer<T> {
    said(evidence, Err(Refusal::new(class, format!("{evidence:?}"), "simulated")))
}

#[async_trait]
impl Platform for FakePlatform {
    fn capabilities(&self) -> &'static Capabilities {
        &CAPABILITIES[self.kind]
    }

    fn next(&self, job: &Job) -> Next {
        let plan = |kind: &str, index| StepPlan {
            kind: kind.into(),
            index,
            words: kind.into(),
            timeout: Duration::from_secs(30),
        };
        if job.count("init") == 0 {
            return Next::Prepare(plan("init", 0));
        }
        match job.count("chunk") {
            n @ 0..=1 => Next::Prepare(plan("chunk", n)),
            _ => Next::Commit(plan("last", 2)),
        }
    }

    async fn prepare(&self, _: &Cx<'_>, job: &Job, step: &StepPlan) -> Answer<Prepared> {
        self.latency().await;
        if !self.clock.is_healed() && self.dice.sometimes(80) {
            return match self.dice.up_to(6) {
                0 => refused(Evidence::E0, Class::Retry),
                1 => refused(Evidence::E3, Class::Ambiguous),
                2 => refused(Evidence::E6, Class::RateLimited),
                3 => refused(Evidence::E5, Class::Expired),
                4 if self.dice.sometimes(100) => refused(Evidence::E5, Class::Permanent),
                _ => refused(Evidence::E4, Class::Retry),
            };
        }
        let mut prepared = Prepared::default();
        if step.kind == "init" {
            let mut feed = self.feed.lock().expect("unpoisoned");
            feed.ids += 1;
            let id = format!("p{}", feed.ids);
            feed.tasks.insert(id.clone(), Task { delivery: job.fence.delivery, state: TaskState::Waiting });
            prepared.ids.insert("publish_id".into(), id);
            prepared.expires_in = Some(Duration::from_mins(55));
        }
        said(Evidence::E8, Ok(prepared))
    }

    async fn commit(&self, _: &Cx<'_>, job: &Job, step: &StepPlan) -> Answer<Committed> {
        let id = job.id("publish_id").expect("staged").to_owned();
        let deadline = self.clock.monotonic() + step.timeout;
        // A process may stand still here; the HTTP layer sends no byte after the deadline.
        if !self.clock.is_healed() && self.dice.sometimes(20) {
            tokio::time::sleep(Duration::from_secs(self.dice.up_to(120))).await;
        }
        self.latency().await;
        if self.clock.monotonic() > deadline {
            return refused(Evidence::E1, Class::Retry);
        }
        let fault = if self.clock.is_healed() { 99 } else { self.dice.up_to(30) };
        match fault {
            0 => refused(Evidence::E0, Class::Retry),
            1 => refused(Evidence::E2, Class::Retry),
            2 => refused(Evidence::E3, Class::Ambiguous),
            3 => {
                self.do_it(&id);
                refused(Evidence::E3, Class::Ambiguous)
            }
            4 => refused(Evidence::E4, Class::Ambiguous),
            5 => {
                self.do_it(&id);
                refused(Evidence::E4, Class::Ambiguous)
            }
            6 => {
                self.do_it(&id);
                refused(Evidence::E7, Class::Ambiguous)
            }
            7 => refused(Evidence::E6, Class::RateLimited),
            8 if self.dice.sometimes(200) => refused(Evidence::E5, Class::Permanent),
            9 => {
                self.do_it(&id);
                // The answer is on its way when the worker dies or the time runs out.
                tokio::time::sleep(step.timeout).await;
                refused(Evidence::E3, Class::Ambiguous)
            }
            _ => {
                if self.do_it(&id) {
                    self.latency().await;
                    said(Evidence::E8, Ok(Committed::default()))
                } else {
                    refused(Evidence::E5, Class::Expired)
                }
            }
        }
    }

    async fn look(&self, _: &Cx<'_>, job: &Job) -> Answer<Progress> {
        self.latency().await;
        if !self.clock.is_healed() && self.dice.sometimes(150) {
            return refused(Evidence::E4, Class::Retry);
        }
        let now = self.clock.db_now();
        let mut feed = self.feed.lock().expect("unpoisoned");
        let Some(task) = job.id("publish_id").and_then(|id| feed.tasks.get_mut(id)) else {
            return said(Evidence::E8, Ok(Progress::NotFound));
        };
        if let TaskState::Processing { until, fails } = task.state
            && now >= until
        {
            task.state = if fails { TaskState::Failed } else { TaskState::Live };
        }
        let progress = match task.state {
            TaskState::Waiting => Progress::Incomplete,
            TaskState::Processing { .. } => Progress::Processing,
            TaskState::Live => Progress::Live(Live { remote_id: Some(task.delivery.to_string()), url: None }),
            TaskState::Failed => Progress::Failed {
                refusal: Refusal::new(Class::Retry, "internal", "simulated"),
                may_retry: true,
            },
        };
        said(Evidence::E8, Ok(progress))
    }
}

#[async_trait]
impl publishing::Accounts for FakePlatform {
    fn authorize_url(&self, _: &publishing::Authorize) -> String {
        String::new()
    }
    async fn connect(&self, _: &dyn Http, _: &publishing::CodeExchange) -> Answer<publishing::Connected> {
        refused(Evidence::E5, Class::Permanent)
    }
    async fn refresh(&self, _: &dyn Http, _: &SecretString) -> Answer<publishing::TokenSet> {
        refused(Evidence::E5, Class::Permanent)
    }
    async fn revoke(&self, _: &dyn Http, _: &SecretString) -> Answer<()> {
        said(Evidence::E8, Ok(()))
    }
    async fn creator(&self, _: &dyn Http, _: &SecretString) -> Answer<Creator> {
        refused(Evidence::E5, Class::Permanent)
    }
}

/// Tokens that are sometimes not to be had for a while.
pub struct SimTokens {
    pub clock: SimClock,
    pub dice: Dice,
}

#[async_trait]
impl Tokens for SimTokens {
    async fn access(&self, _: ChannelId, _: Duration) -> Result<SecretString, TokenTrouble> {
        if !self.clock.is_healed() && self.dice.sometimes(20) {
            return Err(TokenTrouble::Later("simulated".into()));
        }
        Ok("token".into())
    }

    async fn refused(&self, _: ChannelId) -> Result<(), TokenTrouble> {
        Ok(())
    }
}

/// Knows who was killed.
#[derive(Clone, Default)]
pub struct Graves(pub Arc<Mutex<BTreeSet<String>>>);

impl publishing::Census for Graves {
    fn is_dead(&self, owner: &Owner) -> bool {
        self.0.lock().expect("unpoisoned").contains(&owner.id)
    }
}

/// The simulated platform needs neither network nor files.
pub struct Nothing;

#[async_trait]
impl Http for Nothing {
    async fn send(&self, _: Request) -> Exchange {
        Exchange {
            wire: Wire::NotConnected,
            status: 0,
            headers: Vec::new(),
            body: Bytes::new(),
            trouble: None,
            took: Duration::ZERO,
        }
    }
}

#[async_trait]
impl Blobs for Nothing {
    async fn read(&self, _: &str, _: u64, _: u64) -> std::io::Result<ByteStream> {
        Ok(Box::pin(stream::empty()))
    }
}
