//! The adapter against the sandbox of TikTok, over a real socket.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use adapters::clock::SystemClock;
use adapters::http::{Destinations, HttpClient};
use adapters::platforms::tiktok::{Config, Tiktok};
use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;
use model::{
    ChannelId, DeliveryId, DeliveryState, Evidence, PostId, Privacy, StepId, StepOutcome, WorkspaceId,
};
use publishing::{
    Accounts, Answer, Authorize, Blobs, Body, ByteStream, Class, CodeExchange, Committed, Connected, Content,
    Cx, Fence, Http, Job, Media, Method, Next, Owner, Platform, Prepared, Progress, Request, Step, StepPlan,
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use url::Url;
use uuid::Uuid;

const BACK: &str = "http://127.0.0.1:3000/channels/return/tiktok";
const VERIFIER: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRST";
const ALL: [&str; 3] = ["user.info.basic", "video.publish", "video.list"];

/// The file that is posted: three chunks.
struct File(Bytes);

impl File {
    fn new() -> Self {
        let mut bytes = vec![0; 16_000_003];
        bytes[..12].copy_from_slice(b"\0\0\0\x14ftypisom");
        for (at, byte) in bytes.iter_mut().enumerate().skip(12) {
            *byte = u8::try_from(at / 1000 % 251).unwrap();
        }
        Self(bytes.into())
    }

    fn sha256(&self) -> String {
        hex::encode(Sha256::digest(&self.0))
    }
}

#[async_trait]
impl Blobs for File {
    async fn read(&self, _: &str, from: u64, to: u64) -> std::io::Result<ByteStream> {
        let part = self.0.slice(usize::try_from(from).unwrap()..usize::try_from(to).unwrap());
        let pieces = part.chunks(100_000).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect::<Vec<_>>();
        Ok(Box::pin(futures::stream::iter(pieces)))
    }
}

/// A sandbox that is served, and the adapter that speaks to it.
struct Place {
    base: String,
    http: HttpClient,
    tiktok: Tiktok,
    file: File,
}

impl Place {
    async fn new() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let url = Url::parse(&base).unwrap();
        let options = sandbox::Options { public_url: url.clone(), state_dir: None };
        let world = sandbox::World::open(options).await.unwrap();
        tokio::spawn(async move { axum::serve(listener, world.router()).await.unwrap() });
        let destinations = Destinations::default().origin(&url);
        let http = HttpClient::platform(Arc::new(SystemClock::new()), destinations).unwrap();
        let tiktok = Tiktok::new(Config {
            client_key: "sandbox".into(),
            client_secret: SecretString::from("sandbox-secret"),
            authorize_url: Url::parse(&format!("{base}/tiktok/v2/auth/authorize/")).unwrap(),
            api_url: Url::parse(&format!("{base}/tiktok")).unwrap(),
        });
        let place = Self { base, http, tiktok, file: File::new() };
        place.put("/settings", &json!({ "tiktok": { "processing_ms": 50 } })).await;
        place
    }

    async fn put(&self, path: &str, body: &Value) {
        let request = Request::new(Method::Put, format!("{}{path}", self.base))
            .header("content-type", "application/json")
            .body(Body::Bytes(body.to_string().into()));
        let exchange = self.http.send(request).await;
        assert_eq!(exchange.status, 200, "{}", String::from_utf8_lossy(&exchange.body));
    }

    /// Bends one call, once.
    async fn fault(&self, call: &str, kind: Value) {
        self.put("/faults", &json!([{ "platform": "tiktok", "call": call, "kind": kind, "times": 1 }])).await;
    }

    async fn read(&self, path: &str) -> Value {
        let exchange = self.http.send(Request::new(Method::Get, format!("{}{path}", self.base))).await;
        serde_json::from_slice(&exchange.body).unwrap()
    }

    /// What is live.
    async fn feed(&self) -> Vec<Value> {
        self.read("/feed.json").await["live"].as_array().unwrap().clone()
    }

    /// Goes through the consent screen as a person does; the query of the way back.
    async fn consent(&self, account: &str, decision: &str, scopes: &[&str]) -> BTreeMap<String, String> {
        let url = self.tiktok.authorize_url(&Authorize {
            redirect_uri: BACK.into(),
            state: "state-1".into(),
            pkce_verifier: VERIFIER.into(),
        });
        let screen = self.http.send(Request::new(Method::Get, &url)).await;
        assert_eq!(screen.status, 200, "{}", String::from_utf8_lossy(&screen.body));
        let asked = Url::parse(&url).unwrap();
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(asked.query_pairs())
            .append_pair("account", account)
            .append_pair("decision", decision);
        for scope in scopes {
            form.append_pair("granted", scope);
        }
        let action = format!("{}/tiktok/v2/auth/authorize/", self.base);
        let request = Request::new(Method::Post, action)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::Bytes(form.finish().into()));
        let exchange = self.http.send(request).await;
        let back = Url::parse(exchange.header("location").unwrap()).unwrap();
        assert!(back.as_str().starts_with(BACK));
        back.query_pairs().into_owned().collect()
    }

    async fn exchange(&self, code: &str, verifier: &str) -> Answer<Connected> {
        let code =
            CodeExchange { code: code.into(), redirect_uri: BACK.into(), pkce_verifier: verifier.into() };
        self.tiktok.connect(&self.http, &code).await
    }

    async fn connect(&self) -> Connected {
        let back = self.consent("northwind", "allow", &ALL).await;
        assert_eq!(back["state"], "state-1");
        self.exchange(&back["code"], VERIFIER).await.outcome.unwrap()
    }

    fn cx<'a>(&'a self, token: &'a SecretString) -> Cx<'a> {
        Cx { http: &self.http, blobs: &self.file, token }
    }

    fn job(&self, account: &Connected) -> Job {
        Job {
            fence: Fence {
                delivery: DeliveryId(Uuid::from_u128(1)),
                epoch: 1,
                workspace: WorkspaceId(Uuid::from_u128(2)),
            },
            post: PostId(Uuid::from_u128(3)),
            channel: ChannelId(Uuid::from_u128(4)),
            platform: model::Platform::Tiktok,
            remote_account: account.remote_account.clone(),
            state: DeliveryState::Preparing,
            content: Content {
                caption: "Beans, slowly 😀 #coffee".into(),
                privacy: Some(Privacy::PublicToEveryone),
                allow_comment: true,
                ..Content::default()
            },
            media: Some(Media {
                key: "assets/w/file".into(),
                mime: "video/mp4".into(),
                size_bytes: self.file.0.len() as u64,
                sha256: self.file.sha256(),
                duration_ms: Some(6_000),
            }),
            due_at: Timestamp::UNIX_EPOCH,
            late_limit_at: Timestamp::MAX,
            skip_when_late: false,
            since: Timestamp::UNIX_EPOCH,
            attempts: 0,
            looks: 0,
            steps: Vec::new(),
            now: Timestamp::UNIX_EPOCH,
        }
    }

    /// Takes one preparing step, and records it as the core does.
    async fn prepare_one(&self, job: &mut Job, token: &SecretString, plan: &StepPlan) -> Answer<()> {
        let answer = self.tiktok.prepare(&self.cx(token), job, plan).await;
        answer.map(|prepared| record(job, plan, prepared))
    }

    /// Prepares until only the commit is left.
    async fn prepare(&self, job: &mut Job, token: &SecretString) -> StepPlan {
        loop {
            match self.tiktok.next(job) {
                Next::Prepare(plan) => self.prepare_one(job, token, &plan).await.outcome.unwrap(),
                Next::Commit(plan) => return plan,
                Next::Impossible(refusal) => panic!("{refusal}"),
            }
        }
    }

    async fn commit(&self, job: &Job, token: &SecretString, plan: &StepPlan) -> Answer<Committed> {
        self.tiktok.commit(&self.cx(token), job, plan).await
    }

    /// Looks until it is no longer being processed.
    async fn settle(&self, job: &Job, token: &SecretString) -> Progress {
        let ends = async {
            loop {
                let progress = self.tiktok.look(&self.cx(token), job).await.outcome.unwrap();
                if progress != Progress::Processing {
                    return progress;
                }
                tokio::time::sleep(Duration::from_millis(60)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), ends).await.unwrap()
    }
}

