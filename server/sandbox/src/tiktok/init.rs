//! The start of a post or a draft: everything TikTok refuses before it takes bytes.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use serde::Deserialize;
use serde_json::json;

use crate::clock::Millis;
use crate::settings;
use crate::state;
use crate::tiktok::answer::{Answer, Refusal, ok, read_json};
use crate::tiktok::book::{Caller, PostInfo, Stage, Task, hash, new_id, new_secret};
use crate::world::World;

#[derive(Deserialize)]
struct DirectRequest {
    post_info: PostInfo,
    source_info: Source,
}

#[derive(Deserialize)]
struct InboxRequest {
    source_info: Source,
}

#[derive(Deserialize)]
#[serde(tag = "source", rename_all = "SCREAMING_SNAKE_CASE")]
enum Source {
    FileUpload { video_size: u64, chunk_size: u64, total_chunk_count: u64 },
    PullFromUrl { video_url: String },
}

pub(super) async fn direct(State(world): State<World>, headers: HeaderMap, body: Bytes) -> Answer {
    start(&world, |state, now| {
        let caller = state.tiktok.caller(&headers, now)?;
        caller.must_have("video.publish")?;
        let knobs = &state.settings.tiktok;
        if knobs.rate_limits {
            state.tiktok.count_call(&caller, "video_init", 6, now)?;
        }
        let request: DirectRequest = read_json(&headers, &body)?;
        check_post(&request.post_info, &caller, knobs)?;
        if knobs.rate_limits
            && state.tiktok.has_posted_enough(caller.account.open_id, knobs.posts_per_day, now)
        {
            let message = "the creator has posted too many times in the last 24 hours";
            return Err(Refusal::forbidden("spam_risk_too_many_posts", message));
        }
        let (size, chunk_size) = check_source(&request.source_info)?;
        Ok((caller, Some(request.post_info), size, chunk_size))
    })
    .await
}

pub(super) async fn inbox(State(world): State<World>, headers: HeaderMap, body: Bytes) -> Answer {
    start(&world, |state, now| {
        let caller = state.tiktok.caller(&headers, now)?;
        caller.must_have("video.upload")?;
        if state.settings.tiktok.rate_limits {
            state.tiktok.count_call(&caller, "inbox_init", 6, now)?;
            // Contract §5: at most 5 pending drafts in 24 h.
            if state.tiktok.pending_drafts(caller.account.open_id, now) >= 5 {
                let message = "there are 5 pending drafts of the last 24 hours";
                return Err(Refusal::forbidden("spam_risk_too_many_pending_share", message));
            }
        }
        let request: InboxRequest = read_json(&headers, &body)?;
        let (size, chunk_size) = check_source(&request.source_info)?;
        Ok((caller, None, size, chunk_size))
    })
    .await
}

type Start = (Caller, Option<PostInfo>, u64, u64);

async fn start(
    world: &World,
    check: impl FnOnce(&mut state::State, Millis) -> Result<Start, Refusal>,
) -> Answer {
    let data = world
        .change(|state, now| {
            let (caller, post, size, chunk_size) = check(state, now)?;
            let upload_id = new_id().to_string();
            let upload_token = new_secret("");
            let kind = if post.is_some() { "v_pub_file~v2-1" } else { "v_inbox_file~v2" };
            let publish_id = format!("{kind}.{upload_id}");
            let path = format!("/tiktok/upload/video/?upload_id={upload_id}&upload_token={upload_token}");
            let task = Task {
                publish_id: publish_id.clone(),
                upload_token_hash: hash(&upload_token),
                open_id: caller.account.open_id.to_owned(),
                post,
                size,
                chunk_size,
                uploaded: 0,
                created_at_ms: now,
                stage: Stage::AwaitingUpload,
                sha256: None,
                facts: None,
            };
            state.tiktok.tasks.insert(upload_id, task);
            Ok::<_, Refusal>(json!({ "publish_id": publish_id, "upload_url": world.address(&path) }))
        })
        .await?;
    Ok(ok(data))
}

