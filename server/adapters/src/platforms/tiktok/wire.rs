//! What TikTok's answers look like.

use model::{Privacy, rules};
use publishing::Creator;
use serde::Deserialize;
use serde_json::Value;

/// Every v2 answer (contract tiktok.md §2).
#[derive(Debug, Deserialize)]
pub(super) struct Envelope {
    #[serde(default)]
    pub(super) data: Value,
    pub(super) error: ApiError,
}

#[derive(Debug, Deserialize)]
pub(super) struct ApiError {
    pub(super) code: String,
    #[serde(default)]
    pub(super) log_id: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Init {
    pub(super) publish_id: String,
    pub(super) upload_url: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct UserInfo {
    pub(super) user: User,
}

#[derive(Debug, Deserialize)]
pub(super) struct User {
    pub(super) open_id: String,
    #[serde(default)]
    pub(super) display_name: String,
    #[serde(default)]
    pub(super) avatar_url: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct CreatorInfo {
    pub(super) creator_username: String,
    #[serde(default)]
    pub(super) creator_nickname: String,
    privacy_level_options: Vec<String>,
    #[serde(default)]
    comment_disabled: bool,
    #[serde(default)]
    duet_disabled: bool,
    #[serde(default)]
    stitch_disabled: bool,
    #[serde(default)]
    max_video_post_duration_sec: Option<u32>,
}

impl CreatorInfo {
    pub(super) fn offers(&self, privacy: Option<Privacy>) -> bool {
        privacy.is_some_and(|privacy| self.privacy_level_options.iter().any(|word| word == privacy.as_str()))
    }

    /// Contract (a): whatever the account may do in the app, the API takes no more than its own limit.
    pub(super) fn max_video_seconds(&self) -> u32 {
        let limit = rules::tiktok::VIDEO_MAX_SECONDS;
        self.max_video_post_duration_sec.map_or(limit, |seconds| seconds.min(limit))
    }

    pub(super) fn creator(self) -> Creator {
        Creator {
            max_video_seconds: self.max_video_seconds(),
            nickname: self.creator_nickname,
            username: self.creator_username,
            // A level that we do not know cannot be offered.
            privacy_options: self
                .privacy_level_options
                .iter()
                .filter_map(|word| Privacy::parse(word))
                .collect(),
            comment_disabled: self.comment_disabled,
            duet_disabled: self.duet_disabled,
            stitch_disabled: self.stitch_disabled,
        }
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Status {
    #[serde(rename = "status")]
    pub(super) word: String,
    #[serde(default)]
    pub(super) fail_reason: String,
    /// Spelled as on the wire.
    #[serde(default)]
    pub(super) publicaly_available_post_id: Vec<PostId>,
    #[serde(default)]
    pub(super) uploaded_bytes: Option<u64>,
}

/// A 64-bit number or text. Never a float: ids would lose their last digits (contract §6).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub(super) enum PostId {
    Signed(i64),
    Unsigned(u64),
    Text(String),
}

impl PostId {
    pub(super) fn text(&self) -> String {
        match self {
            Self::Signed(id) => id.to_string(),
            Self::Unsigned(id) => id.to_string(),
            Self::Text(id) => id.clone(),
        }
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Videos {
    #[serde(default)]
    pub(super) videos: Vec<Video>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Video {
    pub(super) id: PostId,
    #[serde(default)]
    pub(super) share_url: Option<String>,
}