fn record(job: &mut Job, plan: &StepPlan, prepared: Prepared) {
    job.steps.push(Step {
        id: StepId(Uuid::from_u128(100 + job.steps.len() as u128)),
        part: 0,
        kind: plan.kind.clone(),
        index: plan.index,
        irreversible: false,
        outcome: StepOutcome::Confirmed,
        ids: prepared.ids,
        secrets: prepared.secrets,
        expires_at: None,
        begun_at: Timestamp::UNIX_EPOCH,
        deadline_at: None,
        owner: Owner { id: "here".into() },
    });
}

#[tokio::test]
async fn a_video_goes_the_whole_way_and_is_live_with_its_hash() {
    let place = Place::new().await;
    let account = place.connect().await;
    assert_eq!((&*account.name, &*account.handle), ("Northwind Coffee", "northwind"));
    assert_eq!(account.tokens.access_expires_in, Duration::from_hours(2));
    let token = &account.tokens.access;
    let creator = place.tiktok.creator(&place.http, token).await.outcome.unwrap();
    assert!(creator.privacy_options.contains(&Privacy::PublicToEveryone));

    let mut job = place.job(&account);
    let plan = place.prepare(&mut job, token).await;
    assert_eq!(place.feed().await, Vec::<Value>::new(), "nothing is live before the commit");
    assert_eq!(place.tiktok.look(&place.cx(token), &job).await.outcome.unwrap(), Progress::Incomplete);
    let answer = place.commit(&job, token, &plan).await;
    assert_eq!(answer.evidence, Evidence::E8);
    let Progress::Live(live) = place.settle(&job, token).await else { panic!() };

    let feed = place.feed().await;
    assert_eq!(feed.len(), 1);
    assert_eq!(feed[0]["sha256"], place.file.sha256());
    assert_eq!(feed[0]["caption"], job.content.caption);
    assert_eq!(feed[0]["post_id"], live.remote_id.unwrap());
    assert_eq!(feed[0]["url"], live.url.unwrap());
}

