//! The failure table of contract tiktok.md (b), row by row, and the order of the steps.

use std::collections::BTreeMap;
use std::sync::Mutex;

use bytes::Bytes;
use jiff::Timestamp;
use model::{DeliveryState, StepOutcome};
use publishing::{Blobs, ByteStream, Exchange, Fence, Http, Owner, Request, Step, Wire};
use serde_json::Value;
use uuid::Uuid;

use super::*;

/// Answers every call with the same exchange and remembers the addresses.
struct Told {
    wire: Wire,
    status: u16,
    body: String,
    range: Option<&'static str>,
    urls: Mutex<Vec<String>>,
}

impl Told {
    fn answer(status: u16, body: impl Into<String>) -> Self {
        Self { wire: Wire::Answered, status, body: body.into(), range: None, urls: Mutex::default() }
    }

    fn wire(wire: Wire) -> Self {
        Self { wire, ..Self::answer(0, "") }
    }

    fn code(status: u16, code: &str) -> Self {
        let error = json!({ "code": code, "message": "in TikTok's words", "log_id": "L1" });
        Self::answer(status, json!({ "data": {}, "error": error }).to_string())
    }
}

#[async_trait]
impl Http for Told {
    async fn send(&self, request: Request) -> Exchange {
        self.urls.lock().unwrap().push(request.url);
        Exchange {
            wire: self.wire,
            status: self.status,
            headers: self.range.map(|range| ("content-range".into(), range.into())).into_iter().collect(),
            body: Bytes::from(self.body.clone()),
            trouble: None,
            took: Duration::ZERO,
        }
    }
}

struct NoBytes;

#[async_trait]
impl Blobs for NoBytes {
    async fn read(&self, _: &str, _: u64, _: u64) -> std::io::Result<ByteStream> {
        Ok(Box::pin(futures::stream::empty()))
    }
}

fn tiktok() -> Tiktok {
    Tiktok::new(Config {
        client_key: "key".into(),
        client_secret: SecretString::from("app-secret"),
        authorize_url: Url::parse("https://www.tiktok.com/v2/auth/authorize/").unwrap(),
        api_url: Url::parse("https://open.tiktokapis.com").unwrap(),
    })
}

const SIZE: u64 = 3 * rules::CHUNK_MIN_BYTES;

/// A job whose steps of these kinds are confirmed.
fn job(kinds: &[&str]) -> Job {
    let step = |kind: &&str| Step {
        id: model::StepId(Uuid::from_u128(1)),
        part: 0,
        kind: (*kind).to_owned(),
        index: 0,
        irreversible: false,
        outcome: StepOutcome::Confirmed,
        ids: BTreeMap::from([(PUBLISH_ID.to_owned(), "v_pub_file~v2-1.1".to_owned())]),
        secrets: BTreeMap::from([(
            UPLOAD_URL.to_owned(),
            "https://up.tiktokapis.com/?upload_token=hush".into(),
        )]),
        expires_at: None,
        begun_at: Timestamp::UNIX_EPOCH,
        deadline_at: None,
        owner: Owner { id: "here".into() },
    };
    Job {
        fence: Fence {
            delivery: model::DeliveryId(Uuid::from_u128(2)),
            epoch: 1,
            workspace: model::WorkspaceId(Uuid::from_u128(3)),
        },
        post: model::PostId(Uuid::from_u128(4)),
        channel: model::ChannelId(Uuid::from_u128(5)),
        platform: model::Platform::Tiktok,
        remote_account: "open-id".into(),
        state: DeliveryState::Preparing,
        content: Content { privacy: Some(Privacy::SelfOnly), ..Content::default() },
        media: Some(Media {
            key: "k".into(),
            mime: "video/mp4".into(),
            size_bytes: SIZE,
            sha256: String::new(),
            duration_ms: Some(6_000),
        }),
        due_at: Timestamp::UNIX_EPOCH,
        late_limit_at: Timestamp::MAX,
        skip_when_late: false,
        since: Timestamp::UNIX_EPOCH,
        attempts: 0,
        looks: 0,
        steps: kinds.iter().map(step).collect(),
        now: Timestamp::UNIX_EPOCH,
    }
}

