//! The headers of every answer.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use leptos_axum::generate_route_list;
use server_fn::axum::server_fn_paths;

use crate::app::{Answer, TestApp};
use crate::browser::Browser;

/// One of each kind that is no page.
const OTHERS: [&str; 13] = [
    "/design",
    "/nowhere",
    "/healthz",
    "/readyz",
    "/events",
    "/theme",
    "/connect/tiktok",
    "/connect/tiktok/callback",
    "/media/as_0",
    "/pkg/app.1.css",
    "/pkg/nothing.css",
    "/sandbox/feed.json",
    "/sandbox/mail",
];

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_carries_the_headers_that_keep_people_safe() {
    let app = TestApp::start().await;
    let pages = generate_route_list(app::App).into_iter().map(|page| page.path().replace(":id", "po_0"));
    let functions = server_fn_paths().map(|(path, _)| path.to_owned());
    let all: Vec<String> = pages.chain(functions).chain(OTHERS.map(str::to_owned)).collect();
    assert!(all.len() > 20);
    for path in all {
        for method in ["GET", "POST"] {
            let request = Request::builder().method(method).uri(&path).header("accept", "text/html");
            check(&path, &app.send(request.body(Body::empty()).unwrap()).await);
        }
    }
}

fn check(path: &str, answer: &Answer) {
    let policy = answer.header("content-security-policy");
    for part in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"] {
        assert!(policy.contains(part), "{path}: {policy}");
    }
    assert!(!policy.contains("unsafe-eval'") || policy.contains("'wasm-unsafe-eval'"), "{path}: {policy}");
    assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
    assert_eq!(answer.header("referrer-policy"), "same-origin", "{path}");
    assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin", "{path}");
    assert!(answer.header("strict-transport-security").starts_with("max-age=63072000"), "{path}");
    assert!(answer.header("permissions-policy").contains("camera=()"), "{path}");
    assert_eq!(answer.header("x-request-id").len(), 20, "{path}");
    assert!(!answer.header("cache-control").is_empty(), "{path}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_page_has_a_nonce_of_its_own_and_its_scripts_carry_it() {
    let app = TestApp::start().await;
    let mut browser = Browser::open(&app);
    let (first, second) = (browser.get("/sign-in").await, browser.get("/sign-in").await);
    let nonce = |answer: &Answer| {
        let policy = answer.header("content-security-policy").to_owned();
        policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).expect("a nonce").to_owned()
    };
    assert_ne!(nonce(&first), nonce(&second));
    let text = first.text();
    let scripts = text.matches("<script").count();
    assert!(scripts > 0);
    assert_eq!(
        text.matches(&format!("nonce=\"{}\"", nonce(&first))).count(),
        text.matches("nonce=\"").count()
    );
    for script in text.split("<script").skip(1) {
        let tag = script.split('>').next().unwrap();
        assert!(tag.contains("nonce="), "<script{tag}>");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_signed_in_people_see_is_kept_nowhere_and_files_for_ever() {
    let app = TestApp::start().await;
    let person = app.world.person("Ana").await;
    let mut browser = Browser::of(&app, &person);
    assert_eq!(browser.get("/").await.header("cache-control"), "no-store");
    assert_eq!(
        browser.get("/pkg/app.1.css").await.header("cache-control"),
        "public, max-age=31536000, immutable"
    );
    let missing = browser.get("/pkg/nothing.css").await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    assert_eq!(missing.header("cache-control"), "no-cache", "a failure is not kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_over_the_limit_is_refused_in_words() {
    let app = TestApp::start().await;
    let mut browser = Browser::open(&app);
    browser.get("/sign-in").await;
    let answer = browser.post("/api/account/sign-in", &[("input[email]", &"x".repeat(3 << 20))]).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(answer.text().contains("too large"), "{}", answer.text());
    check("too large", &answer);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_live_line_is_for_signed_in_people_and_is_not_collected_on_its_way() {
    let app = TestApp::start().await;
    let owner = app.world.person("Ana").await;
    let anonymous = Browser::open(&app).request("GET", "/events").body(Body::empty()).unwrap();
    assert_eq!(app.send(anonymous).await.status, StatusCode::UNAUTHORIZED);
    let brand = model::FirstBrand { name: "Northwind".to_owned(), zone: "Europe/Lisbon".to_owned() };
    domain::brands::first(&app.world.domain, &owner.actor, brand).await.unwrap();
    let line = Browser::of(&app, &owner).request("GET", "/events").body(Body::empty()).unwrap();
    let answer = app.head_of(line).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("content-type"), "text/event-stream");
    assert_eq!(answer.header("content-encoding"), "");
    assert_eq!(answer.header("x-accel-buffering"), "no");
}
