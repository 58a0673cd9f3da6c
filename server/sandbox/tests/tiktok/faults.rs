//! Faults, the log, webhooks and restarts: what makes the double useful as a judge.

use std::time::Duration;

use crate::world::{Site, post, video};
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Request, StatusCode};
use axum::routing::post as on_post;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

const INIT: &str = "/v2/post/publish/video/init/";

fn fault(call: &str, kind: Value) -> Value {
    json!([{ "platform": "tiktok", "call": call, "kind": kind, "times": 1 }])
}

#[tokio::test]
async fn a_refusal_has_the_platforms_shape_and_happens_as_often_as_said() {
    let site = Site::open().await;
    let app = site.connect("northwind").await;
    let refuse = json!({ "refuse": { "status": 403, "code": "spam_risk_too_many_posts" } });
    site.faults(fault("video_init", refuse)).await;
    let init = || site.post(&app.access, INIT, post("SELF_ONLY", 1_000, 1_000));
    assert_eq!(init().await.code(), (403, "spam_risk_too_many_posts".into()));
    assert_eq!(init().await.code(), (200, "ok".into()));
    site.faults(fault("token", json!({ "refuse": { "status": 200, "code": "invalid_grant" } }))).await;
    assert_eq!(site.refresh(&app.refresh).await.json()["error"], "invalid_grant");
    // Nothing was done, so the token still works.
    assert_eq!(site.refresh(&app.refresh).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_cut_before_the_last_chunk_stores_nothing_and_a_cut_after_it_publishes() {
    let site = Site::open().await;
    let app = site.connect("northwind").await;
    let bytes = video(1_000);
    let (publish_id, path) = site.init(&app.access, "SELF_ONLY", 1_000, 1_000).await;
    site.faults(fault("last_chunk", json!("cut_before"))).await;
    let before = site.chunk(&path, &bytes, 0, 1_000).await;
    assert!(before.was_cut && before.body.is_none());
    assert_eq!(site.status(&app.access, &publish_id).await["status"], "PROCESSING_UPLOAD");

    site.faults(fault("last_chunk", json!("cut_after"))).await;
    let after = site.chunk(&path, &bytes, 0, 1_000).await;
    assert!(after.was_cut && after.body.is_none());
    assert_eq!(site.status(&app.access, &publish_id).await["status"], "PUBLISH_COMPLETE");
    assert_eq!(site.live().await.len(), 1);
}

#[tokio::test]
async fn a_deed_can_be_done_and_answered_with_500_or_garbage() {
    let site = Site::open().await;
    let app = site.connect("northwind").await;
    let bytes = video(1_000);
    for (kind, status) in [("do_it_but_500", 500), ("do_it_but_garbage", 200)] {
        let (publish_id, path) = site.init(&app.access, "SELF_ONLY", 1_000, 1_000).await;
        site.faults(fault("upload", json!(kind))).await;
        assert_eq!(site.chunk(&path, &bytes, 0, 1_000).await.status.as_u16(), status);
        assert_eq!(site.status(&app.access, &publish_id).await["status"], "PUBLISH_COMPLETE", "{kind}");
    }
    site.faults(fault("status", json!("cut_during"))).await;
    let cut = site.post(&app.access, "/v2/post/publish/status/fetch/", json!({ "publish_id": "x" })).await;
    assert!(cut.was_cut && cut.body.is_none());
}

#[tokio::test]
async fn processing_fails_for_the_reason_that_is_set() {
    let site = Site::open().await;
    let app = site.connect("northwind").await;
    site.faults(fault("*", json!({ "processing_fails_with": "frame_rate_check_failed" }))).await;
    let publish_id = site.publish(&app.access, "SELF_ONLY").await;
    let status = site.status(&app.access, &publish_id).await;
    assert_eq!(
        (&status["status"], &status["fail_reason"]),
        (&json!("FAILED"), &json!("frame_rate_check_failed"))
    );
}

#[tokio::test]
async fn tokens_expire_and_limits_strike_on_demand() {
    let site = Site::open().await;
    let app = site.connect("northwind").await;
    let creator = || site.post(&app.access, "/v2/post/publish/creator_info/query/", json!({}));
    site.faults(fault("creator_info", json!("rate_limit"))).await;
    assert_eq!(creator().await.code(), (429, "rate_limit_exceeded".into()));
    site.faults(fault("creator_info", json!("expire_token"))).await;
    assert_eq!(creator().await.code(), (401, "access_token_invalid".into()));
    assert_eq!(creator().await.code(), (401, "access_token_invalid".into()), "it stays expired");
    assert_eq!(site.refresh(&app.refresh).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_fault_that_makes_no_sense_is_refused_and_changes_nothing() {
    let site = Site::open().await;
    site.faults(fault("status", json!("cut_after"))).await;
    let wrong = [
        fault("teleport", json!("cut_after")),
        fault("status", json!("explode")),
        fault("status", json!({ "refuse": { "status": 99, "code": "x" } })),
        json!([{ "platform": "friendster", "call": "*", "kind": "cut_after" }]),
        json!({ "not": "a list" }),
    ];
    for body in wrong {
        assert_eq!(site.put_json("/faults", body.clone()).await.status, StatusCode::BAD_REQUEST, "{body}");
    }
    assert_eq!(site.get("/faults").await.json().as_array().unwrap().len(), 1);
    let settings = site.put_json("/settings", json!({ "tiktok": { "unknown_knob": 1 } })).await;
    assert_eq!(settings.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn the_form_of_the_page_adds_and_clears_faults() {
    let site = Site::open().await;
    let page = Request::get("/faults").header("accept", "text/html").body(Body::empty()).unwrap();
    assert!(site.send(page).await.text().contains("Add a fault"));
    let fields =
        [("platform", "tiktok"), ("call", "upload"), ("kind", "delay_ms"), ("ms", "20"), ("times", "")];
    assert_eq!(site.form("/faults", &fields).await.status, StatusCode::SEE_OTHER);
    let set = json!([{ "platform": "tiktok", "call": "upload", "kind": { "delay_ms": 20 }, "times": null }]);
    assert_eq!(site.get("/faults").await.json(), set);
    site.form("/faults", &[("clear", "yes")]).await;
    assert_eq!(site.get("/faults").await.json(), json!([]));
}

#[tokio::test]
async fn the_log_shows_every_call_and_no_secret() {
    let site = Site::open().await;
    let app = site.connect("northwind").await;
    let (_, path) = site.init(&app.access, "SELF_ONLY", 1_000, 1_000).await;
    site.faults(fault("last_chunk", json!("cut_after"))).await;
    site.chunk(&path, &video(1_000), 0, 1_000).await;
    site.get("/tiktok/v2/nowhere/").await;
    site.post("act.wrong", INIT, json!({})).await;

    let log = site.get("/log.json").await.text();
    let calls = serde_json::from_str::<Value>(&log).unwrap()["calls"].as_array().unwrap().clone();
    let seen = calls
        .iter()
        .map(|call| {
            let text = |name: &str| call[name].as_str().unwrap_or("-").to_owned();
            format!("{} {} {} {}", text("method"), text("path"), call["status"], text("error"))
        })
        .collect::<Vec<_>>();
    let wanted = [
        "POST /tiktok/v2/auth/authorize/ 302 -",
        "POST /tiktok/v2/oauth/token/ 200 -",
        "POST /tiktok/v2/post/publish/video/init/ 200 -",
        "PUT /tiktok/upload/video/ null -",
        "GET /tiktok/v2/nowhere/ 404 invalid_params",
        "POST /tiktok/v2/post/publish/video/init/ 401 access_token_invalid",
    ];
    assert_eq!(seen, wanted);
    assert_eq!(calls[3]["fault"], "cut_after");
    for secret in [&app.access, &app.refresh, "upload_token", "sandbox-secret"] {
        assert!(!log.contains(secret));
    }
}

/// Serves the world on a port and gives its address.
async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    address
}

#[tokio::test]
async fn over_a_connection_a_cut_shows_no_byte_or_half_an_answer() {
    let site = Site::open().await;
    // Nested, as the program serves it.
    let address = serve(Router::new().nest_service("/sandbox", site.world.router())).await;
    let ask = || async {
        let mut stream = TcpStream::connect(&address).await.unwrap();
        let request = "GET /sandbox/tiktok/v2/user/info/ HTTP/1.1\r\nHost: sandbox.test\r\n\r\n";
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut seen = Vec::new();
        // A reset is as good as an end.
        let _ = stream.read_to_end(&mut seen).await;
        String::from_utf8(seen).unwrap()
    };
    for kind in ["cut_before", "cut_after"] {
        site.faults(fault("user_info", json!(kind))).await;
        assert_eq!(ask().await, "", "{kind}");
    }
    site.faults(fault("user_info", json!("cut_during"))).await;
    let half = ask().await;
    assert!(half.starts_with("HTTP/1.1 401 "), "{half}");
    let (head, body) = half.split_once("\r\n\r\n").unwrap();
    let announced: usize =
        head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap().parse().unwrap();
    // The half arrives as the only chunk or as plain bytes, and is less than announced in both cases.
    assert!(!body.is_empty() && body.len() < announced, "{half}");
}

#[tokio::test]
async fn what_was_begun_is_finished_when_the_client_hangs_up() {
    let site = Site::open().await;
    let app = site.connect("northwind").await;
    let (publish_id, path) = site.init(&app.access, "SELF_ONLY", 1_000, 1_000).await;
    site.faults(fault("last_chunk", json!({ "delay_ms": 600_000 }))).await;
    let bytes = video(1_000);
    let upload = site.chunk(&path, &bytes, 0, 1_000);
    assert!(tokio::time::timeout(Duration::from_millis(200), upload).await.is_err());
    assert_eq!(site.status(&app.access, &publish_id).await["status"], "PUBLISH_COMPLETE");
}

#[test]
fn the_signature_is_that_of_the_contract() {
    let body = r#"{"client_key":"ck_test","event":"post.publish.complete","create_time":1764547200,"user_openid":"oid_1","content":"{\"publish_id\":\"v_pub_file~v2-1.1\",\"publish_type\":\"DIRECT_PUBLISH\"}"}"#;
    assert_eq!(
        sandbox::signature("test_client_secret", 1_764_547_200, body),
        "t=1764547200,s=d69d30af7ec258e4f81b8db962c9cb59b177a98d9718875557ad048670b278d7"
    );
}

type Received = (String, String);

/// A receiver that refuses the first message and takes the others.
async fn receiver() -> (String, mpsc::UnboundedReceiver<Received>) {
    let (sender, messages) = mpsc::unbounded_channel();
    let take = |State(sender): State<mpsc::UnboundedSender<Received>>, headers: HeaderMap, body: String| async move {
        let signature = headers["TikTok-Signature"].to_str().unwrap().to_owned();
        sender.send((signature, body)).unwrap();
        static IS_FIRST: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(true);
        let is_first = IS_FIRST.swap(false, std::sync::atomic::Ordering::SeqCst);
        if is_first { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK }
    };
    let address = serve(Router::new().route("/hooks/tiktok", on_post(take)).with_state(sender)).await;
    (format!("http://{address}/hooks/tiktok"), messages)
}

#[tokio::test]
async fn webhooks_are_signed_and_sent_again_until_they_are_taken() {
    let site = Site::open().await;
    let (url, mut messages) = receiver().await;
    site.settings(json!({ "tiktok": { "webhook_url": url } })).await;
    let app = site.connect("northwind").await;
    let publish_id = site.publish(&app.access, "PUBLIC_TO_EVERYONE").await;

    let mut taken = Vec::new();
    while taken.len() < 3 {
        let next = tokio::time::timeout(Duration::from_secs(20), messages.recv()).await;
        taken.push(next.expect("a webhook within the limit").unwrap());
    }
    let mut events = Vec::new();
    for (signature, body) in &taken {
        let at = signature.strip_prefix("t=").unwrap().split(',').next().unwrap().parse().unwrap();
        assert_eq!(&sandbox::signature("sandbox-secret", at, body), signature);
        let body: Value = serde_json::from_str(body).unwrap();
        let content: Value = serde_json::from_str(body["content"].as_str().unwrap()).unwrap();
        assert_eq!((&body["user_openid"], &content["publish_id"]), (&json!(app.open_id), &json!(publish_id)));
        events.push(body["event"].as_str().unwrap().to_owned());
    }
    events.sort();
    events.dedup();
    assert_eq!(
        events,
        ["post.publish.complete", "post.publish.publicly_available"],
        "3 sendings of 2 events"
    );
}

#[tokio::test]
async fn a_restart_keeps_tokens_uploads_posts_faults_and_log() {
    let dir = tempfile::tempdir().unwrap();
    let (size, chunk) = (10_500_000, 5_250_000);
    let bytes = video(size);
    let (app, publish_id, path, live, calls) = {
        let site = Site::open_in(Some(dir.path())).await;
        let app = site.connect("northwind").await;
        site.publish(&app.access, "PUBLIC_TO_EVERYONE").await;
        let (publish_id, path) = site.init(&app.access, "SELF_ONLY", size, chunk).await;
        assert_eq!(site.chunk(&path, &bytes, 0, chunk).await.status, StatusCode::PARTIAL_CONTENT);
        site.faults(fault("revoke", json!("cut_after"))).await;
        let calls = site.get("/log.json").await.json();
        (app, publish_id, path, site.live().await, calls)
    };
    let site = Site::open_in(Some(dir.path())).await;
    assert_eq!(site.live().await, live);
    assert_eq!(site.get("/log.json").await.json(), calls);
    assert_eq!(site.get("/faults").await.json(), fault("revoke", json!("cut_after")));
    // The upload goes on where it was, and the hash covers the bytes of before.
    assert_eq!(site.chunk(&path, &bytes, chunk, size).await.status, StatusCode::CREATED);
    assert_eq!(site.status(&app.access, &publish_id).await["status"], "PUBLISH_COMPLETE");
    assert_eq!(site.live().await[1]["sha256"], hex::encode(Sha256::digest(&bytes)));
    let file = format!("/tiktok/videos/{}/file", live[0]["post_id"].as_str().unwrap());
    assert_eq!(site.get(&file).await.body.unwrap(), video(3_000));
}

#[tokio::test]
async fn disconnecting_on_the_platform_ends_tokens_and_tasks() {
    let site = Site::open().await;
    let app = site.connect("northwind").await;
    site.init(&app.access, "SELF_ONLY", 1_000, 1_000).await;
    let reply = site.form("/tiktok/accounts/northwind/disconnect", &[]).await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER);
    assert_eq!(site.refresh(&app.refresh).await.json()["error"], "invalid_grant");
    assert!(site.get("/").await.text().contains("Northwind Coffee"));
}