#[tokio::test]
async fn an_answer_that_is_lost_after_the_last_chunk_is_doubt_and_the_status_settles_it() {
    for kind in [json!("cut_after"), json!("cut_during"), json!("do_it_but_500"), json!("do_it_but_garbage")]
    {
        let place = Place::new().await;
        let account = place.connect().await;
        let token = &account.tokens.access;
        let mut job = place.job(&account);
        let plan = place.prepare(&mut job, token).await;
        place.fault("last_chunk", kind.clone()).await;
        let answer = place.commit(&job, token, &plan).await;
        assert_eq!(answer.outcome.unwrap_err().class, Class::Ambiguous, "{kind}");
        assert!(matches!(answer.evidence, Evidence::E3 | Evidence::E4 | Evidence::E7), "{kind}");
        assert!(matches!(place.settle(&job, token).await, Progress::Live(_)), "{kind}");
        // Even if the core erred and sent it again, there would be one video.
        assert!(place.commit(&job, token, &plan).await.outcome.is_ok(), "416 says that it is whole");
        assert_eq!(place.feed().await.len(), 1, "{kind}");
    }
}

#[tokio::test]
async fn a_last_chunk_that_was_not_taken_is_doubt_that_the_status_refutes() {
    let place = Place::new().await;
    let account = place.connect().await;
    let token = &account.tokens.access;
    let mut job = place.job(&account);
    let plan = place.prepare(&mut job, token).await;
    place.fault("last_chunk", json!("cut_before")).await;
    let answer = place.commit(&job, token, &plan).await;
    assert_eq!(answer.outcome.unwrap_err().class, Class::Ambiguous);
    assert!(matches!(answer.evidence, Evidence::E2 | Evidence::E3));
    assert_eq!(place.settle(&job, token).await, Progress::Incomplete);
    assert!(place.commit(&job, token, &plan).await.outcome.is_ok());
    assert!(matches!(place.settle(&job, token).await, Progress::Live(_)));
    assert_eq!(place.feed().await.len(), 1);
}

