//! TikTok: Login Kit v2 and direct posts by FILE_UPLOAD (contract tiktok.md).
//!
//! FILE_UPLOAD and not PULL_FROM_URL, because there the irreversible call is the last chunk and not the init:
//! nothing is posted before the last byte arrives, and every call has a `publish_id` to ask about.

mod accounts;
mod api;
mod failures;
mod looks;
mod upload;
mod wire;

use std::time::Duration;

use async_trait::async_trait;
use model::rules::tiktok as rules;
use model::{Evidence, Privacy};
use publishing::{
    Answer, CallLog, Capabilities, Class, Committed, Content, Cx, Idempotency, Job, Media, Next, Platform,
    Prepared, Progress, Refusal, StepPlan,
};
use secrecy::SecretString;
use serde_json::json;
use url::Url;

use self::api::reversible;

/// The steps, in their order.
const CREATOR_INFO: &str = "creator_info";
const VIDEO_INIT: &str = "video_init";
const CHUNK: &str = "chunk";
const LAST_CHUNK: &str = "last_chunk";
/// Under these names the init's answer is kept.
const PUBLISH_ID: &str = "publish_id";
const UPLOAD_URL: &str = "upload_url";

const CALL_TIMEOUT: Duration = Duration::from_secs(10);
/// README of `publishing`, §2, rule 15.
const CHUNK_TIMEOUT: Duration = Duration::from_mins(2);
const COMMIT_TIMEOUT: Duration = Duration::from_secs(30);
/// Contract tiktok.md §4: usable for 1 h. The rest is for the last chunk, so that nobody begins it too late.
const UPLOAD_LIFE: Duration = Duration::from_mins(55);

static CAPABILITIES: Capabilities = Capabilities {
    platform: model::Platform::Tiktok,
    // The last chunk completes one upload whose `publish_id` we hold: a second one is answered with 416.
    idempotency: Idempotency::SetState,
    // "Incomplete" is said of that very upload. An unknown `publish_id` is never reported as absence.
    absence_is_proof: true,
    partly_sent_is_unknown: true,
    // Contract §1: every refresh ends the life of the token it used.
    refresh_reuse_tolerant: false,
    lead: Duration::from_mins(15),
    commit_timeout: COMMIT_TIMEOUT,
    confirm_limit: Duration::from_hours(24),
    // Contract (c) 1.
    poll: (Duration::from_secs(5), Duration::from_mins(1)),
};

/// What the operator's settings say about TikTok.
#[derive(Debug, Clone)]
pub struct Config {
    pub client_key: String,
    pub client_secret: SecretString,
    /// The consent screen, such as `https://www.tiktok.com/v2/auth/authorize/`.
    pub authorize_url: Url,
    /// Where `/v2/…` lies, such as `https://open.tiktokapis.com`.
    pub api_url: Url,
}

/// The adapter; holds nothing but its settings.
#[derive(Debug, Clone)]
pub struct Tiktok {
    config: Config,
}

impl Tiktok {
    pub fn new(config: Config) -> Self {
        Self { config }
    }

    fn api(&self, path: &str) -> String {
        format!("{}{path}", self.config.api_url.as_str().trim_end_matches('/'))
    }
}

#[async_trait]
impl Platform for Tiktok {
    fn capabilities(&self) -> &'static Capabilities {
        &CAPABILITIES
    }

    fn next(&self, job: &Job) -> Next {
        let media = match check(&job.content, job.media.as_ref()) {
            Ok(media) => media,
            Err(refusal) => return Next::Impossible(refusal),
        };
        let plan =
            |kind: &str, index, words: String, timeout| StepPlan { kind: kind.into(), index, words, timeout };
        if job.count(CREATOR_INFO) == 0 {
            let words = "Checked what the account may post".to_owned();
            return Next::Prepare(plan(CREATOR_INFO, 0, words, CALL_TIMEOUT));
        }
        if job.count(VIDEO_INIT) == 0 {
            return Next::Prepare(plan(VIDEO_INIT, 0, "Opened an upload".to_owned(), CALL_TIMEOUT));
        }
        let count = upload::count(media.size_bytes);
        let index = job.count(CHUNK);
        if index + 1 < count {
            let words = format!("Sent part {} of {count}", index + 1);
            return Next::Prepare(plan(CHUNK, index, words, CHUNK_TIMEOUT));
        }
        let words = if count == 1 { "Sent the video".to_owned() } else { "Sent the last part".to_owned() };
        Next::Commit(plan(LAST_CHUNK, count - 1, words, COMMIT_TIMEOUT))
    }

    async fn prepare(&self, cx: &Cx<'_>, job: &Job, step: &StepPlan) -> Answer<Prepared> {
        let Some(media) = &job.media else { return not_begun(no_video()) };
        match step.kind.as_str() {
            CREATOR_INFO => reversible(self.check_creator(cx, job, media, step).await),
            VIDEO_INIT => reversible(self.init(cx, job, media, step).await),
            CHUNK => reversible(upload::put(cx, job, media, step).await).map(|()| Prepared::default()),
            // A newer version of this program may have planned it.
            _ => {
                not_begun(Refusal::new(Class::Retry, "unknown_step", "This step belongs to another version."))
            }
        }
    }

    /// The last chunk. 201 means that TikTok has the file whole and works on it; the status decides the rest.
    /// A dead upload address is reported as [`Class::Expired`]: contract (b) allows a new init only once the
    /// status says that nothing was published, so the core looks first.
    async fn commit(&self, cx: &Cx<'_>, job: &Job, step: &StepPlan) -> Answer<Committed> {
        let Some(media) = &job.media else { return not_begun(no_video()) };
        upload::put(cx, job, media, step).await.map(|()| Committed::default())
    }

    async fn look(&self, cx: &Cx<'_>, job: &Job) -> Answer<Progress> {
        looks::look(self, cx, job).await
    }
}