/// What a refusal comes to: class, evidence, and how long to wait.
type Verdict = (Class, Evidence, u64);

fn verdict<T: std::fmt::Debug>(answer: Answer<T>) -> Verdict {
    let refusal = answer.outcome.unwrap_err();
    assert!(!refusal.message.contains("in TikTok's words") && refusal.message.ends_with('.'), "{refusal:?}");
    (refusal.class, answer.evidence, refusal.retry_after.unwrap_or_default().as_secs())
}

fn step(kind: &str, index: u32) -> StepPlan {
    StepPlan { kind: kind.into(), index, words: String::new(), timeout: COMMIT_TIMEOUT }
}

async fn prepare(http: &Told, kind: &str) -> Answer<Prepared> {
    let token = SecretString::from("act.token");
    let cx = Cx { http, blobs: &NoBytes, token: &token };
    tiktok().prepare(&cx, &job(&[CREATOR_INFO, VIDEO_INIT]), &step(kind, 0)).await
}

async fn commit(http: &Told) -> Answer<Committed> {
    let token = SecretString::from("act.token");
    let cx = Cx { http, blobs: &NoBytes, token: &token };
    tiktok().commit(&cx, &job(&[CREATOR_INFO, VIDEO_INIT, CHUNK, CHUNK]), &step(LAST_CHUNK, 2)).await
}

async fn look(http: &Told) -> Answer<Progress> {
    let token = SecretString::from("act.token");
    let cx = Cx { http, blobs: &NoBytes, token: &token };
    tiktok().look(&cx, &job(&[CREATOR_INFO, VIDEO_INIT])).await
}

#[tokio::test]
async fn every_refusal_of_the_contract_has_its_class() {
    const DAY: u64 = 86_400;
    let rows: [(u16, &str, Verdict); 24] = [
        (401, "access_token_invalid", (Class::Refresh, Evidence::E5, 0)),
        (401, "scope_not_authorized", (Class::Reconnect, Evidence::E5, 0)),
        (400, "scope_permission_missed", (Class::Reconnect, Evidence::E5, 0)),
        (429, "rate_limit_exceeded", (Class::RateLimited, Evidence::E6, 60)),
        (429, "something_new", (Class::RateLimited, Evidence::E6, 60)),
        (403, "spam_risk_too_many_posts", (Class::RateLimited, Evidence::E6, DAY)),
        (200, "spam_risk_too_many_posts", (Class::RateLimited, Evidence::E6, DAY)),
        (403, "spam_risk_too_many_pending_share", (Class::RateLimited, Evidence::E6, DAY)),
        (200, "reached_active_user_cap", (Class::RateLimited, Evidence::E6, DAY)),
        (200, "spam_risk_user_banned_from_posting", (Class::Permanent, Evidence::E5, 0)),
        (403, "spam_risk", (Class::Permanent, Evidence::E5, 0)),
        (403, "spam_risk_text", (Class::Permanent, Evidence::E5, 0)),
        (403, "privacy_level_option_mismatch", (Class::Permanent, Evidence::E5, 0)),
        (403, "unaudited_client_can_only_post_to_private_accounts", (Class::Permanent, Evidence::E5, 0)),
        (403, "url_ownership_unverified", (Class::Permanent, Evidence::E5, 0)),
        (400, "invalid_param", (Class::Permanent, Evidence::E5, 0)),
        (400, "invalid_params", (Class::Permanent, Evidence::E5, 0)),
        (400, "invalid_file_upload", (Class::Permanent, Evidence::E5, 0)),
        (403, "app_version_check_failed", (Class::Permanent, Evidence::E5, 0)),
        (400, "something_new", (Class::Permanent, Evidence::E5, 0)),
        (500, "internal_error", (Class::Retry, Evidence::E4, 0)),
        (503, "something_new", (Class::Retry, Evidence::E4, 0)),
        (404, "invalid_publish_id", (Class::Retry, Evidence::E4, 0)),
        (403, "token_not_authorized_for_specified_publish_id", (Class::Retry, Evidence::E4, 0)),
    ];
    for (status, code, expected) in rows {
        let answer = prepare(&Told::code(status, code), VIDEO_INIT).await;
        assert_eq!(answer.log.platform_ref.as_deref(), Some("L1"), "the log id is kept");
        assert_eq!(verdict(answer), expected, "{status} {code}");
    }
    for row in failures::REFUSALS {
        assert!(rows.iter().any(|(_, code, _)| *code == row.code), "{} is not tested", row.code);
    }
}

