//! What became of a publish task (contract tiktok.md §6).

use model::Evidence;
use publishing::platform::Live;
use publishing::{Answer, CallLog, Class, Cx, Job, Progress, Refusal};
use serde_json::json;
use url::Url;

use super::{CALL_TIMEOUT, PUBLISH_ID, Tiktok, api, failures, wire};

pub(super) async fn look(tiktok: &Tiktok, cx: &Cx<'_>, job: &Job) -> Answer<Progress> {
    let Some(publish_id) = job.id(PUBLISH_ID) else {
        let words = "There is no upload to ask TikTok about.";
        let refusal = Refusal::new(Class::Ambiguous, "no_upload", words);
        return Answer { outcome: Err(refusal), evidence: Evidence::E0, log: CallLog::default() };
    };
    let url = tiktok.api("/v2/post/publish/status/fetch/");
    let body = json!({ "publish_id": publish_id });
    let Answer { outcome, evidence, log } =
        api::post::<wire::Status>(cx.http, cx.token, url, body, CALL_TIMEOUT).await;
    let size_bytes = job.media.as_ref().map(|media| media.size_bytes);
    let progress = outcome.and_then(|status| read(&status, size_bytes));
    let progress = match progress {
        Ok(Progress::Live(live)) => Ok(Progress::Live(with_link(tiktok, cx, live).await)),
        other => other,
    };
    Answer { outcome: progress, evidence, log }
}

/// What a status says.
pub(super) fn read(status: &wire::Status, size_bytes: Option<u64>) -> Result<Progress, Refusal> {
    match status.word.as_str() {
        "PROCESSING_UPLOAD" => Ok(match (status.uploaded_bytes, size_bytes) {
            (Some(uploaded), Some(size)) if uploaded < size => Progress::Incomplete,
            _ => Progress::Processing,
        }),
        "PROCESSING_DOWNLOAD" => Ok(Progress::Processing),
        // Success without an id: posts for oneself never get one, others after moderation.
        "PUBLISH_COMPLETE" | "SEND_TO_USER_INBOX" => {
            let remote_id = status.publicaly_available_post_id.first().map(wire::PostId::text);
            Ok(Progress::Live(Live { remote_id, url: None }))
        }
        "FAILED" => {
            let (refusal, may_retry) = failures::failure(&status.fail_reason);
            Ok(Progress::Failed { refusal, may_retry })
        }
        _ => {
            let words = "TikTok's status is one that we do not know.";
            Err(Refusal::new(Class::Ambiguous, "unknown_status", words))
        }
    }
}

/// Adds the address, which only the list of public videos tells. Without it the post is just as live.
async fn with_link(tiktok: &Tiktok, cx: &Cx<'_>, live: Live) -> Live {
    let Some(id) = &live.remote_id else { return live };
    let url = tiktok.api("/v2/video/query/?fields=id,share_url");
    let body = json!({ "filters": { "video_ids": [id] } });
    let answer = api::post::<wire::Videos>(cx.http, cx.token, url, body, CALL_TIMEOUT).await;
    let video =
        answer.outcome.ok().and_then(|found| found.videos.into_iter().find(|video| video.id.text() == *id));
    let url = video.and_then(|video| video.share_url).filter(|url| is_link(url));
    Live { url, ..live }
}

/// It becomes a link on our pages, so it must be nothing but one.
fn is_link(url: &str) -> bool {
    url.len() <= 2048 && Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "https" | "http"))
}
