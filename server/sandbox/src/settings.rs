//! The knobs of the world, as `GET /settings.json` shows and `PUT /settings` changes them.

use serde::{Deserialize, Serialize};

/// Knobs by platform.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Settings {
    pub(crate) tiktok: TikTok,
}

/// Knobs of TikTok. The values at the start are those of the contract, except the processing time, which is
/// short so that nobody waits for a demonstration.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct TikTok {
    pub(crate) access_token_seconds: u32,
    pub(crate) refresh_token_seconds: u32,
    /// From the last stored byte to the end of processing.
    pub(crate) processing_ms: u32,
    /// From the end of processing to the moment a public post has an id.
    pub(crate) moderation_ms: u32,
    /// The limits per minute, per day and of pending drafts.
    pub(crate) rate_limits: bool,
    pub(crate) posts_per_day: u32,
    /// The app has not passed the audit: only `SELF_ONLY` to private accounts.
    pub(crate) unaudited: bool,
    /// Where signed webhooks go; None while nobody listens.
    pub(crate) webhook_url: Option<String>,
    pub(crate) max_duration_seconds: u32,
    /// The token endpoint answers errors with status 200, as it sometimes does.
    pub(crate) oauth_errors_as_200: bool,
}

impl Settings {
    /// What is wrong with these knobs, in words for the person who turned them.
    pub(crate) fn check(&self) -> Result<(), String> {
        let Some(text) = &self.tiktok.webhook_url else { return Ok(()) };
        match url::Url::parse(text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(()),
            _ => Err(format!("webhook_url `{text}` is no http or https address")),
        }
    }
}

impl Default for TikTok {
    fn default() -> Self {
        // Contract tiktok.md §1, §3, §7.
        Self {
            access_token_seconds: 7_200,
            refresh_token_seconds: 15_552_000,
            processing_ms: 1_500,
            moderation_ms: 0,
            rate_limits: true,
            posts_per_day: 15,
            unaudited: false,
            webhook_url: None,
            max_duration_seconds: 300,
            oauth_errors_as_200: false,
        }
    }
}