#[tokio::test]
async fn an_unanswered_init_is_made_again() {
    let rows = [
        (Told::wire(Wire::NotConnected), Evidence::E0),
        (Told::wire(Wire::NothingSent), Evidence::E1),
        (Told::wire(Wire::PartlySent), Evidence::E2),
        (Told::wire(Wire::NoAnswer), Evidence::E3),
        (Told::answer(502, "<html>"), Evidence::E4),
        (Told::answer(200, "<html>"), Evidence::E7),
        (Told::code(200, "ok"), Evidence::E7),
    ];
    for (told, evidence) in rows {
        assert_eq!(verdict(prepare(&told, VIDEO_INIT).await), (Class::Retry, evidence, 0));
    }
}

#[tokio::test]
async fn every_answer_to_a_middle_chunk_has_its_class() {
    let after_first = "bytes 0-5242880/15728640";
    let last_of_first = "bytes 0-5242879/15728640";
    let nothing = "bytes 0-0/15728640";
    let half = "bytes 0-77/15728640";
    let put = |status, range| Told { range, ..Told::answer(status, "") };
    for done in [put(206, None), put(416, Some(after_first)), put(416, Some(last_of_first))] {
        assert!(prepare(&done, CHUNK).await.outcome.is_ok());
    }
    let rows = [
        (put(416, Some(nothing)), (Class::Retry, Evidence::E5, 0)),
        (put(416, Some(half)), (Class::Expired, Evidence::E5, 0)),
        (put(416, None), (Class::Expired, Evidence::E5, 0)),
        (put(403, None), (Class::Expired, Evidence::E5, 0)),
        (put(404, None), (Class::Expired, Evidence::E5, 0)),
        (put(400, None), (Class::Permanent, Evidence::E5, 0)),
        (put(429, None), (Class::RateLimited, Evidence::E6, 60)),
        (put(500, None), (Class::Retry, Evidence::E4, 0)),
        (put(200, None), (Class::Retry, Evidence::E7, 0)),
        (put(201, None), (Class::Retry, Evidence::E7, 0)),
        (Told::wire(Wire::NotConnected), (Class::Retry, Evidence::E0, 0)),
        (Told::wire(Wire::PartlySent), (Class::Retry, Evidence::E2, 0)),
        (Told::wire(Wire::NoAnswer), (Class::Retry, Evidence::E3, 0)),
    ];
    for (told, expected) in rows {
        assert_eq!(verdict(prepare(&told, CHUNK).await), expected, "{} {:?}", told.status, told.range);
    }
}

#[tokio::test]
async fn doubt_about_the_last_chunk_stays_doubt() {
    let whole = "bytes 0-15728640/15728640";
    let last_position = "bytes 0-15728639/15728640";
    let missing = "bytes 0-10485760/15728640";
    let lost = "bytes 0-5242880/15728640";
    let put = |status, range| Told { range, ..Told::answer(status, "") };
    for done in [put(201, None), put(416, Some(whole)), put(416, Some(last_position))] {
        let answer = commit(&done).await;
        assert!(answer.outcome.unwrap().live.is_none(), "the status decides what became of it");
        assert_eq!(answer.evidence, Evidence::E8);
    }
    let rows = [
        (put(206, None), (Class::Ambiguous, Evidence::E7, 0)),
        (put(200, None), (Class::Ambiguous, Evidence::E7, 0)),
        (put(302, None), (Class::Ambiguous, Evidence::E7, 0)),
        (put(418, None), (Class::Ambiguous, Evidence::E7, 0)),
        (put(500, None), (Class::Ambiguous, Evidence::E4, 0)),
        (put(504, None), (Class::Ambiguous, Evidence::E4, 0)),
        (put(416, None), (Class::Ambiguous, Evidence::E7, 0)),
        (put(416, Some(missing)), (Class::Retry, Evidence::E5, 0)),
        (put(416, Some(lost)), (Class::Expired, Evidence::E5, 0)),
        (put(403, None), (Class::Expired, Evidence::E5, 0)),
        (put(404, None), (Class::Expired, Evidence::E5, 0)),
        (put(429, None), (Class::RateLimited, Evidence::E6, 60)),
        (Told::wire(Wire::NotConnected), (Class::Retry, Evidence::E0, 0)),
        (Told::wire(Wire::NothingSent), (Class::Retry, Evidence::E1, 0)),
        (Told::wire(Wire::PartlySent), (Class::Ambiguous, Evidence::E2, 0)),
        (Told::wire(Wire::NoAnswer), (Class::Ambiguous, Evidence::E3, 0)),
    ];
    for (told, expected) in rows {
        let answer = commit(&told).await;
        assert!(!format!("{:?}", answer.log).contains("hush"), "the upload address is a secret");
        assert_eq!(verdict(answer), expected, "{} {:?}", told.status, told.range);
    }
}

