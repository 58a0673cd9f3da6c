//! Posts: what someone composes, and how its deliveries fare.

use serde::{Deserialize, Serialize};

use crate::rules::tiktok;
use crate::{
    AssetId, AssetView, ChannelId, ChannelView, Check, CreatorView, DeliveryId, DeliveryState, FieldErrors,
    Platform, PostId, Privacy, ShownState,
};

/// When a post goes out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    #[default]
    Now,
    At,
}

/// Puts a post on the calendar, or out at once.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct SchedulePost {
    /// Made by the page when the form was opened; the same key again is the same post.
    pub request_key: String,
    #[serde(default)]
    pub channels: Vec<ChannelId>,
    #[serde(default)]
    pub caption: String,
    #[serde(default)]
    pub asset: Option<AssetId>,
    #[serde(default)]
    pub when: When,
    /// Local date in the brand's zone, `2026-11-22`; only with [`When::At`].
    #[serde(default)]
    pub date: String,
    /// Local time in the brand's zone, `14:30` or `14:30:15`; only with [`When::At`].
    #[serde(default)]
    pub time: String,
    /// One of the account's own options; nothing is preselected (contract tiktok.md §8).
    #[serde(default)]
    pub privacy: Option<Privacy>,
    #[serde(default)]
    pub allow_comment: bool,
    #[serde(default)]
    pub allow_duet: bool,
    #[serde(default)]
    pub allow_stitch: bool,
    /// The commercial disclosure switch.
    #[serde(default)]
    pub discloses: bool,
    #[serde(default)]
    pub your_brand: bool,
    #[serde(default)]
    pub branded_content: bool,
    #[serde(default)]
    pub ai_made: bool,
}

impl Check for SchedulePost {
    fn check(&self) -> Result<(), FieldErrors> {
        let mut errors = FieldErrors::default();
        let is_key = (1..=64).contains(&self.request_key.len())
            && self.request_key.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_key {
            errors.add("request_key", "This form is too old. Open it again; what you typed stays here.");
        }
        if self.channels.is_empty() {
            errors.add("channels", "Choose a channel.");
        }
        if self.asset.is_none() {
            errors.add("asset", "Add a video.");
        }
        if self.when == When::At {
            if self.date.trim().is_empty() {
                errors.add("date", "Choose a day.");
            }
            if self.time.trim().is_empty() {
                errors.add("time", "Choose a time.");
            }
        }
        tiktok::check_post(self, &mut errors);
        errors.into_result()
    }
}

/// Takes a delivery off the calendar for good.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CancelDelivery {
    pub delivery: DeliveryId,
}

/// All the composer needs to open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComposeView {
    pub request_key: String,
    pub zone: String,
    /// "Sun 22 Nov, 14:07" in the brand's zone when the page was made.
    pub now_words: String,
    /// A sensible default: the next full quarter of an hour at least 15 minutes away.
    pub date: String,
    pub time: String,
    pub channels: Vec<ChannelView>,
    /// The chosen channel's freshly read options.
    pub creator: Option<CreatorView>,
    /// The asset named in the address, or none.
    pub asset: Option<AssetView>,
}

/// A post with its deliveries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostView {
    pub id: PostId,
    pub caption: String,
    pub state: ShownState,
    pub zone: String,
    pub asset: Option<AssetView>,
    pub created_words: String,
    pub author: String,
    pub deliveries: Vec<DeliveryView>,
}

/// One post on one channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryView {
    pub id: DeliveryId,
    pub platform: Platform,
    pub channel_name: String,
    pub channel_handle: String,
    pub state: DeliveryState,
    pub shown: ShownState,
    /// "Sun 22 Nov, 14:30" in the brand's zone.
    pub due_words: String,
    pub due_at_ms: i64,
    /// What happened and what to do, in words; empty when all is plain.
    pub reason: Option<String>,
    pub published_words: Option<String>,
    /// How late the publishing call started, milliseconds after the due time.
    pub late_ms: Option<i64>,
    /// The live post on the platform.
    pub url: Option<String>,
    /// Privacy and switches as chosen, in words.
    pub settings: Vec<String>,
    pub may_cancel: bool,
    pub attempts: Vec<AttemptView>,
    pub changes: Vec<StateChangeView>,
}

/// One recorded step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptView {
    /// "14:30:00.120" in the brand's zone.
    pub at: String,
    /// What was done, in words: "Sent the last part of the video".
    pub what: String,
    /// How it ended, in words.
    pub outcome: String,
    pub took_ms: Option<i64>,
    /// What was sent and what came back, without secrets; shown folded.
    pub raw: String,
}

/// A change of state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateChangeView {
    pub at: String,
    pub state: DeliveryState,
    pub shown: ShownState,
    pub reason: Option<String>,
}
