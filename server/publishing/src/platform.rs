//! What a social platform must offer. Adapters are stateless, speak only through [`Http`], never retry,
//! and report evidence; the core decides.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use model::{ChannelId, Platform as PlatformName, Privacy};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::answer::{Answer, Refusal};
use crate::http::{ByteStream, Http};
use crate::store::Job;

/// How a platform lets us keep an irreversible call from happening twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Idempotency {
    /// It takes a key of ours.
    Key,
    /// The call sets a state on an object whose id we already hold.
    SetState,
    /// Nothing; only looking helps.
    None,
}

/// What differs between platforms, as data (README §4).
#[derive(Debug)]
pub struct Capabilities {
    pub platform: PlatformName,
    pub idempotency: Idempotency,
    /// A look-up that finds nothing proves that nothing is there.
    pub absence_is_proof: bool,
    /// A commit call that broke off half way may have taken effect all the same (chunked uploads: the
    /// platform may assemble what it has). README §2, E2.
    pub partly_sent_is_unknown: bool,
    /// The same refresh token may be sent again after an unanswered refresh.
    pub refresh_reuse_tolerant: bool,
    /// How long before the due time the reversible work begins.
    pub lead: Duration,
    /// A commit call is given up after this.
    pub commit_timeout: Duration,
    /// Without a final status after this, confirming becomes verifying.
    pub confirm_limit: Duration,
    /// How often the status of something processing is read, first and last interval.
    pub poll: (Duration, Duration),
}

/// What is to be published, as composed; the same on every try.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Content {
    pub caption: String,
    pub privacy: Option<Privacy>,
    pub allow_comment: bool,
    pub allow_duet: bool,
    pub allow_stitch: bool,
    pub your_brand: bool,
    pub branded_content: bool,
    pub ai_made: bool,
}

/// The file to publish.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Media {
    /// Where storage keeps it.
    pub key: String,
    pub mime: String,
    pub size_bytes: u64,
    /// Lower-case hex of SHA-256 over the file.
    pub sha256: String,
    pub duration_ms: Option<u64>,
}

/// Stored files, read in parts.
#[async_trait]
pub trait Blobs: Send + Sync {
    /// Opens bytes `from..to` of the file under `key`.
    async fn read(&self, key: &str, from: u64, to: u64) -> std::io::Result<ByteStream>;
}

/// Why no token could be had.
#[derive(Debug, thiserror::Error)]
pub enum TokenTrouble {
    /// A person has to connect the account again; says why in words.
    #[error("{0}")]
    Reconnect(String),
    /// Later it may work.
    #[error("no access token can be had now: {0}")]
    Later(String),
}

/// Access tokens, refreshed behind the scenes with their own intent log (README §5).
#[async_trait]
pub trait Tokens: Send + Sync {
    /// A token that lives at least `for_at_least`.
    async fn access(&self, channel: ChannelId, for_at_least: Duration) -> Result<SecretString, TokenTrouble>;
    /// The platform refused this token although it should live: refresh before the next use.
    async fn refused(&self, channel: ChannelId) -> Result<(), TokenTrouble>;
}

/// All an adapter gets for one call.
pub struct Cx<'a> {
    pub http: &'a dyn Http,
    pub blobs: &'a dyn Blobs,
    pub token: &'a SecretString,
}

/// The next thing to do for a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Something that can be undone or is harmless when repeated.
    Prepare(StepPlan),
    /// All is prepared; the one irreversible call remains.
    Commit(StepPlan),
    /// The platform will never take this.
    Impossible(Refusal),
}

/// One step to take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepPlan {
    /// The adapter's own word, stored with the step: `video_init`, `chunk`, `last_chunk`.
    pub kind: String,
    /// Which one of several of the same kind; chunk number.
    pub index: u32,
    /// In words, for the attempts list: "Sent part 2 of 9".
    pub words: String,
    pub timeout: Duration,
}

/// What a preparing step brought.
#[derive(Debug, Default)]
pub struct Prepared {
    /// Ids to keep, committed before the next call.
    pub ids: BTreeMap<String, String>,
    /// Bearer addresses and the like: sealed before they are stored.
    pub secrets: BTreeMap<String, SecretString>,
    /// After this, what was prepared is worthless.
    pub expires_in: Option<Duration>,
}

