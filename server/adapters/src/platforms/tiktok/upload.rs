//! Chunks to the upload host (contract tiktok.md §4), and what its answers mean.

use model::Evidence;
use model::rules::tiktok as rules;
use publishing::{
    Answer, Body, CallLog, Class, Cx, Exchange, Job, Media, Method, Refusal, Request, StepPlan,
};
use secrecy::ExposeSecret;

use super::super::calls::{self, Sent};
use super::{UPLOAD_URL, api};

/// Bytes `from..to` of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Chunk {
    from: u64,
    to: u64,
    total: u64,
}

/// How many chunks a file makes.
pub(super) fn count(size_bytes: u64) -> u32 {
    let (_, count) = rules::chunks(size_bytes);
    u32::try_from(count).expect("the rules allow 1000 chunks at most")
}

impl Chunk {
    pub(super) fn of(size_bytes: u64, index: u32) -> Self {
        let (size, count) = rules::chunks(size_bytes);
        let from = size * u64::from(index);
        let to = if u64::from(index) + 1 == count { size_bytes } else { from + size };
        Self { from, to, total: size_bytes }
    }

    fn is_last(self) -> bool {
        self.to == self.total
    }

    /// The value of `Content-Range`, both ends counted from 0 and belonging to it.
    fn range(self) -> String {
        format!("bytes {}-{}/{}", self.from, self.to - 1, self.total)
    }
}

/// Sends the chunk that `step` names.
pub(super) async fn put(cx: &Cx<'_>, job: &Job, media: &Media, step: &StepPlan) -> Answer<()> {
    let chunk = Chunk::of(media.size_bytes, step.index);
    let nothing_sent =
        |refusal| Answer { outcome: Err(refusal), evidence: Evidence::E1, log: CallLog::default() };
    let Some(url) = job.secret(UPLOAD_URL) else {
        return nothing_sent(Refusal::new(Class::Expired, "no_upload", "The upload has to begin anew."));
    };
    let stream = match cx.blobs.read(&media.key, chunk.from, chunk.to).await {
        Ok(stream) => stream,
        Err(error) => {
            tracing::warn!(%error, "Could not read a video from storage");
            let words = "The video could not be read from our storage. Trying again.";
            return nothing_sent(Refusal::new(Class::Retry, "file_unreadable", words));
        }
    };
    let request = Request::new(Method::Put, url.expose_secret())
        .header("content-type", media.mime.clone())
        .header("content-range", chunk.range())
        .body(Body::Stream { len: chunk.to - chunk.from, stream })
        .timeout(step.timeout);
    let (exchange, log) = calls::send(cx.http, request, Sent::Words(chunk.range()), &[url]).await;
    let (outcome, evidence) = judge(&exchange, chunk);
    Answer { outcome, evidence, log }
}

/// What the upload host's answer says about `chunk`.
pub(super) fn judge(exchange: &Exchange, chunk: Chunk) -> (Result<(), Refusal>, Evidence) {
    if let Some(evidence) = exchange.wire_evidence() {
        return (Err(api::unanswered(evidence)), evidence);
    }
    let expired = || {
        let words = "TikTok's upload address is no longer good. The upload begins anew.";
        (Err(Refusal::new(Class::Expired, format!("upload_{}", exchange.status), words)), Evidence::E5)
    };
    match exchange.status {
        201 if chunk.is_last() => (Ok(()), Evidence::E8),
        206 if !chunk.is_last() => (Ok(()), Evidence::E8),
        416 => match progress(exchange) {
            // It has this chunk from an earlier try whose answer got lost.
            Some(uploaded) if uploaded >= chunk.to => (Ok(()), Evidence::E8),
            // It waits for just this chunk and says at the same time that it does not.
            Some(uploaded) if uploaded == chunk.from => {
                let words = "TikTok mixed up the parts of the upload. Trying again.";
                (Err(Refusal::new(Class::Retry, "upload_416", words)), Evidence::E5)
            }
            None if chunk.is_last() => {
                let words = "TikTok says the upload is at another place, but not at which.";
                (Err(Refusal::new(Class::Ambiguous, "upload_416", words)), Evidence::E7)
            }
            Some(_) | None => expired(),
        },
        401 | 403 | 404 => expired(),
        400 => {
            let words = "TikTok refused the upload of this file. Upload the video again, then retry.";
            (Err(Refusal::new(Class::Permanent, "upload_400", words)), Evidence::E5)
        }
        429 => {
            let (refusal, evidence) = api::unreadable(429);
            (Err(refusal), evidence)
        }
        // Also 206 for the last chunk and 201 for another: neither is what the contract promises.
        status @ (..400 | 500.. | 408) => {
            let (refusal, evidence) = api::unreadable(status);
            (Err(refusal), evidence)
        }
        // An undocumented refusal proves nothing about a chunk that was sent whole.
        status => {
            let words = format!("TikTok answered the upload with status {status}.");
            (Err(Refusal::new(Class::Ambiguous, format!("upload_{status}"), words)), Evidence::E7)
        }
    }
}

/// How many bytes the host has: `Content-Range: bytes 0-{uploaded}/{total}`. The contract leaves open whether
/// that is the number or the last position; chunks end at known places, so one byte less than such a place is
/// taken for the position.
fn progress(exchange: &Exchange) -> Option<u64> {
    let (range, total) = exchange.header("content-range")?.strip_prefix("bytes ")?.split_once('/')?;
    let uploaded: u64 = range.split_once('-')?.1.parse().ok()?;
    let total: u64 = total.parse().ok()?;
    let (chunk_size, _) = rules::chunks(total.max(1));
    let is_position = (uploaded + 1).is_multiple_of(chunk_size) || uploaded + 1 == total;
    Some(if is_position { uploaded + 1 } else { uploaded })
}
