//! What this TikTok remembers: codes, grants with their tokens, and publish tasks.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use axum::http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::clock::Millis;
use crate::mp4::Facts;
use crate::tiktok::accounts::Account;
use crate::tiktok::answer::Refusal;

#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Book {
    pub(super) codes: Vec<Code>,
    pub(super) grants: Vec<Grant>,
    /// By `upload_id`, which is also the last part of the `publish_id`.
    pub(super) tasks: BTreeMap<String, Task>,
    /// Calls of the last minute by grant and call; behind a lock of their own, so that counting is no change to save.
    #[serde(skip)]
    rates: Mutex<HashMap<(u64, &'static str), VecDeque<Millis>>>,
}

/// A consent that waits to be exchanged. Codes and tokens are kept as hashes only.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Code {
    pub(super) hash: String,
    pub(super) open_id: String,
    pub(super) scopes: Vec<String>,
    pub(super) redirect_uri: String,
    pub(super) challenge: Option<String>,
    pub(super) expires_at_ms: Millis,
    /// The grant that was made of it.
    pub(super) grant: Option<u64>,
}

/// One family of tokens: everything that came from one consent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Grant {
    pub(super) id: u64,
    pub(super) open_id: String,
    pub(super) scopes: Vec<String>,
    pub(super) access: Vec<AccessToken>,
    pub(super) refresh_hash: String,
    pub(super) refresh_expires_at_ms: Millis,
    pub(super) used_refresh_hashes: Vec<String>,
    pub(super) is_revoked: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct AccessToken {
    pub(super) hash: String,
    pub(super) expires_at_ms: Millis,
}

/// One attempt to publish a video.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Task {
    pub(super) publish_id: String,
    pub(super) upload_token_hash: String,
    pub(super) open_id: String,
    /// None for a draft that goes to the inbox.
    pub(super) post: Option<PostInfo>,
    pub(super) size: u64,
    pub(super) chunk_size: u64,
    pub(super) uploaded: u64,
    pub(super) created_at_ms: Millis,
    pub(super) stage: Stage,
    /// Known once all bytes are there.
    pub(super) sha256: Option<String>,
    pub(super) facts: Option<Facts>,
}

/// Contract §4, `post_info`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct PostInfo {
    #[serde(default)]
    pub(super) title: String,
    pub(super) privacy_level: String,
    #[serde(default)]
    pub(super) disable_duet: bool,
    #[serde(default)]
    pub(super) disable_comment: bool,
    #[serde(default)]
    pub(super) disable_stitch: bool,
    #[serde(default)]
    pub(super) video_cover_timestamp_ms: u64,
    #[serde(default)]
    pub(super) brand_content_toggle: bool,
    #[serde(default)]
    pub(super) brand_organic_toggle: bool,
    #[serde(default)]
    pub(super) is_aigc: bool,
}

impl PostInfo {
    pub(super) fn is_public(&self) -> bool {
        self.privacy_level == "PUBLIC_TO_EVERYONE"
    }
}

/// Where a task is. What will come is decided when processing starts, so that a restart changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Stage {
    AwaitingUpload,
    Processing { ready_at_ms: Millis, post_id: u64, failure: Option<String> },
    InInbox { at_ms: Millis },
    Live { post_id: u64, at_ms: Millis, public_at_ms: Option<Millis>, is_announced: bool },
    Removed { post_id: u64 },
    Failed { reason: String, at_ms: Millis },
}

/// Who calls, as their token says.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    pub(super) grant: u64,
    pub(super) account: &'static Account,
    pub(super) scopes: Vec<String>,
}

impl Caller {
    pub(super) fn must_have(&self, scope: &str) -> Result<(), Refusal> {
        if self.scopes.iter().any(|granted| granted == scope) {
            return Ok(());
        }
        let message = format!("the user did not authorize the scope {scope}");
        Err(Refusal::new(StatusCode::UNAUTHORIZED, "scope_not_authorized", message))
    }
}

