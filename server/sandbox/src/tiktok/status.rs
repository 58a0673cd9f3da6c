//! What became of a publish task, and the wish to stop it.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::json;

use crate::tiktok::answer::{Answer, Refusal, ok, read_json};
use crate::tiktok::book::{Caller, Stage, upload_id_of};
use crate::tiktok::settle;
use crate::world::World;

#[derive(Deserialize)]
struct Request {
    publish_id: String,
}

pub(super) async fn fetch(State(world): State<World>, headers: HeaderMap, body: Bytes) -> Answer {
    let data = world
        .read(|state, now| {
            let caller = state.tiktok.caller(&headers, now)?;
            may_publish_or_upload(&caller)?;
            if state.settings.tiktok.rate_limits {
                state.tiktok.count_call(&caller, "status", 30, now)?;
            }
            let request: Request = read_json(&headers, &body)?;
            let task = state.tiktok.task_of(&request.publish_id, &caller)?;
            let mut post_ids = Vec::new();
            let mut fail_reason = "";
            let status = match &task.stage {
                Stage::AwaitingUpload | Stage::Processing { .. } => "PROCESSING_UPLOAD",
                Stage::InInbox { .. } => "SEND_TO_USER_INBOX",
                Stage::Live { post_id, public_at_ms, .. } => {
                    // Contract §6: the id comes after moderation, and only for public posts.
                    if public_at_ms.is_some_and(|at| at <= now) {
                        post_ids.push(*post_id);
                    }
                    "PUBLISH_COMPLETE"
                }
                Stage::Removed { .. } => "PUBLISH_COMPLETE",
                Stage::Failed { reason, .. } => {
                    fail_reason = reason;
                    "FAILED"
                }
            };
            Ok::<_, Refusal>(json!({
                "status": status,
                "fail_reason": fail_reason,
                "publicaly_available_post_id": post_ids,
                "uploaded_bytes": task.uploaded,
                "downloaded_bytes": 0,
            }))
        })
        .await?;
    Ok(ok(data))
}

pub(super) async fn cancel(State(world): State<World>, headers: HeaderMap, body: Bytes) -> Answer {
    world
        .change(|state, now| {
            let caller = state.tiktok.caller(&headers, now)?;
            may_publish_or_upload(&caller)?;
            let request: Request = read_json(&headers, &body)?;
            let mut task = state.tiktok.task_of(&request.publish_id, &caller)?.clone();
            if !matches!(task.stage, Stage::AwaitingUpload | Stage::Processing { .. }) {
                let message = "the task has ended already";
                return Err(Refusal::new(StatusCode::BAD_REQUEST, "publish_not_cancellable", message));
            }
            let reason = "publish_cancelled";
            task.stage = Stage::Failed { reason: reason.into(), at_ms: now };
            let content = settle::post_content(&task, ("reason", json!(reason)));
            state.tiktok.tasks.insert(upload_id_of(&request.publish_id).to_owned(), task);
            settle::announce(state, now, now, "post.publish.failed", caller.account.open_id, &content);
            Ok(())
        })
        .await?;
    Ok(ok(json!({})))
}

fn may_publish_or_upload(caller: &Caller) -> Result<(), Refusal> {
    caller.must_have("video.publish").or_else(|_| caller.must_have("video.upload"))
}
