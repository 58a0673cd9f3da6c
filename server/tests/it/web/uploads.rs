//! Files as people send them, good and bad.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use model::{AppError, AssetView, FirstBrand};
use testkit::Person;

use crate::app::TestApp;
use crate::browser::{Browser, form_with_file};

/// Two seconds of H.264 and AAC, 270 × 480, made by ffmpeg from its test picture and a tone.
const CLIP: &[u8] = include_bytes!("../clip.mp4");

#[tokio::test(flavor = "multi_thread")]
async fn bad_files_are_refused_in_words_and_nothing_stays() {
    let app = TestApp::start().await;
    let person = owner(&app, "Ana").await;
    let mut browser = Browser::of(&app, &person);
    let bad: [(&str, Vec<u8>, &str); 4] = [
        ("empty.mp4", Vec::new(), "empty"),
        ("text.mp4", b"this is no video, whatever its name says. ".repeat(100), "no video or picture"),
        ("playlist.mp4", b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n".to_vec(), "no video or picture"),
        ("cut.mp4", CLIP[..CLIP.len() / 2].to_vec(), "cut off or damaged"),
    ];
    for (name, bytes, words) in bad {
        let answer = browser.upload(name, bytes).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}: {}", answer.text());
        let error: AppError = serde_json::from_slice(&answer.body).expect("an error in our own form");
        assert!(error.message.contains(words), "{name}: {}", error.message);
    }
    let kept = domain::media::recent(&app.world.domain, &actor(&app, &person).await, 10).await.unwrap();
    assert!(kept.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_breaks_off_leaves_nothing_behind() {
    let app = TestApp::start().await;
    let person = owner(&app, "Ana").await;
    let mut browser = Browser::of(&app, &person);
    let request = browser
        .request("POST", "/media/upload")
        .header("content-type", "multipart/form-data; boundary=edge")
        .header("accept", "application/json")
        .body(Body::from(form_with_file("clip.mp4", &CLIP[..CLIP.len() / 2], false)))
        .unwrap();
    let answer = browser.send(request).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text().contains("broke off"), "{}", answer.text());
    let kept = domain::media::recent(&app.world.domain, &actor(&app, &person).await, 10).await.unwrap();
    assert!(kept.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_video_can_be_seen_in_parts_by_its_workspace_only() {
    let app = TestApp::start().await;
    let (ana, ben) = (owner(&app, "Ana").await, owner(&app, "Ben").await);
    let mut browser = Browser::of(&app, &ana);
    let answer = browser.upload("clip.mp4", CLIP.to_vec()).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    let asset: AssetView = serde_json::from_slice(&answer.body).expect("an asset");

    let whole = browser.get(&asset.url).await;
    assert_eq!((whole.status, whole.header("content-type")), (StatusCode::OK, "video/mp4"));
    assert!(whole.body == CLIP, "the very bytes that were sent");
    assert_eq!(whole.header("content-security-policy"), "sandbox; default-src 'none'");
    assert!(whole.header("cache-control").starts_with("private"));

    let part = browser.request("GET", &asset.url).header("range", "bytes=10-19").body(Body::empty()).unwrap();
    let part = browser.send(part).await;
    assert_eq!(part.status, StatusCode::PARTIAL_CONTENT);
    assert_eq!(part.body, CLIP[10..20]);
    assert_eq!(part.header("content-range"), format!("bytes 10-19/{}", CLIP.len()));

    let poster = browser.get(asset.poster_url.as_deref().expect("a poster was made")).await;
    assert_eq!((poster.status, poster.header("content-type")), (StatusCode::OK, "image/jpeg"));

    let foreign = Browser::of(&app, &ben).get(&asset.url).await;
    let missing = Browser::of(&app, &ben).get("/media/as_00000000000000000000000000000000").await;
    assert_eq!(foreign.status, StatusCode::NOT_FOUND);
    assert_eq!(foreign.body, missing.body);
    let anonymous = Request::get(&asset.url).body(Body::empty()).unwrap();
    assert_eq!(app.send(anonymous).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_without_script_is_sent_back_with_the_asset_or_the_reason() {
    let app = TestApp::start().await;
    let person = owner(&app, "Ana").await;
    let mut browser = Browser::of(&app, &person);
    for (bytes, says) in [(CLIP.to_vec(), "asset=as_"), (b"no video".to_vec(), "upload_error=")] {
        let mut form = b"--edge\r\ncontent-disposition: form-data; name=\"return_to\"\r\n\r\n\
                         /compose?channel=ch_1&asset=as_old\r\n"
            .to_vec();
        form.extend(form_with_file("clip.mp4", &bytes, true));
        let request = browser
            .request("POST", "/media/upload")
            .header("content-type", "multipart/form-data; boundary=edge")
            .header("accept", "text/html")
            .body(Body::from(form))
            .unwrap();
        let answer = browser.send(request).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        assert!(answer.location().starts_with("/compose?channel=ch_1&"), "{}", answer.location());
        assert!(
            answer.location().contains(says) && !answer.location().contains("as_old"),
            "{}",
            answer.location()
        );
    }
}

/// A person with a brand.
pub async fn owner(app: &TestApp, name: &str) -> Person {
    let person = app.world.person(name).await;
    let brand = FirstBrand { name: "Northwind Coffee".to_owned(), zone: "Europe/Lisbon".to_owned() };
    domain::brands::first(&app.world.domain, &person.actor, brand).await.expect("a first brand can be made");
    person
}

pub async fn actor(app: &TestApp, person: &Person) -> domain::Actor {
    app.world.actor(&person.token).await
}
