//! Stored files with their facts.

use serde::{Deserialize, Serialize};

use crate::AssetId;

/// What a stored file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum AssetKind {
    Video,
    Image,
}

/// What an upload may be at most.
pub struct MediaLimits;

impl MediaLimits {
    /// Contract tiktok.md (a): a video of at most 4 GB; the widest of the platforms' limits.
    pub const VIDEO_MAX_BYTES: u64 = 4_000_000_000;
    /// Contract tiktok.md (a): a picture of at most 20 MB.
    pub const IMAGE_MAX_BYTES: u64 = 20_000_000;
    /// What people read beside the file button.
    pub const WORDS: &'static str = "MP4, MOV or WebM up to 4 GB · JPEG, PNG or WebP up to 20 MB";
}

/// An asset as pages show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssetView {
    pub id: AssetId,
    pub kind: AssetKind,
    pub file_name: String,
    /// Sniffed from the bytes, for example `video/mp4`.
    pub mime: String,
    pub size_bytes: u64,
    pub width: Option<u32>,
    pub height: Option<u32>,
    pub duration_ms: Option<u64>,
    /// Where the file can be seen while signed in.
    pub url: String,
    /// A still picture of it; `None` when none could be made.
    pub poster_url: Option<String>,
    /// Facts in words: "1080 × 1920 · 12 s · 4.2 MB".
    pub facts: String,
}
