//! The upload host: chunks strictly in order, streamed to their place, hashed on the way.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::calls::drain;
use crate::faults;
use crate::mp4::{self, Facts};
use crate::tiktok::answer::bare;
use crate::tiktok::book::{Stage, Task, hash, new_id};
use crate::videos::AppendError;
use crate::world::World;

/// Contract §4: an `upload_url` is usable for 1 h.
const USABLE_MS: i64 = 3_600_000;

/// Uploads that are under way: one chunk of each at a time, with the hash of what came before.
#[derive(Debug, Default)]
pub(crate) struct Uploads(Mutex<HashMap<String, Slot>>);

type Slot = Arc<tokio::sync::Mutex<Option<Sha256>>>;

impl Uploads {
    fn slot(&self, upload_id: &str) -> Slot {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(slots.entry(upload_id.to_owned()).or_default())
    }

    fn forget(&self, upload_id: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(upload_id);
    }
}

#[derive(Deserialize)]
pub(super) struct Address {
    #[serde(default)]
    upload_id: String,
    #[serde(default)]
    upload_token: String,
}

/// `Content-Range: bytes first-last/total` of a chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) first: u64,
    pub(super) last: u64,
    pub(super) total: u64,
}

impl Range {
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let text = headers.get(header::CONTENT_RANGE)?.to_str().ok()?.strip_prefix("bytes ")?;
        let (range, total) = text.split_once('/')?;
        let (first, last) = range.split_once('-')?;
        let range = Self { first: first.parse().ok()?, last: last.parse().ok()?, total: total.parse().ok()? };
        (range.first <= range.last && range.last < range.total).then_some(range)
    }
}

pub(super) async fn put(
    State(world): State<World>,
    Query(address): Query<Address>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let slot = world.uploads().slot(&address.upload_id);
    // Waits for an earlier chunk of the same upload, which may still be on its way.
    let mut progress = slot.lock().await;
    let (range, length) = match admit(&world, &address, &headers).await {
        Ok(admitted) => admitted,
        Err(refusal) => {
            // An address that names no upload must not leave a place behind.
            if refusal.status() == StatusCode::NOT_FOUND {
                world.uploads().forget(&address.upload_id);
            }
            drain(body).await;
            return refusal;
        }
    };
    let id = &address.upload_id;
    let mut hash = match progress.take() {
        Some(hash) => hash,
        None => match world.videos().hash(id, range.first).await {
            Ok(hash) => hash,
            Err(error) => return broken(&error),
        },
    };
    let before = hash.clone();
    match world.videos().append(id, range.first, length, body, &mut hash).await {
        Ok(()) => {}
        Err(AppendError::Io(error)) => return broken(&error),
        Err(AppendError::Length | AppendError::Broken(_)) => {
            *progress = Some(before);
            return bare(StatusCode::BAD_REQUEST, "length_mismatch");
        }
    }
    if range.last + 1 < range.total {
        *progress = Some(hash);
        return store_progress(&world, id, range.last + 1).await;
    }
    let facts = match world.videos().inspect(id, mp4::read_facts).await {
        Ok(facts) => facts,
        Err(error) => return broken(&error),
    };
    let answer = complete(&world, id, hex::encode(hash.finalize()), facts).await;
    world.uploads().forget(id);
    answer
}

