//! What is live: the list for the feed, a page for each video, and the video itself in byte ranges.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Serialize;
use serde_json::json;

use crate::clock::Millis;
use crate::pages::{self, escape};
use crate::state;
use crate::tiktok::accounts::Account;
use crate::tiktok::book::Stage;
use crate::tiktok::settle;
use crate::world::World;

/// One live video, as `/feed.json` shows it.
#[derive(Debug, Serialize)]
pub(crate) struct LivePost {
    pub(crate) platform: &'static str,
    /// The `open_id`.
    pub(crate) account: String,
    pub(crate) username: &'static str,
    pub(crate) post_id: String,
    pub(crate) publish_id: String,
    pub(crate) caption: String,
    pub(crate) privacy: String,
    pub(crate) sha256: String,
    pub(crate) size: u64,
    pub(crate) created_at_ms: Millis,
    pub(crate) url: String,
}

/// Everything live on this TikTok, oldest first; whoever may see it.
pub(crate) fn live_posts(world: &World, state: &state::State) -> Vec<LivePost> {
    let mut posts = state
        .tiktok
        .tasks
        .values()
        .filter_map(|task| {
            let Stage::Live { post_id, at_ms, .. } = task.stage else { return None };
            let (post, account) = (task.post.as_ref()?, Account::by_open_id(&task.open_id)?);
            Some(LivePost {
                platform: "tiktok",
                account: task.open_id.clone(),
                username: account.username,
                post_id: post_id.to_string(),
                publish_id: task.publish_id.clone(),
                caption: post.title.clone(),
                privacy: post.privacy_level.clone(),
                sha256: task.sha256.clone()?,
                size: task.size,
                created_at_ms: at_ms,
                url: world.address(&format!("/tiktok/videos/{post_id}")),
            })
        })
        .collect::<Vec<_>>();
    posts.sort_by_key(|post| post.created_at_ms);
    posts
}

pub(super) async fn page(State(world): State<World>, Path(post_id): Path<String>) -> Response {
    let posts = world.read(|state, _| live_posts(&world, state)).await;
    let Some(post) = posts.iter().find(|post| post.post_id == post_id) else {
        return pages::not_found(&world);
    };
    let remove = world.path(&format!("/tiktok/videos/{post_id}/remove"));
    let main = format!(
        "{}<form method=\"post\" action=\"{}\"><button class=\"quiet\">Remove from the account</button></form>",
        pages::feed::card(&world, post),
        escape(&remove)
    );
    Html(pages::layout(&world, &format!("Video of @{}", post.username), &main)).into_response()
}

/// The person deletes the video in the app.
pub(super) async fn remove(State(world): State<World>, Path(post_id): Path<String>) -> Response {
    let was_live = world
        .change(|state, now| {
            let found = state.tiktok.find_post(&post_id).map(|(id, task)| (id.clone(), task.clone()));
            let Some((upload_id, mut task)) = found else { return false };
            if let Stage::Live { post_id, is_announced, .. } = task.stage {
                task.stage = Stage::Removed { post_id };
                if is_announced {
                    let content = settle::post_content(&task, ("post_id", json!(post_id.to_string())));
                    // Contract §9: spelt like this on the wire.
                    let event = "post.publish.no_longer_publicaly_available";
                    settle::announce(state, now, now, event, &task.open_id, &content);
                }
                state.tiktok.tasks.insert(upload_id, task);
            }
            true
        })
        .await;
    if was_live { Redirect::to(&world.path("/feed")).into_response() } else { pages::not_found(&world) }
}

pub(super) async fn file(
    State(world): State<World>,
    Path(post_id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let found = world.read(|state, _| {
        let found = state.tiktok.find_post(&post_id);
        found.map(|(id, task)| (id.clone(), task.size, task.facts.clone().unwrap_or_default().mime))
    });
    let Some((key, size, mime)) = found.await else { return StatusCode::NOT_FOUND.into_response() };
    let range = headers.get(header::RANGE).and_then(|value| value.to_str().ok());
    let (status, first, length) = match range.map(|range| read_range(range, size)) {
        None | Some(Wanted::Whole) => (StatusCode::OK, 0, size),
        Some(Wanted::Part { first, last }) => (StatusCode::PARTIAL_CONTENT, first, last - first + 1),
        Some(Wanted::Outside) => {
            let range = [(header::CONTENT_RANGE, format!("bytes */{size}"))];
            return (StatusCode::RANGE_NOT_SATISFIABLE, range).into_response();
        }
    };
    let body = match world.videos().read(&key, first, length).await {
        Ok(body) => body,
        Err(error) => {
            tracing::error!(%error, "The sandbox could not read a video");
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
    };
    let mut answer = Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, mime)
        .header(header::ACCEPT_RANGES, "bytes")
        .header(header::CONTENT_LENGTH, length);
    if status == StatusCode::PARTIAL_CONTENT {
        let range = format!("bytes {first}-{}/{size}", first + length - 1);
        answer = answer.header(header::CONTENT_RANGE, range);
    }
    answer.body(body).unwrap_or_else(|_| Response::new(Body::empty()))
}

#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    Whole,
    Part { first: u64, last: u64 },
    Outside,
}

/// Several ranges at once and other units are answered with the whole, as RFC 9110 allows.
fn read_range(header: &str, size: u64) -> Wanted {
    let Some((first, last)) = header.strip_prefix("bytes=").and_then(|range| range.split_once('-')) else {
        return Wanted::Whole;
    };
    let end = size.saturating_sub(1);
    match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(first), _) if first >= size => Wanted::Outside,
        (Ok(first), Ok(last)) if first <= last => Wanted::Part { first, last: last.min(end) },
        (Ok(first), Err(_)) if last.is_empty() => Wanted::Part { first, last: end },
        (Err(_), Ok(0)) if first.is_empty() => Wanted::Outside,
        (Err(_), Ok(count)) if first.is_empty() => {
            Wanted::Part { first: size.saturating_sub(count), last: end }
        }
        _ => Wanted::Whole,
    }
}

#[cfg(test)]
mod tests {
    use super::{Wanted, read_range};

    #[test]
    fn ranges_are_read_as_browsers_send_them() {
        assert_eq!(read_range("bytes=0-", 10), Wanted::Part { first: 0, last: 9 });
        assert_eq!(read_range("bytes=2-5", 10), Wanted::Part { first: 2, last: 5 });
        assert_eq!(read_range("bytes=2-50", 10), Wanted::Part { first: 2, last: 9 });
        assert_eq!(read_range("bytes=-3", 10), Wanted::Part { first: 7, last: 9 });
        assert_eq!(read_range("bytes=10-", 10), Wanted::Outside);
        assert_eq!(read_range("bytes=0-1,4-5", 10), Wanted::Whole);
    }
}
