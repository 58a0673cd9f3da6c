//! TikTok's rules. Every number is from contract tiktok.md, "Limits table" (a), state of 2026-11-22.

use super::{seconds_words, utf16_len};
use crate::{AssetKind, AssetView, CreatorView, FieldErrors, Privacy, SchedulePost};

/// Which edition of the rules this is.
pub const ID: &str = "tiktok-2026-11-22";

/// Caption of a video, UTF-16 code units.
pub const CAPTION_MAX: u32 = 2200;
/// A video's size.
pub const VIDEO_MAX_BYTES: u64 = 4_000_000_000;
/// Through the API, whatever the account may do in the app.
pub const VIDEO_MAX_SECONDS: u32 = 600;
/// Sides of the picture, pixels.
pub const SIDE_MIN: u32 = 360;
pub const SIDE_MAX: u32 = 4096;
/// A chunk; inside both readings of "MB", decimal and binary (contract §4).
pub const CHUNK_MIN_BYTES: u64 = 5_242_880;
pub const CHUNK_MAX_BYTES: u64 = 64_000_000;
pub const CHUNKS_MAX: u64 = 1000;
/// What TikTok plays.
pub const MIMES: [&str; 3] = ["video/mp4", "video/quicktime", "video/webm"];

/// Required wording (contract §8).
pub const CONSENT: &str = "By posting, you agree to TikTok's Music Usage Confirmation";
pub const CONSENT_BRANDED: &str =
    "By posting, you agree to TikTok's Branded Content Policy and Music Usage Confirmation";
pub const DISCLOSE_HINT: &str =
    "You need to indicate if your content promotes yourself, a third party, or both.";
pub const BRANDED_NOT_PRIVATE: &str = "Branded content visibility cannot be set to private.";

/// What can be said from the form alone.
pub fn check_post(input: &SchedulePost, errors: &mut FieldErrors) {
    let length = utf16_len(&input.caption);
    if length > CAPTION_MAX {
        errors.add(
            "caption",
            format!(
                "The caption is {} over TikTok's limit of {CAPTION_MAX} characters.",
                length - CAPTION_MAX
            ),
        );
    }
    if input.caption.contains('\0') {
        errors.add("caption", "The caption holds a character that cannot be sent.");
    }
    if input.privacy.is_none() {
        errors.add("privacy", "Choose who can see the video.");
    }
    if input.discloses && !input.your_brand && !input.branded_content {
        errors.add("discloses", DISCLOSE_HINT);
    }
    if input.discloses && input.branded_content && input.privacy == Some(Privacy::SelfOnly) {
        errors.add("privacy", BRANDED_NOT_PRIVATE);
    }
}

/// What can be said once the account's options are known.
pub fn check_creator(input: &SchedulePost, creator: &CreatorView, errors: &mut FieldErrors) {
    if let Some(reason) = &creator.stopped {
        // What the account offers is unknown then, and nothing can be said about the choices.
        errors.add("channels", reason.clone());
        return;
    }
    if let Some(privacy) = input.privacy
        && !creator.privacy_options.contains(&privacy)
    {
        errors
            .add("privacy", format!("@{} does not offer this choice. Choose another one.", creator.username));
    }
    if input.allow_comment && creator.comment_disabled {
        errors.add("allow_comment", "Comments are switched off in this account's TikTok settings.");
    }
    if input.allow_duet && creator.duet_disabled {
        errors.add("allow_duet", "Duets are switched off in this account's TikTok settings.");
    }
    if input.allow_stitch && creator.stitch_disabled {
        errors.add("allow_stitch", "Stitches are switched off in this account's TikTok settings.");
    }
}