#[tokio::test]
async fn a_middle_chunk_whose_answer_was_lost_is_recognised_when_it_comes_again() {
    let place = Place::new().await;
    let account = place.connect().await;
    let token = &account.tokens.access;
    let mut job = place.job(&account);
    place.fault("upload", json!("do_it_but_500")).await;
    let mut refused = 0;
    let plan = loop {
        match place.tiktok.next(&job) {
            Next::Prepare(plan) => {
                if let Err(refusal) = place.prepare_one(&mut job, token, &plan).await.outcome {
                    assert_eq!((plan.kind.as_str(), refusal.class), ("chunk", Class::Retry));
                    refused += 1;
                }
            }
            Next::Commit(plan) => break plan,
            Next::Impossible(refusal) => panic!("{refusal}"),
        }
    };
    assert_eq!(refused, 1);
    place.commit(&job, token, &plan).await.outcome.unwrap();
    assert!(matches!(place.settle(&job, token).await, Progress::Live(_)));
    assert_eq!(place.feed().await[0]["sha256"], place.file.sha256());
}

#[tokio::test]
async fn an_upload_address_that_died_asks_for_a_new_upload() {
    let place = Place::new().await;
    let account = place.connect().await;
    let token = &account.tokens.access;
    let mut job = place.job(&account);
    let plan = place.prepare(&mut job, token).await;
    place.put("/settings", &json!({ "advance_ms": 3_600_000 })).await;
    let answer = place.commit(&job, token, &plan).await;
    assert_eq!((answer.outcome.unwrap_err().class, answer.evidence), (Class::Expired, Evidence::E5));
    assert_eq!(place.settle(&job, token).await, Progress::Incomplete, "the core may begin anew");
}

#[tokio::test]
async fn refusals_of_the_service_come_through_as_the_table_says() {
    let place = Place::new().await;
    let account = place.connect().await;
    let token = &account.tokens.access;
    let rows = [
        (
            "creator_info",
            json!({ "refuse": { "status": 200, "code": "reached_active_user_cap" } }),
            Class::RateLimited,
        ),
        ("creator_info", json!("rate_limit"), Class::RateLimited),
        ("creator_info", json!("do_it_but_garbage"), Class::Retry),
        (
            "creator_info",
            json!({ "refuse": { "status": 401, "code": "scope_not_authorized" } }),
            Class::Reconnect,
        ),
    ];
    for (call, kind, class) in rows {
        place.fault(call, kind.clone()).await;
        let mut job = place.job(&account);
        let Next::Prepare(plan) = place.tiktok.next(&job) else { panic!() };
        let answer = place.prepare_one(&mut job, token, &plan).await;
        assert_eq!(answer.outcome.unwrap_err().class, class, "{kind}");
    }
    let mut job = place.job(&account);
    job.content.privacy = Some(Privacy::FollowerOfCreator);
    let Next::Prepare(plan) = place.tiktok.next(&job) else { panic!() };
    let refusal = place.prepare_one(&mut job, token, &plan).await.outcome.unwrap_err();
    assert_eq!((refusal.class, &*refusal.code), (Class::Permanent, "privacy_level_option_mismatch"));
    let mut job = place.job(&account);
    job.media.as_mut().unwrap().duration_ms = Some(301_000);
    let refusal = place.prepare_one(&mut job, token, &plan).await.outcome.unwrap_err();
    assert_eq!((refusal.class, &*refusal.code), (Class::Permanent, "duration_check_failed"));

    place.fault("creator_info", json!("expire_token")).await;
    let mut job = place.job(&account);
    let refusal = place.prepare_one(&mut job, token, &plan).await.outcome.unwrap_err();
    assert_eq!(refusal.class, Class::Refresh);
}