/// Checks a chunk against its upload: 404 unknown, 403 expired, 400 headers, 416 not the next bytes.
async fn admit(world: &World, address: &Address, headers: &HeaderMap) -> Result<(Range, u64), Response> {
    let task = world
        .read(|state, now| {
            let task = state.tiktok.tasks.get(&address.upload_id).cloned();
            task.map(|task| (now - task.created_at_ms >= USABLE_MS, task))
        })
        .await;
    let (has_expired, task) = task.ok_or_else(|| bare(StatusCode::NOT_FOUND, "unknown_upload"))?;
    if has_expired || task.upload_token_hash != hash(&address.upload_token) {
        return Err(bare(StatusCode::FORBIDDEN, "upload_url_expired"));
    }
    if matches!(task.stage, Stage::Failed { .. }) {
        return Err(bare(StatusCode::NOT_FOUND, "unknown_upload"));
    }
    let bad = |code| bare(StatusCode::BAD_REQUEST, code);
    let mime = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    if !["video/mp4", "video/quicktime", "video/webm"].contains(&mime) {
        return Err(bad("content_type"));
    }
    let range = Range::of(headers).filter(|range| range.total == task.size);
    let range = range.ok_or_else(|| bad("content_range"))?;
    let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    if length != Some(range.last - range.first + 1) {
        return Err(bad("content_length"));
    }
    if range.first != task.uploaded {
        return Err(with_progress(
            bare(StatusCode::RANGE_NOT_SATISFIABLE, "range"),
            task.uploaded,
            task.size,
        ));
    }
    // The last chunk carries the remainder; every other has the announced size.
    let is_last_chunk = range.first / task.chunk_size + 1 >= task.size / task.chunk_size;
    let wanted = if is_last_chunk { task.size - range.first } else { task.chunk_size };
    let length = range.last - range.first + 1;
    if length != wanted {
        return Err(bad("chunk_length"));
    }
    Ok((range, length))
}

async fn store_progress(world: &World, upload_id: &str, uploaded: u64) -> Response {
    world
        .change(|state, _| match waiting(state.tiktok.tasks.get_mut(upload_id)) {
            Some(task) => {
                task.uploaded = uploaded;
                with_progress(bare(StatusCode::PARTIAL_CONTENT, "ok"), uploaded, task.size)
            }
            None => bare(StatusCode::NOT_FOUND, "unknown_upload"),
        })
        .await
}

async fn complete(world: &World, upload_id: &str, sha256: String, facts: Option<Facts>) -> Response {
    world
        .change(|state, now| {
            let mut fault = || faults::take_processing_failure(&mut state.faults, "tiktok");
            let knobs = &state.settings.tiktok;
            let Some(task) = waiting(state.tiktok.tasks.get_mut(upload_id)) else {
                return bare(StatusCode::NOT_FOUND, "unknown_upload");
            };
            let failure = fault().or_else(|| what_is_wrong(facts.as_ref(), knobs.max_duration_seconds));
            let ready_at_ms = now + i64::from(knobs.processing_ms);
            task.uploaded = task.size;
            task.sha256 = Some(sha256);
            task.facts = facts;
            task.stage = Stage::Processing { ready_at_ms, post_id: new_id(), failure };
            with_progress(bare(StatusCode::CREATED, "ok"), task.size, task.size)
        })
        .await
}

/// A task that was cancelled while bytes were on their way takes no more of them.
fn waiting(task: Option<&mut Task>) -> Option<&mut Task> {
    task.filter(|task| task.stage == Stage::AwaitingUpload)
}

fn what_is_wrong(facts: Option<&Facts>, max_seconds: u32) -> Option<String> {
    let Some(facts) = facts else { return Some("file_format_check_failed".into()) };
    let is_too_long = facts.duration_ms.is_some_and(|duration| duration > u64::from(max_seconds) * 1000);
    is_too_long.then(|| "duration_check_failed".into())
}

/// Contract §4: the header tells the number of bytes that arrived, not the last byte's position.
fn with_progress(mut response: Response, uploaded: u64, total: u64) -> Response {
    if let Ok(value) = HeaderValue::try_from(format!("bytes 0-{uploaded}/{total}")) {
        response.headers_mut().insert(header::CONTENT_RANGE, value);
    }
    response
}

fn broken(error: &std::io::Error) -> Response {
    tracing::error!(%error, "The sandbox could not keep a chunk");
    bare(StatusCode::INTERNAL_SERVER_ERROR, "internal_error")
}