/// What can be said about the file.
pub fn check_asset(asset: &AssetView, max_video_seconds: u32, errors: &mut FieldErrors) {
    if asset.kind != AssetKind::Video || !MIMES.contains(&asset.mime.as_str()) {
        errors.add("asset", "TikTok takes MP4, MOV or WebM videos. Choose another file.");
        return;
    }
    if asset.size_bytes > VIDEO_MAX_BYTES {
        errors.add("asset", "The video is larger than TikTok's 4 GB.");
    }
    let limit = max_video_seconds.min(VIDEO_MAX_SECONDS);
    if let Some(ms) = asset.duration_ms
        && ms > u64::from(limit) * 1000
    {
        errors.add(
            "asset",
            format!(
                "The video lasts {}; this account may post up to {}.",
                seconds_words(u32::try_from(ms.div_ceil(1000)).unwrap_or(u32::MAX)),
                seconds_words(limit)
            ),
        );
    }
    if let (Some(width), Some(height)) = (asset.width, asset.height)
        && (width.min(height) < SIDE_MIN || width.max(height) > SIDE_MAX)
    {
        errors.add(
            "asset",
            format!(
                "The picture is {width} × {height}; TikTok takes sides from {SIDE_MIN} to {SIDE_MAX} pixels."
            ),
        );
    }
}

/// How a file is cut: `(chunk_size, count)`; the last chunk carries the remainder (contract §4).
///
/// The last chunk is the irreversible call, so the cut makes it the smallest the rules allow:
/// as many equal chunks as fit, which leaves less than one chunk count of bytes as remainder.
pub fn chunks(size_bytes: u64) -> (u64, u64) {
    let count = (size_bytes / CHUNK_MIN_BYTES).clamp(1, CHUNKS_MAX);
    (size_bytes / count, count)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_cut_obeys_the_contract() {
        for size in [
            1,
            CHUNK_MIN_BYTES - 1,
            CHUNK_MIN_BYTES,
            2 * CHUNK_MIN_BYTES - 1,
            2 * CHUNK_MIN_BYTES,
            50_000_123,
            64_000_000,
            64_000_001,
            1_000_000_007,
            VIDEO_MAX_BYTES,
        ] {
            let (chunk, count) = chunks(size);
            let last = size - chunk * (count - 1);
            assert_eq!(size / chunk, count, "floor rule for {size}");
            assert!((1..=CHUNKS_MAX).contains(&count));
            assert!(count == 1 || (CHUNK_MIN_BYTES..=CHUNK_MAX_BYTES).contains(&chunk), "{size}");
            assert!(last >= chunk && last <= 128_000_000, "{size}: last {last}");
            assert!(size <= 64_000_000 || count > 1, "above 64 MB there are several");
        }
    }

    proptest! {
        #[test]
        fn any_cut_covers_the_file_and_obeys_the_contract(size in 1..=VIDEO_MAX_BYTES) {
            let (chunk, count) = chunks(size);
            let last = size - chunk * (count - 1);
            prop_assert_eq!(size / chunk, count);
            prop_assert!((chunk..=128_000_000).contains(&last));
            prop_assert!(count == 1 || (CHUNK_MIN_BYTES..=CHUNK_MAX_BYTES).contains(&chunk) || count == CHUNKS_MAX);
            // The irreversible call is as small as it can be: less than a byte a chunk above the rest.
            prop_assert!(last < chunk + count);
        }
    }

    #[test]
    fn a_branded_video_cannot_be_private() {
        let input = SchedulePost {
            privacy: Some(Privacy::SelfOnly),
            discloses: true,
            branded_content: true,
            ..SchedulePost::default()
        };
        let mut errors = FieldErrors::default();
        check_post(&input, &mut errors);
        assert_eq!(errors.of("privacy"), Some(BRANDED_NOT_PRIVATE));
    }

    #[test]
    fn the_caption_is_counted_as_tiktok_counts() {
        let caption = "😀".repeat(1100);
        let mut input = SchedulePost { caption, privacy: Some(Privacy::SelfOnly), ..SchedulePost::default() };
        let mut errors = FieldErrors::default();
        check_post(&input, &mut errors);
        assert_eq!(errors.of("caption"), None);
        input.caption.push('x');
        check_post(&input, &mut errors);
        assert!(errors.of("caption").is_some_and(|m| m.contains("1 over")));
    }
}