fn status(fields: Value) -> Told {
    let error = json!({ "code": "ok", "message": "", "log_id": "L1" });
    Told::answer(200, json!({ "data": fields, "error": error }).to_string())
}

#[tokio::test]
async fn every_reason_to_fail_has_its_class() {
    let rows = [
        ("file_format_check_failed", Class::Permanent, false),
        ("duration_check_failed", Class::Permanent, false),
        ("frame_rate_check_failed", Class::Permanent, false),
        ("picture_size_check_failed", Class::Permanent, false),
        ("internal", Class::Retry, true),
        ("video_pull_failed", Class::Retry, true),
        ("photo_pull_failed", Class::Retry, true),
        ("publish_cancelled", Class::Permanent, false),
        ("auth_removed", Class::Reconnect, false),
        ("spam_risk_too_many_posts", Class::RateLimited, true),
        ("spam_risk_user_banned_from_posting", Class::Permanent, false),
        ("spam_risk_text", Class::Permanent, false),
        ("spam_risk", Class::Permanent, false),
        ("something_new", Class::Permanent, false),
    ];
    for (reason, class, expected) in rows {
        let answer = look(&status(json!({ "status": "FAILED", "fail_reason": reason }))).await;
        let Progress::Failed { refusal, may_retry } = answer.outcome.unwrap() else { panic!("{reason}") };
        assert_eq!((refusal.class, may_retry), (class, expected), "{reason}");
    }
    for row in failures::FAILURES {
        assert!(rows.iter().any(|(reason, ..)| *reason == row.code), "{} is not tested", row.code);
    }
}

#[tokio::test]
async fn a_status_says_how_far_it_is() {
    let uploading = |bytes: u64| status(json!({ "status": "PROCESSING_UPLOAD", "uploaded_bytes": bytes }));
    assert_eq!(look(&uploading(SIZE - 1)).await.outcome.unwrap(), Progress::Incomplete);
    assert_eq!(look(&uploading(SIZE)).await.outcome.unwrap(), Progress::Processing);
    let silent = status(json!({ "status": "PROCESSING_UPLOAD" }));
    assert_eq!(look(&silent).await.outcome.unwrap(), Progress::Processing, "no count proves nothing");
    for done in ["PUBLISH_COMPLETE", "SEND_TO_USER_INBOX"] {
        let live = Progress::Live(publishing::platform::Live { remote_id: None, url: None });
        assert_eq!(look(&status(json!({ "status": done }))).await.outcome.unwrap(), live);
    }
    // Larger than any float keeps whole.
    let told = status(
        json!({ "status": "PUBLISH_COMPLETE", "publicaly_available_post_id": [7_123_456_789_012_345_679_u64] }),
    );
    let Progress::Live(live) = look(&told).await.outcome.unwrap() else { panic!() };
    assert_eq!(live.remote_id.as_deref(), Some("7123456789012345679"));
    let strange = look(&status(json!({ "status": "NEW_WORD" }))).await;
    assert_eq!(strange.outcome.unwrap_err().class, Class::Ambiguous);
    let unknown = look(&Told::code(400, "invalid_publish_id")).await;
    assert_eq!(unknown.outcome.unwrap_err().class, Class::Ambiguous, "an unknown id is no proof of absence");
}

