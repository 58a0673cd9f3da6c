//! What an adapter reports of a call: the value or the refusal, and always the evidence.

use std::time::Duration;

use model::Evidence;
use serde::{Deserialize, Serialize};

/// How a refusal is to be met (failure tables of the contracts).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Transient; the same call may be made again.
    Retry,
    /// Asked to slow down; again after `retry_after`.
    RateLimited,
    /// The access token is no longer taken; refresh, then once more.
    Refresh,
    /// A person has to connect the account again.
    Reconnect,
    /// What was prepared is gone (an upload address died); prepare anew.
    Expired,
    /// It will never be taken.
    Permanent,
    /// Nobody can say.
    Ambiguous,
}

/// A call that did not bring what was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    pub class: Class,
    /// The platform's own code, or ours for what never reached it.
    pub code: String,
    /// For people: what happened and what to do.
    pub message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<Duration>,
}

impl Refusal {
    pub fn new(class: Class, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { class, code: code.into(), message: message.into(), retry_after: None }
    }

    #[must_use]
    pub fn after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }
}

/// What was sent and what came back, with every secret left out. Kept with the step.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallLog {
    pub method: String,
    /// Without the query.
    pub url: String,
    pub status: u16,
    /// The platform's own request id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform_ref: Option<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sent: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub received: String,
    pub took_ms: u64,
}

/// Value and evidence together.
#[derive(Debug)]
pub struct Answer<T> {
    pub outcome: Result<T, Refusal>,
    pub evidence: Evidence,
    pub log: CallLog,
}

impl<T> Answer<T> {
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Answer<U> {
        Answer { outcome: self.outcome.map(change), evidence: self.evidence, log: self.log }
    }
}
