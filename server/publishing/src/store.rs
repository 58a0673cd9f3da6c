//! The schedule, the state machine's memory and the lock. Production: PostgreSQL. Every write names the
//! fence it was claimed with; zero rows mean that somebody else owns the delivery now (README §2).

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use model::{
    ChannelId, DeliveryId, DeliveryState, Evidence, Platform as PlatformName, PostId, StepId, StepOutcome,
    WorkspaceId,
};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::answer::CallLog;
use crate::platform::{Content, Media};

/// "Look at this delivery": all that ever travels through a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Hint {
    pub delivery: DeliveryId,
    pub epoch: i64,
}

/// A process that may own deliveries; unique per start.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Owner {
    /// `host/boot id/pid/start time`; tells on the same host whether it still lives.
    pub id: String,
}

/// The right to write: good while nobody has claimed the delivery anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fence {
    pub delivery: DeliveryId,
    pub epoch: i64,
    pub workspace: WorkspaceId,
}

/// Trouble with the store itself.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The fence is stale: stop, write nothing.
    #[error("somebody else owns the delivery now")]
    Lost,
    /// A rule of the guard refused the write; a bug of ours, and a duplicate that did not happen.
    #[error("the guard refused: {0}")]
    Guard(String),
    /// The database does not answer; nothing was decided.
    #[error("the store does not answer")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// A recorded step, as read back.
pub struct Step {
    pub id: StepId,
    /// 0 is the post itself; further parts are comments and the like.
    pub part: i32,
    pub kind: String,
    pub index: u32,
    pub irreversible: bool,
    pub outcome: StepOutcome,
    pub ids: BTreeMap<String, String>,
    pub secrets: BTreeMap<String, SecretString>,
    pub expires_at: Option<Timestamp>,
    pub begun_at: Timestamp,
    pub deadline_at: Option<Timestamp>,
    /// Who wrote the intent.
    pub owner: Owner,
}

/// Everything about a delivery that its worker needs. A snapshot: `now` is the database's time of reading.
pub struct Job {
    pub fence: Fence,
    pub post: PostId,
    pub channel: ChannelId,
    pub platform: PlatformName,
    /// The account's id on the platform.
    pub remote_account: String,
    pub state: DeliveryState,
    pub content: Content,
    pub media: Option<Media>,
    pub due_at: Timestamp,
    /// Later than this it is missed.
    pub late_limit_at: Timestamp,
    /// The late policy says "skip": too late means canceled, not missed.
    pub skip_when_late: bool,
    /// When the state was entered.
    pub since: Timestamp,
    /// Tries that were refuted so far; steers the backoff.
    pub attempts: u32,
    /// Looks made in the present state; steers the next one.
    pub looks: u32,
    /// In the order they were begun; refuted ones left out.
    pub steps: Vec<Step>,
    pub now: Timestamp,
}

impl Job {
    /// The id `name` out of the confirmed steps, the newest first.
    pub fn id(&self, name: &str) -> Option<&str> {
        self.confirmed().rev().find_map(|step| step.ids.get(name)).map(String::as_str)
    }

    /// The sealed value `name` out of the confirmed steps, the newest first.
    pub fn secret(&self, name: &str) -> Option<&SecretString> {
        self.confirmed().rev().find_map(|step| step.secrets.get(name))
    }

    /// How many steps of `kind` are confirmed.
    pub fn count(&self, kind: &str) -> u32 {
        u32::try_from(self.confirmed().filter(|step| step.kind == kind).count()).unwrap_or(u32::MAX)
    }

    /// Steps that took effect.
    pub fn confirmed(&self) -> impl DoubleEndedIterator<Item = &Step> {
        self.steps.iter().filter(|step| step.outcome == StepOutcome::Confirmed)
    }

    /// The irreversible step of part 0 that is neither refuted nor absent.
    pub fn irreversible(&self) -> Option<&Step> {
        self.steps.iter().find(|step| step.irreversible && step.part == 0)
    }

    /// The first moment at which something prepared becomes worthless.
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.confirmed().filter(|step| !step.irreversible).filter_map(|step| step.expires_at).min()
    }
}

/// A step about to be taken.
#[derive(Debug, Clone)]
pub struct NewStep {
    pub part: i32,
    pub kind: String,
    pub index: u32,
    /// For people, in the past tense.
    pub words: String,
    pub irreversible: bool,
    /// The call is over by then, one way or the other.
    pub timeout: Duration,
}

/// How a step ended.
pub struct StepEnd {
    pub step: StepId,
    pub outcome: StepOutcome,
    pub evidence: Evidence,
    /// Why, when refuted or unknown.
    pub note: Option<String>,
    pub ids: BTreeMap<String, String>,
    pub secrets: BTreeMap<String, SecretString>,
    pub expires_in: Option<Duration>,
    pub log: CallLog,
}

/// Why a delivery is where it is: a code for programs, a sentence for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    pub code: String,
    pub words: String,
}