impl Tiktok {
    /// Contract §3: read anew before every post. What was offered when the post was made may be gone.
    async fn check_creator(
        &self,
        cx: &Cx<'_>,
        job: &Job,
        media: &Media,
        step: &StepPlan,
    ) -> Answer<Prepared> {
        let answer = self.creator_info(cx.http, cx.token, step.timeout).await;
        let Ok(creator) = &answer.outcome else { return answer.map(|_| Prepared::default()) };
        let problem = if !creator.offers(job.content.privacy) {
            Some(failures::refusal(403, "privacy_level_option_mismatch").0)
        } else if media.duration_ms.is_some_and(|ms| ms > u64::from(creator.max_video_seconds()) * 1000) {
            Some(failures::failure("duration_check_failed").0)
        } else {
            None
        };
        match problem {
            Some(refusal) => Answer { outcome: Err(refusal), evidence: Evidence::E5, log: answer.log },
            None => answer.map(|_| Prepared::default()),
        }
    }

    async fn init(&self, cx: &Cx<'_>, job: &Job, media: &Media, step: &StepPlan) -> Answer<Prepared> {
        let content = &job.content;
        let (chunk_size, count) = rules::chunks(media.size_bytes);
        let body = json!({
            "post_info": {
                "title": content.caption,
                "privacy_level": content.privacy,
                "disable_duet": !content.allow_duet,
                "disable_comment": !content.allow_comment,
                "disable_stitch": !content.allow_stitch,
                "brand_content_toggle": content.branded_content,
                "brand_organic_toggle": content.your_brand,
                "is_aigc": content.ai_made,
            },
            "source_info": {
                "source": "FILE_UPLOAD",
                "video_size": media.size_bytes,
                "chunk_size": chunk_size,
                "total_chunk_count": count,
            },
        });
        let url = self.api("/v2/post/publish/video/init/");
        api::post::<wire::Init>(cx.http, cx.token, url, body, step.timeout).await.map(|init| Prepared {
            ids: [(PUBLISH_ID.to_owned(), init.publish_id)].into(),
            secrets: [(UPLOAD_URL.to_owned(), SecretString::from(init.upload_url))].into(),
            expires_in: Some(UPLOAD_LIFE),
        })
    }
}

/// What TikTok would never take, whatever the account may do. The same rules stood at the form; they stand
/// here again because a row can be older than the rules.
fn check<'a>(content: &Content, media: Option<&'a Media>) -> Result<&'a Media, Refusal> {
    let media = media.ok_or_else(no_video)?;
    let refuse = |code, words| Err(Refusal::new(Class::Permanent, code, words));
    if !rules::MIMES.contains(&media.mime.as_str()) {
        return refuse("file_type", "TikTok takes MP4, MOV or WebM videos. Choose another file.");
    }
    if media.size_bytes == 0 || media.size_bytes > rules::VIDEO_MAX_BYTES {
        return refuse("file_size", "TikTok takes videos up to 4 GB. Choose another file.");
    }
    if media.duration_ms.is_some_and(|ms| ms > u64::from(rules::VIDEO_MAX_SECONDS) * 1000) {
        return refuse("duration", "TikTok takes videos up to 10 minutes. Choose another file.");
    }
    if model::rules::utf16_len(&content.caption) > rules::CAPTION_MAX {
        return refuse("caption", "The caption is longer than TikTok's 2200 characters. Shorten it.");
    }
    match content.privacy {
        None => refuse("privacy", "Nobody chose who can see the video. Choose it and schedule again."),
        Some(Privacy::SelfOnly) if content.branded_content => refuse("privacy", rules::BRANDED_NOT_PRIVATE),
        Some(_) => Ok(media),
    }
}

fn no_video() -> Refusal {
    Refusal::new(Class::Permanent, "no_video", "The post has no video. Add one and schedule it again.")
}

/// Nothing was called.
fn not_begun<T>(refusal: Refusal) -> Answer<T> {
    Answer { outcome: Err(refusal), evidence: Evidence::E0, log: CallLog::default() }
}

#[cfg(test)]
mod tests;
