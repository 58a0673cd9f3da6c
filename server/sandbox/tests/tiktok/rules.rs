//! The rules of posting: init, chunks, status, limits, lists.

use crate::world::{Site, post, video, video_of};
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use serde_json::json;
use sha2::{Digest, Sha256};

const INIT: &str = "/v2/post/publish/video/init/";
const CREATOR: &str = "/v2/post/publish/creator_info/query/";

#[tokio::test]
async fn a_video_goes_live_with_its_caption_and_hash_and_plays_in_ranges() {
    let site = Site::open().await;
    let app = site.connect("northwind").await;
    let publish_id = site.publish(&app.access, "PUBLIC_TO_EVERYONE").await;

    let status = site.status(&app.access, &publish_id).await;
    assert_eq!(status["status"], "PUBLISH_COMPLETE");
    let post_id = status["publicaly_available_post_id"][0].as_u64().unwrap();
    assert!(post_id > 1 << 53, "an id that a float would bend");

    let live = site.live().await;
    assert_eq!(live.len(), 1);
    let bytes = video(3_000);
    assert_eq!(live[0]["caption"], "Fresh beans <today> #coffee");
    assert_eq!(live[0]["sha256"], hex::encode(Sha256::digest(&bytes)));
    assert_eq!(live[0]["account"], app.open_id);
    assert_eq!(live[0]["post_id"], post_id.to_string());
    assert_eq!(live[0]["url"], format!("http://sandbox.test/tiktok/videos/{post_id}"));

    let file = format!("/tiktok/videos/{post_id}/file");
    let part =
        site.send(Request::get(&file).header("range", "bytes=100-199").body(Body::empty()).unwrap()).await;
    assert_eq!(part.status, StatusCode::PARTIAL_CONTENT);
    assert_eq!(part.header("content-range"), "bytes 100-199/3000");
    assert_eq!(part.body.as_deref(), Some(&bytes[100..200]));
    let page = site.get(&format!("/tiktok/videos/{post_id}")).await.text();
    assert!(page.contains("Fresh beans &lt;today&gt;"), "captions are escaped");
    assert!(!page.contains("<script") && !page.contains(" style="), "a strict policy must not break it");
}

#[tokio::test]
async fn profile_fields_need_their_scope() {
    let site = Site::open().await;
    let app = site.connect_with("mirafilms", "user.info.basic").await;
    let ask = |fields: &str| {
        let path = format!("/v2/user/info/?fields={fields}");
        let (site, token) = (&site, app.access.clone());
        async move { site.api(&token, Method::GET, &path, json!({})).await }
    };
    let user = ask("open_id,display_name").await;
    assert_eq!(user.json()["data"]["user"], json!({ "open_id": app.open_id, "display_name": "Mira Films" }));
    assert_eq!(ask("username").await.code(), (401, "scope_not_authorized".into()));
    assert_eq!(ask("shoe_size").await.code().0, 400);
    assert_eq!(site.post(&app.access, CREATOR, json!({})).await.code(), (401, "scope_not_authorized".into()));
}

#[tokio::test]
async fn creator_info_tells_public_from_private_accounts() {
    let site = Site::open().await;
    for (account, widest) in [("northwind", "PUBLIC_TO_EVERYONE"), ("mirafilms", "FOLLOWER_OF_CREATOR")] {
        let app = site.connect(account).await;
        let data = site.post(&app.access, CREATOR, json!({})).await.json()["data"].clone();
        assert_eq!(data["creator_username"], account);
        assert_eq!(data["privacy_level_options"], json!([widest, "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"]));
    }
}