impl Reason {
    pub fn new(code: impl Into<String>, words: impl Into<String>) -> Self {
        Self { code: code.into(), words: words.into() }
    }
}

/// When a delivery is looked at next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// After this time, by the database clock.
    In(Duration),
    /// At its due time, or at once when that has passed.
    AtDue,
    /// At the end of its late policy.
    AtLateLimit,
    /// Not by itself.
    Never,
}

/// A change of state, with all that belongs into the same transaction.
#[derive(Debug, Clone)]
pub struct Transition {
    pub to: DeliveryState,
    pub then: Then,
    pub reason: Option<Reason>,
    /// Set when it is live.
    pub remote_id: Option<String>,
    pub url: Option<String>,
    /// One more refuted try.
    pub counts_as_attempt: bool,
    /// Confirmed reversible steps are worthless now: close them as refuted with this note.
    pub abandon: Option<&'static str>,
}

impl Transition {
    pub fn to(to: DeliveryState, then: Then) -> Self {
        Self { to, then, reason: None, remote_id: None, url: None, counts_as_attempt: false, abandon: None }
    }

    #[must_use]
    pub fn because(mut self, reason: Reason) -> Self {
        self.reason = Some(reason);
        self
    }
}

/// The answer to "may the irreversible call be made now?", decided and recorded in one transaction.
#[derive(Debug)]
pub enum Gate {
    /// The intent is committed and the delivery is `committing`.
    Go(StepId),
    /// Not now; nothing was written. Stays `staged` and is to be looked at again after this (the executor
    /// settles that). Says why where people should know.
    Wait { again_in: Duration, reason: Option<Reason> },
    /// Later than the late policy allows.
    TooLate,
}

/// The memory of publishing.
#[async_trait]
pub trait Store: Send + Sync {
    /// Claims up to `limit` deliveries whose next look is due by the database clock: a higher epoch,
    /// and another look in 15 s should the hint get lost. The state does not change.
    async fn claim(&self, limit: u32) -> Result<Vec<Hint>, StoreError>;

    /// Hints given out more than 2 s ago that nobody took up.
    async fn unheard(&self, limit: u32) -> Result<Vec<Hint>, StoreError>;

    /// Takes a claimed delivery up. `None` when the hint is stale. `scheduled` becomes `preparing`
    /// (crash points K09, K10); open reversible steps of an earlier owner are closed as refuted.
    /// The delivery is left alone by others for `lease`.
    async fn take(&self, hint: Hint, owner: &Owner, lease: Duration) -> Result<Option<Job>, StoreError>;

    /// Keeps others away for another `lease`.
    async fn extend(&self, fence: &Fence, lease: Duration) -> Result<(), StoreError>;

    /// Commits the intent of a reversible step.
    async fn begin(&self, fence: &Fence, owner: &Owner, step: &NewStep) -> Result<StepId, StoreError>;

    /// Records how a reversible step ended, before the next call is made.
    async fn finish(&self, fence: &Fence, end: StepEnd) -> Result<(), StoreError>;

    /// Due by the database clock, within the late policy, kill switches off, the channel's slot free:
    /// then the intent of the irreversible step and `committing` in one transaction.
    async fn open_gate(&self, fence: &Fence, owner: &Owner, step: &NewStep) -> Result<Gate, StoreError>;

    /// Ends the irreversible step if `end` is given, and changes the state, in one transaction with
    /// the audit entry and the outbox rows. `change.to` may be the present state: then only the next look
    /// moves and `looks` grows. A step that was `unknown` or `confirmed` may end anew: as confirmed when a look
    /// found it, as refuted when a look proved that it did not take effect.
    async fn settle(&self, fence: &Fence, end: Option<StepEnd>, change: Transition)
    -> Result<(), StoreError>;

    /// Marks the process as alive; called every 2 s.
    async fn beat(&self, owner: &Owner) -> Result<(), StoreError>;

    /// Makes what dead owners held claimable: reversible work at once, open irreversible intents only
    /// when `dead` proves the sender can send no more. Returns how many rows were freed.
    /// Owners whose last beat is older than 10 s lose their reversible work.
    async fn release_dead(&self, dead: &[Owner]) -> Result<u64, StoreError>;

    /// Owners with leases, to be checked for life on this host.
    async fn owners(&self) -> Result<Vec<Owner>, StoreError>;
}

/// Knows which processes still live, on this host.
pub trait Census: Send + Sync {
    /// True only when it is proved: same host, and the process of that start is gone.
    fn is_dead(&self, owner: &Owner) -> bool;
}

/// The queue did not take the hints; nothing is lost by it.
#[derive(Debug, thiserror::Error)]
#[error("the queue does not take hints: {0}")]
pub struct HintsError(pub String);

/// Wakes workers. May drop, double, delay and reorder.
#[async_trait]
pub trait Hints: Send + Sync {
    async fn push(&self, hints: &[Hint]) -> Result<(), HintsError>;
}