fn check_post(post: &PostInfo, caller: &Caller, knobs: &settings::TikTok) -> Result<(), Refusal> {
    // Contract §4: the caption is counted in UTF-16 code units.
    if post.title.encode_utf16().count() > 2200 {
        return Err(Refusal::invalid("title is longer than 2200 UTF-16 code units"));
    }
    if post.brand_content_toggle && post.privacy_level == "SELF_ONLY" {
        return Err(Refusal::invalid("branded content cannot be posted with SELF_ONLY"));
    }
    if knobs.unaudited && (post.privacy_level != "SELF_ONLY" || !caller.account.is_private) {
        let message = "an app that has not passed the audit posts SELF_ONLY, to private accounts";
        return Err(Refusal::forbidden("unaudited_client_can_only_post_to_private_accounts", message));
    }
    if !caller.account.privacy_level_options().contains(&post.privacy_level.as_str()) {
        let message = "privacy_level is none of the creator's privacy_level_options";
        return Err(Refusal::forbidden("privacy_level_option_mismatch", message));
    }
    Ok(())
}

fn check_source(source: &Source) -> Result<(u64, u64), Refusal> {
    match source {
        Source::FileUpload { video_size, chunk_size, total_chunk_count } => {
            check_chunks(*video_size, *chunk_size, *total_chunk_count).map_err(Refusal::invalid)?;
            Ok((*video_size, *chunk_size))
        }
        Source::PullFromUrl { video_url } => {
            let url = url::Url::parse(video_url).map_err(|error| Refusal::invalid(error.to_string()))?;
            if url.scheme() != "https" || !matches!(url.host(), Some(url::Host::Domain(_))) {
                return Err(Refusal::invalid("video_url must be https on a host name"));
            }
            // Nobody can prove to own a domain in this world.
            let message = "the app has not verified to own the host or prefix of video_url";
            Err(Refusal::forbidden("url_ownership_unverified", message))
        }
    }
}

// Contract §4: MB is not said to be decimal or binary, so only what both readings allow is taken.
const CHUNK_MIN: u64 = 5 * 1024 * 1024;
const CHUNK_MAX: u64 = 64_000_000;
const VIDEO_MAX: u64 = 4_000_000_000;

fn check_chunks(size: u64, chunk: u64, count: u64) -> Result<(), &'static str> {
    if size == 0 || size > VIDEO_MAX {
        return Err("video_size must be between 1 byte and 4 GB");
    }
    // One chunk may be smaller than 5 MB when it is the whole video.
    if chunk != size && !(CHUNK_MIN..=CHUNK_MAX).contains(&chunk) {
        return Err("chunk_size must be between 5 MB and 64 MB, or the whole of a smaller video");
    }
    if chunk > CHUNK_MAX || chunk > size {
        return Err("chunk_size must not exceed 64 MB nor video_size");
    }
    if count > 1000 || count != size / chunk {
        return Err("total_chunk_count must be video_size divided by chunk_size, rounded down, at most 1000");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::check_chunks;

    #[test]
    fn chunks_follow_the_table_of_the_contract() {
        let allowed = [
            (1, 1, 1),
            (4_999_999, 4_999_999, 1),
            (5_242_879, 5_242_879, 1),
            (64_000_000, 64_000_000, 1),
            (50_000_123, 10_000_000, 5),
            (10_485_759, 5_242_880, 1),
            (4_000_000_000, 64_000_000, 62),
        ];
        for (size, chunk, count) in allowed {
            assert_eq!(check_chunks(size, chunk, count), Ok(()), "{size} {chunk} {count}");
        }
        let refused = [
            (0, 0, 0),
            (50_000_123, 10_000_000, 6),
            (50_000_123, 5_242_879, 9),
            (64_000_001, 64_000_001, 1),
            (4_000_000, 5_242_880, 0),
            (4_000_000, 5_242_880, 1),
            (4_000_000_001, 64_000_000, 62),
        ];
        for (size, chunk, count) in refused {
            assert!(check_chunks(size, chunk, count).is_err(), "{size} {chunk} {count}");
        }
    }
}