#[tokio::test]
async fn init_refuses_what_tiktok_refuses() {
    let site = Site::open().await;
    site.settings(json!({ "tiktok": { "rate_limits": false } })).await;
    let app = site.connect("northwind").await;
    let change = |pointer: &str, value: serde_json::Value| {
        let mut body = post("SELF_ONLY", 50_000_123, 10_000_000);
        *body.pointer_mut(pointer).unwrap() = value;
        body
    };
    let branded = json!({ "title": "", "privacy_level": "SELF_ONLY", "brand_content_toggle": true });
    let pull = |url: &str| json!({ "source": "PULL_FROM_URL", "video_url": url });
    let rows = [
        // 1100 pairs of surrogates are 2200 units; one more letter is too long.
        (change("/post_info/title", json!("😀".repeat(1100))), 200, "ok"),
        (change("/post_info/title", json!("😀".repeat(1100) + "a")), 400, "invalid_params"),
        (
            change("/post_info/privacy_level", json!("FOLLOWER_OF_CREATOR")),
            403,
            "privacy_level_option_mismatch",
        ),
        (change("/post_info", branded), 400, "invalid_params"),
        (change("/source_info/total_chunk_count", json!(6)), 400, "invalid_params"),
        (change("/source_info/chunk_size", json!(5_242_879)), 400, "invalid_params"),
        (change("/source_info", pull("http://verified.example/v.mp4")), 400, "invalid_params"),
        (change("/source_info", pull("https://192.0.2.1/v.mp4")), 400, "invalid_params"),
        (change("/source_info", pull("https://verified.example/v.mp4")), 403, "url_ownership_unverified"),
    ];
    for (body, status, code) in rows {
        assert_eq!(site.post(&app.access, INIT, body).await.code(), (status, code.into()));
    }
    let ids = site.init(&app.access, "SELF_ONLY", 50_000_123, 10_000_000).await;
    assert!(ids.0.starts_with("v_pub_file~v2-1.") && ids.0.len() <= 64 && ids.1.len() <= 200, "{ids:?}");
}

#[tokio::test]
async fn an_unaudited_app_posts_only_to_itself_on_private_accounts() {
    let site = Site::open().await;
    site.settings(json!({ "tiktok": { "unaudited": true } })).await;
    let (public, private) = (site.connect("northwind").await, site.connect("mirafilms").await);
    let refused = (403, "unaudited_client_can_only_post_to_private_accounts".to_owned());
    let init = |token: String, privacy: &'static str| {
        let site = &site;
        async move { site.post(&token, INIT, post(privacy, 1_000, 1_000)).await.code() }
    };
    assert_eq!(init(public.access.clone(), "SELF_ONLY").await, refused);
    assert_eq!(init(private.access.clone(), "MUTUAL_FOLLOW_FRIENDS").await, refused);
    assert_eq!(init(private.access, "SELF_ONLY").await.0, 200);
}

#[tokio::test]
async fn a_minute_takes_6_inits_and_a_day_15_posts() {
    let site = Site::open().await;
    let app = site.connect("northwind").await;
    for _ in 0..6 {
        site.publish(&app.access, "SELF_ONLY").await;
    }
    let seventh = || site.post(&app.access, INIT, post("SELF_ONLY", 1_000, 1_000));
    assert_eq!(seventh().await.code(), (429, "rate_limit_exceeded".into()));
    for _ in 0..9 {
        site.advance(61_000).await;
        site.publish(&app.access, "SELF_ONLY").await;
    }
    site.advance(61_000).await;
    assert_eq!(seventh().await.code(), (403, "spam_risk_too_many_posts".into()));
    assert_eq!(
        site.post(&app.access, CREATOR, json!({})).await.code(),
        (200, "spam_risk_too_many_posts".into())
    );
    site.settings(json!({ "tiktok": { "rate_limits": false } })).await;
    assert_eq!(seventh().await.code().0, 200);
}