#[tokio::test]
async fn an_error_of_the_token_endpoint_counts_even_with_status_200() {
    let rows = [
        (200, "invalid_grant", Class::Reconnect, Evidence::E5),
        (400, "invalid_grant", Class::Reconnect, Evidence::E5),
        (200, "access_denied", Class::Reconnect, Evidence::E5),
        (400, "invalid_client", Class::Permanent, Evidence::E5),
        (400, "unauthorized_client", Class::Permanent, Evidence::E5),
        (400, "invalid_request", Class::Permanent, Evidence::E5),
        (400, "invalid_scope", Class::Permanent, Evidence::E5),
        (400, "unsupported_grant_type", Class::Permanent, Evidence::E5),
        (400, "unsupported_response_type", Class::Permanent, Evidence::E5),
        (503, "something_new", Class::Ambiguous, Evidence::E4),
    ];
    let refresh = SecretString::from("rft.hush-hush-hush");
    for (status, code, class, evidence) in rows {
        let told = Told::answer(
            status,
            json!({ "error": code, "error_description": "in TikTok's words" }).to_string(),
        );
        let answer = publishing::Accounts::refresh(&tiktok(), &told, &refresh).await;
        let log = format!("{:?}", answer.log);
        assert!(!log.contains("hush") && !log.contains("app-secret"), "{log}");
        let refusal = answer.outcome.err().unwrap();
        assert_eq!((refusal.class, answer.evidence), (class, evidence), "{status} {code}");
    }
    for row in failures::SIGN_IN {
        assert!(rows.iter().any(|(_, code, ..)| *code == row.code), "{} is not tested", row.code);
    }
    // Nobody knows whether the old token still lives: the core must not send it twice.
    for told in [Told::wire(Wire::NoAnswer), Told::answer(200, "<html>"), Told::answer(200, "{}")] {
        let answer = publishing::Accounts::refresh(&tiktok(), &told, &refresh).await;
        assert_eq!(answer.outcome.err().unwrap().class, Class::Ambiguous);
    }
}

#[test]
fn the_steps_follow_each_other_and_the_last_chunk_is_the_commit() {
    let mut done = Vec::new();
    let mut seen = Vec::new();
    loop {
        match tiktok().next(&job(&done)) {
            Next::Prepare(plan) => {
                seen.push(plan.words);
                done.push(match plan.kind.as_str() {
                    CREATOR_INFO => CREATOR_INFO,
                    VIDEO_INIT => VIDEO_INIT,
                    _ => CHUNK,
                });
            }
            Next::Commit(plan) => {
                assert_eq!((plan.kind.as_str(), plan.index), (LAST_CHUNK, 2));
                break;
            }
            Next::Impossible(refusal) => panic!("{refusal}"),
        }
    }
    let words =
        ["Checked what the account may post", "Opened an upload", "Sent part 1 of 3", "Sent part 2 of 3"];
    assert_eq!(seen, words);
}

#[test]
fn what_tiktok_never_takes_is_not_begun() {
    let spoil: [fn(&mut Job); 7] = [
        |job| job.media = None,
        |job| job.content.privacy = None,
        |job| job.content.branded_content = true,
        |job| job.content.caption = "x".repeat(2201),
        |job| job.media.as_mut().unwrap().size_bytes = 0,
        |job| job.media.as_mut().unwrap().mime = "image/gif".into(),
        |job| job.media.as_mut().unwrap().duration_ms = Some(600_001),
    ];
    for spoil in spoil {
        let mut job = job(&[]);
        spoil(&mut job);
        let Next::Impossible(refusal) = tiktok().next(&job) else { panic!() };
        assert_eq!(refusal.class, Class::Permanent);
    }
}

#[test]
fn the_challenge_is_hexadecimal_as_in_the_contract() {
    let verifier = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRST";
    assert_eq!(
        accounts::challenge(verifier),
        "4fe67edd89579953d2da8bfc2182e9ee859cce243e8f01898f992c35fcf88888"
    );
}