impl Book {
    /// The caller of a v2 call, or the refusal of a missing, expired or revoked token.
    pub(super) fn caller(&self, headers: &HeaderMap, now: Millis) -> Result<Caller, Refusal> {
        let hash = super::bearer(headers).map(hash);
        let grant = self.grants.iter().find(|grant| {
            !grant.is_revoked
                && grant
                    .access
                    .iter()
                    .any(|token| Some(&token.hash) == hash.as_ref() && token.expires_at_ms > now)
        });
        let invalid = || {
            let message = "The access token is invalid or not found in the request.";
            Refusal::new(StatusCode::UNAUTHORIZED, "access_token_invalid", message)
        };
        let grant = grant.ok_or_else(invalid)?;
        let account = Account::by_open_id(&grant.open_id).ok_or_else(invalid)?;
        Ok(Caller { grant: grant.id, account, scopes: grant.scopes.clone() })
    }

    /// Counts a call in the sliding minute of this user token (contract §7).
    pub(super) fn count_call(
        &self,
        caller: &Caller,
        call: &'static str,
        limit: usize,
        now: Millis,
    ) -> Result<(), Refusal> {
        let mut rates = self.rates.lock().unwrap_or_else(PoisonError::into_inner);
        let calls = rates.entry((caller.grant, call)).or_default();
        calls.retain(|at| now - at < 60_000);
        if calls.len() >= limit {
            let message = format!("more than {limit} calls in a minute");
            return Err(Refusal::new(StatusCode::TOO_MANY_REQUESTS, "rate_limit_exceeded", message));
        }
        calls.push_back(now);
        Ok(())
    }

    pub(super) fn task_of(&self, publish_id: &str, caller: &Caller) -> Result<&Task, Refusal> {
        let task = self.tasks.get(upload_id_of(publish_id)).filter(|task| task.publish_id == publish_id);
        let task = task.ok_or_else(|| {
            Refusal::new(StatusCode::BAD_REQUEST, "invalid_publish_id", "there is no such publish_id")
        })?;
        if task.open_id == caller.account.open_id {
            return Ok(task);
        }
        let code = "token_not_authorized_for_specified_publish_id";
        Err(Refusal::new(StatusCode::BAD_REQUEST, code, "the publish_id belongs to another user"))
    }

    /// Whether this creator has used up the posts of a day, over all apps.
    pub(super) fn has_posted_enough(&self, open_id: &str, per_day: u32, now: Millis) -> bool {
        let posted = self.tasks.values().filter(|task| {
            task.open_id == open_id
                && task.post.is_some()
                && now - task.created_at_ms < DAY_MS
                && matches!(task.stage, Stage::Processing { .. } | Stage::Live { .. } | Stage::Removed { .. })
        });
        posted.count() >= per_day as usize
    }

    pub(super) fn pending_drafts(&self, open_id: &str, now: Millis) -> usize {
        let drafts = self.tasks.values().filter(|task| {
            task.open_id == open_id
                && task.post.is_none()
                && now - task.created_at_ms < DAY_MS
                && !matches!(task.stage, Stage::Failed { .. })
        });
        drafts.count()
    }

    pub(super) fn expire_access_token(&mut self, token: &str, now: Millis) {
        let hash = hash(token);
        for access in self.grants.iter_mut().flat_map(|grant| &mut grant.access) {
            if access.hash == hash {
                access.expires_at_ms = now;
            }
        }
    }

    /// Takes all access to an account away; tells whether there was any.
    pub(super) fn revoke_all_of(&mut self, open_id: &str) -> bool {
        let mut had_access = false;
        for grant in self.grants.iter_mut().filter(|grant| grant.open_id == open_id) {
            had_access |= !grant.is_revoked;
            grant.is_revoked = true;
        }
        had_access
    }

    pub(crate) fn find_post(&self, post_id: &str) -> Option<(&String, &Task)> {
        let wanted: u64 = post_id.parse().ok()?;
        self.tasks
            .iter()
            .find(|(_, task)| matches!(task.stage, Stage::Live { post_id, .. } if post_id == wanted))
    }
}

const DAY_MS: Millis = 86_400_000;

pub(super) fn upload_id_of(publish_id: &str) -> &str {
    publish_id.rsplit('.').next().unwrap_or(publish_id)
}

pub(super) fn hash(secret: &str) -> String {
    hex::encode(Sha256::digest(secret))
}

/// A number of 19 digits, as TikTok's are: too long for a float, which is the point.
pub(super) fn new_id() -> u64 {
    7_400_000_000_000_000_000 + rand::random::<u64>() % 100_000_000_000_000_000
}

pub(super) fn new_secret(prefix: &str) -> String {
    format!("{prefix}{}", hex::encode(rand::random::<[u8; 24]>()))
}