#[tokio::test]
async fn chunks_go_in_order_and_the_last_carries_the_remainder() {
    let site = Site::open().await;
    let app = site.connect("northwind").await;
    let (size, chunk) = (10_500_123, 5_250_000);
    let bytes = video(size);
    let (publish_id, path) = site.init(&app.access, "SELF_ONLY", size, chunk).await;

    let early = site.chunk(&path, &bytes, chunk, size).await;
    assert_eq!(early.status, StatusCode::RANGE_NOT_SATISFIABLE);
    assert_eq!(early.header("content-range"), "bytes 0-0/10500123");
    let short = site.chunk(&path, &bytes, 0, chunk - 1).await;
    assert_eq!(short.status, StatusCode::BAD_REQUEST, "a chunk that is not the last has the announced size");
    let lying = site.chunk_as(&path, &bytes[..chunk - 5], &format!("bytes 0-{}/{size}", chunk - 1)).await;
    assert_eq!(lying.status, StatusCode::BAD_REQUEST);
    let other_total =
        site.chunk_as(&path, &bytes[..chunk], &format!("bytes 0-{}/{}", chunk - 1, size + 1)).await;
    assert_eq!(other_total.status, StatusCode::BAD_REQUEST);

    let first = site.chunk(&path, &bytes, 0, chunk).await;
    assert_eq!(
        (first.status, first.header("content-range")),
        (StatusCode::PARTIAL_CONTENT, "bytes 0-5250000/10500123")
    );
    let again = site.chunk(&path, &bytes, 0, chunk).await;
    assert_eq!(again.status, StatusCode::RANGE_NOT_SATISFIABLE);
    assert_eq!(again.header("content-range"), "bytes 0-5250000/10500123");
    assert_eq!(site.status(&app.access, &publish_id).await["uploaded_bytes"], chunk);

    let last = site.chunk(&path, &bytes, chunk, size).await;
    assert_eq!(
        (last.status, last.header("content-range")),
        (StatusCode::CREATED, "bytes 0-10500123/10500123")
    );
    let done = site.status(&app.access, &publish_id).await;
    assert_eq!(
        (&done["status"], &done["publicaly_available_post_id"]),
        (&json!("PUBLISH_COMPLETE"), &json!([]))
    );
    assert_eq!(site.live().await[0]["sha256"], hex::encode(Sha256::digest(&bytes)));
}