/// What the irreversible call brought.
#[derive(Debug, Default)]
pub struct Committed {
    pub ids: BTreeMap<String, String>,
    /// The platform answered at once; otherwise it works on and the status is polled.
    pub live: Option<Live>,
}

/// Something live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Live {
    /// The post's id on the platform, where it gives one.
    pub remote_id: Option<String>,
    pub url: Option<String>,
}

/// What a look at the platform shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// Taken, and being worked on.
    Processing,
    /// The platform has not received everything: the irreversible call has not taken effect.
    Incomplete,
    Live(Live),
    /// It ended badly.
    Failed {
        refusal: Refusal,
        may_retry: bool,
    },
    /// The look showed nothing either way.
    NotFound,
}

/// What a consent screen is asked.
#[derive(Debug, Clone)]
pub struct Authorize {
    pub redirect_uri: String,
    pub state: String,
    /// RFC 7636 verifier; the adapter derives the challenge in the platform's way.
    pub pkce_verifier: SecretString,
}

/// What came back from the consent screen.
pub struct CodeExchange {
    pub code: SecretString,
    pub redirect_uri: String,
    pub pkce_verifier: SecretString,
}

/// Tokens as a platform gives them.
pub struct TokenSet {
    pub access: SecretString,
    /// `None` where the answer leaves it out: the old one stays (README §5).
    pub refresh: Option<SecretString>,
    pub access_expires_in: Duration,
    pub refresh_expires_in: Option<Duration>,
    pub scopes: Vec<String>,
}

/// A freshly connected account.
pub struct Connected {
    pub tokens: TokenSet,
    pub remote_account: String,
    pub name: String,
    pub handle: String,
    pub avatar_url: Option<String>,
}

/// What the account may do right now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Creator {
    pub nickname: String,
    pub username: String,
    pub privacy_options: Vec<Privacy>,
    pub comment_disabled: bool,
    pub duet_disabled: bool,
    pub stitch_disabled: bool,
    pub max_video_seconds: u32,
}

/// Publishing on one platform.
#[async_trait]
pub trait Platform: Send + Sync {
    fn capabilities(&self) -> &'static Capabilities;

    /// What comes next for `job`, from its confirmed steps alone. Pure.
    fn next(&self, job: &Job) -> Next;

    /// Takes a step that `next` named as `Prepare`.
    async fn prepare(&self, cx: &Cx<'_>, job: &Job, step: &StepPlan) -> Answer<Prepared>;

    /// Makes the one irreversible call.
    async fn commit(&self, cx: &Cx<'_>, job: &Job, step: &StepPlan) -> Answer<Committed>;

    /// Looks what became of it. Reads only.
    async fn look(&self, cx: &Cx<'_>, job: &Job) -> Answer<Progress>;
}

/// Connecting accounts of one platform.
#[async_trait]
pub trait Accounts: Send + Sync {
    /// The address of the consent screen.
    fn authorize_url(&self, ask: &Authorize) -> String;
    /// Swaps the code for tokens and reads who it is.
    async fn connect(&self, http: &dyn Http, code: &CodeExchange) -> Answer<Connected>;
    async fn refresh(&self, http: &dyn Http, refresh: &SecretString) -> Answer<TokenSet>;
    async fn revoke(&self, http: &dyn Http, token: &SecretString) -> Answer<()>;
    /// What the account may do right now (contract tiktok.md §3).
    async fn creator(&self, http: &dyn Http, token: &SecretString) -> Answer<Creator>;
}

/// A platform's two halves.
#[derive(Clone)]
pub struct Entry {
    pub platform: Arc<dyn Platform>,
    pub accounts: Arc<dyn Accounts>,
}

/// The platforms this instance is set up for.
#[derive(Clone, Default)]
pub struct Platforms(BTreeMap<PlatformName, Entry>);

impl Platforms {
    #[must_use]
    pub fn with(mut self, platform: Arc<dyn Platform>, accounts: Arc<dyn Accounts>) -> Self {
        self.0.insert(platform.capabilities().platform, Entry { platform, accounts });
        self
    }

    pub fn get(&self, name: PlatformName) -> Option<&Entry> {
        self.0.get(&name)
    }

    /// All that are set up, in a fixed order.
    pub fn names(&self) -> impl Iterator<Item = PlatformName> + '_ {
        self.0.keys().copied()
    }
}