#[tokio::test]
async fn a_video_that_fails_in_processing_says_whether_a_new_try_makes_sense() {
    for (kind, retry) in
        [(json!("processing_fails"), true), (json!({ "processing_fails_with": "spam_risk" }), false)]
    {
        let place = Place::new().await;
        let account = place.connect().await;
        let token = &account.tokens.access;
        place.fault("*", kind).await;
        let mut job = place.job(&account);
        let plan = place.prepare(&mut job, token).await;
        place.commit(&job, token, &plan).await.outcome.unwrap();
        let Progress::Failed { may_retry, .. } = place.settle(&job, token).await else { panic!() };
        assert_eq!(may_retry, retry);
    }
}

#[tokio::test]
async fn a_refresh_gives_a_new_pair_and_the_old_refresh_token_is_dead() {
    for errors_are_200 in [false, true] {
        let place = Place::new().await;
        place.put("/settings", &json!({ "tiktok": { "oauth_errors_as_200": errors_are_200 } })).await;
        let account = place.connect().await;
        let old = account.tokens.refresh.unwrap();
        let answer = place.tiktok.refresh(&place.http, &old).await;
        let log = format!("{:?}", answer.log);
        let new = answer.outcome.map_err(|refusal| refusal.to_string()).ok().unwrap();
        let rotated = new.refresh.unwrap();
        assert_ne!(rotated.expose_secret(), old.expose_secret());
        for secret in [&old, &rotated, &new.access, &"sandbox-secret".into()] {
            assert!(!log.contains(secret.expose_secret()), "{log}");
        }
        assert!(place.tiktok.creator(&place.http, &new.access).await.outcome.is_ok());

        let refused = place.tiktok.refresh(&place.http, &old).await.outcome.err().unwrap();
        assert_eq!((refused.class, &*refused.code), (Class::Reconnect, "invalid_grant"));
    }
}

#[tokio::test]
async fn a_revoked_account_can_do_nothing_and_may_be_revoked_again() {
    let place = Place::new().await;
    let account = place.connect().await;
    let token = &account.tokens.access;
    for _ in 0..2 {
        place.tiktok.revoke(&place.http, token).await.outcome.unwrap();
    }
    let refused = place.tiktok.creator(&place.http, token).await.outcome.unwrap_err();
    assert_eq!(refused.class, Class::Refresh);
}

#[tokio::test]
async fn a_person_can_deny_or_leave_out_what_posting_needs() {
    let place = Place::new().await;
    let back = place.consent("northwind", "deny", &[]).await;
    assert_eq!((&*back["error"], &*back["state"]), ("access_denied", "state-1"));
    let back = place.consent("mirafilms", "allow", &["video.list"]).await;
    let refused = place.exchange(&back["code"], VERIFIER).await.outcome.err().unwrap();
    assert_eq!(refused.class, Class::Reconnect);
}

#[tokio::test]
async fn a_code_is_good_once_and_only_with_its_verifier() {
    let place = Place::new().await;
    let back = place.consent("northwind", "allow", &ALL).await;
    let wrong = place.exchange(&back["code"], &VERIFIER.to_lowercase()).await;
    assert!(!format!("{:?}", wrong.log).contains(&back["code"]));
    assert_eq!(wrong.outcome.err().unwrap().code, "invalid_grant");
    let back = place.consent("northwind", "allow", &ALL).await;
    assert!(place.exchange(&back["code"], VERIFIER).await.outcome.is_ok());
    assert_eq!(place.exchange(&back["code"], VERIFIER).await.outcome.err().unwrap().code, "invalid_grant");
}