#[tokio::test]
async fn the_upload_host_knows_its_addresses() {
    let site = Site::open().await;
    let app = site.connect("northwind").await;
    let bytes = video(1_000);
    let (_, path) = site.init(&app.access, "SELF_ONLY", 1_000, 1_000).await;
    let unknown = path.replace("upload_id=7", "upload_id=1");
    assert_eq!(site.chunk(&unknown, &bytes, 0, 1_000).await.status, StatusCode::NOT_FOUND);
    assert_eq!(site.chunk(&format!("{path}0"), &bytes, 0, 1_000).await.status, StatusCode::FORBIDDEN);
    let request =
        Request::put(&path).header(header::CONTENT_TYPE, "text/plain").body(Body::from("x")).unwrap();
    assert_eq!(site.send(request).await.status, StatusCode::BAD_REQUEST);
    site.advance(3_600_000).await;
    assert_eq!(site.chunk(&path, &bytes, 0, 1_000).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn bytes_that_are_no_video_or_too_long_fail_in_processing() {
    let site = Site::open().await;
    let app = site.connect("northwind").await;
    let rows = [
        (b"just a text renamed to mp4".to_vec(), "file_format_check_failed"),
        (video_of(2_000, 300_001), "duration_check_failed"),
    ];
    for (bytes, reason) in rows {
        let (publish_id, path) = site.init(&app.access, "SELF_ONLY", bytes.len(), bytes.len()).await;
        assert_eq!(site.chunk(&path, &bytes, 0, bytes.len()).await.status, StatusCode::CREATED);
        let status = site.status(&app.access, &publish_id).await;
        assert_eq!((&status["status"], &status["fail_reason"]), (&json!("FAILED"), &json!(reason)));
    }
    assert!(site.live().await.is_empty());
}

#[tokio::test]
async fn processing_and_moderation_take_the_time_that_is_set() {
    let site = Site::open().await;
    site.settings(json!({ "tiktok": { "processing_ms": 60_000, "moderation_ms": 60_000 } })).await;
    let app = site.connect("northwind").await;
    let publish_id = site.publish(&app.access, "PUBLIC_TO_EVERYONE").await;
    assert_eq!(site.status(&app.access, &publish_id).await["status"], "PROCESSING_UPLOAD");
    assert!(site.live().await.is_empty());
    site.advance(60_000).await;
    let done = site.status(&app.access, &publish_id).await;
    assert_eq!(
        (&done["status"], &done["publicaly_available_post_id"]),
        (&json!("PUBLISH_COMPLETE"), &json!([]))
    );
    site.advance(60_000).await;
    let public = site.status(&app.access, &publish_id).await;
    assert_eq!(public["publicaly_available_post_id"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_draft_ends_in_the_inbox_and_is_not_live() {
    let site = Site::open().await;
    let app = site.connect("northwind").await;
    let body = json!({ "source_info": post("", 1_000, 1_000)["source_info"] });
    let data =
        site.post(&app.access, "/v2/post/publish/inbox/video/init/", body).await.json()["data"].clone();
    let path = data["upload_url"].as_str().unwrap().strip_prefix("http://sandbox.test").unwrap().to_owned();
    site.chunk(&path, &video(1_000), 0, 1_000).await;
    let publish_id = data["publish_id"].as_str().unwrap();
    assert_eq!(site.status(&app.access, publish_id).await["status"], "SEND_TO_USER_INBOX");
    assert!(site.live().await.is_empty());
}

#[tokio::test]
async fn a_task_belongs_to_its_user_and_can_be_cancelled_before_it_is_live() {
    let site = Site::open().await;
    let (app, other) = (site.connect("northwind").await, site.connect("mirafilms").await);
    let (publish_id, path) = site.init(&app.access, "SELF_ONLY", 1_000, 1_000).await;
    let id = json!({ "publish_id": publish_id });
    let fetch = "/v2/post/publish/status/fetch/";
    let foreign = site.post(&other.access, fetch, id.clone()).await;
    assert_eq!(foreign.code().1, "token_not_authorized_for_specified_publish_id");
    let unknown = site.post(&app.access, fetch, json!({ "publish_id": "v_pub_file~v2-1.5" })).await;
    assert_eq!(unknown.code().1, "invalid_publish_id");

    assert_eq!(site.post(&app.access, "/v2/post/publish/cancel/", id.clone()).await.code().0, 200);
    assert_eq!(site.status(&app.access, &publish_id).await["fail_reason"], "publish_cancelled");
    assert_eq!(site.chunk(&path, &video(1_000), 0, 1_000).await.status, StatusCode::NOT_FOUND);
    let again = site.post(&app.access, "/v2/post/publish/cancel/", id).await;
    assert_eq!(again.code().1, "publish_not_cancellable");
}

#[tokio::test]
async fn the_list_shows_public_videos_only_newest_first() {
    let site = Site::open().await;
    let app = site.connect("northwind").await;
    for privacy in ["PUBLIC_TO_EVERYONE", "SELF_ONLY", "PUBLIC_TO_EVERYONE"] {
        site.publish(&app.access, privacy).await;
        site.advance(5_000).await;
    }
    let list = |body| site.post(&app.access, "/v2/video/list/?fields=id,create_time,title", body);
    let page = list(json!({ "max_count": 1 })).await.json()["data"].clone();
    assert_eq!((page["videos"].as_array().unwrap().len(), &page["has_more"]), (1, &json!(true)));
    let rest = list(json!({ "cursor": page["cursor"] })).await.json()["data"].clone();
    assert_eq!((rest["videos"].as_array().unwrap().len(), &rest["has_more"]), (1, &json!(false)));
    assert!(page["videos"][0]["create_time"].as_i64() > rest["videos"][0]["create_time"].as_i64());

    let ids = json!({ "filters": { "video_ids": [rest["videos"][0]["id"]] } });
    let found = site.post(&app.access, "/v2/video/query/?fields=id,duration,share_url", ids).await;
    assert_eq!(found.json()["data"]["videos"][0]["duration"], 2);

    site.faults(json!([{ "platform": "tiktok", "call": "video_list", "kind": { "list_lags_ms": 600_000 }, "times": 1 }]))
        .await;
    assert_eq!(list(json!({})).await.json()["data"]["videos"], json!([]));
}
