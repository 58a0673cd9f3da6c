//! The rule book: what each platform allows, read by composer, API and adapter alike.

pub mod tiktok;

use serde::{Deserialize, Serialize};

/// Where posts go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum Platform {
    Facebook,
    Instagram,
    Tiktok,
    Youtube,
}

impl Platform {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Facebook => "facebook",
            Self::Instagram => "instagram",
            Self::Tiktok => "tiktok",
            Self::Youtube => "youtube",
        }
    }

    /// The name people know.
    pub fn label(self) -> &'static str {
        match self {
            Self::Facebook => "Facebook",
            Self::Instagram => "Instagram",
            Self::Tiktok => "TikTok",
            Self::Youtube => "YouTube",
        }
    }

    /// Reads the word of addresses and the database.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Facebook, Self::Instagram, Self::Tiktok, Self::Youtube]
            .into_iter()
            .find(|p| p.as_str() == word)
    }
}

/// The length of a text as most platforms count it: UTF-16 code units.
pub fn utf16_len(text: &str) -> u32 {
    u32::try_from(text.encode_utf16().count()).unwrap_or(u32::MAX)
}

/// Seconds in words: "45 s", "3 min", "10 min".
pub fn seconds_words(seconds: u32) -> String {
    if seconds < 60 || !seconds.is_multiple_of(60) {
        format!("{seconds} s")
    } else {
        format!("{} min", seconds / 60)
    }
}
