//! A request that another site caused does nothing.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use server_fn::axum::server_fn_paths;

use crate::app::{ORIGIN, TestApp};

/// How requests arrive that our own pages did not send.
const FOREIGN: [&[(&str, &str)]; 6] = [
    &[],
    &[("origin", "https://evil.example")],
    &[("origin", "null")],
    &[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")],
    &[("sec-fetch-site", "same-site"), ("origin", "https://other.daybill.test")],
    &[("sec-fetch-site", "none")],
];

#[tokio::test(flavor = "multi_thread")]
async fn no_entry_that_changes_something_takes_a_foreign_request() {
    let app = TestApp::start().await;
    let functions =
        server_fn_paths().filter(|(_, method)| *method != axum::http::Method::GET).map(|(path, _)| path);
    let entries = functions.chain(["/theme", "/connect/tiktok", "/media/upload"]);
    let mut count = 0;
    for path in entries {
        count += 1;
        for headers in FOREIGN {
            let answer = app.send(post(path, headers)).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} {headers:?}");
        }
        for headers in [&[("origin", ORIGIN)], &[("sec-fetch-site", "same-origin")]] {
            let answer = app.send(post(path, headers)).await;
            assert_ne!(answer.status, StatusCode::FORBIDDEN, "{path} {headers:?}");
        }
    }
    assert!(count > 10, "the functions are linked");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_to_a_server_function_is_refused() {
    let app = TestApp::start().await;
    for (path, _) in server_fn_paths() {
        let link =
            Request::get(path).header("sec-fetch-mode", "navigate").header("sec-fetch-site", "cross-site");
        let answer = app.send(link.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn words_planted_in_a_link_are_not_shown_as_ours() {
    let app = TestApp::start().await;
    // {"kind":"forbidden","message":"PLANTED"}
    const ERR: &str = "eyJraW5kIjoiZm9yYmlkZGVuIiwibWVzc2FnZSI6IlBMQU5URUQifQ==";
    let path = format!("/sign-in?return_to=%2Fx&__path=%2Fapi%2Faccount%2Fsign-in&__err={ERR}");
    let open = |site: Option<&str>, referer: Option<&str>| {
        let mut request = Request::get(&path).header("accept", "text/html");
        for (name, value) in [("sec-fetch-site", site), ("referer", referer)] {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
        app.send(request.body(Body::empty()).unwrap())
    };
    let evil = "https://evil.example/";
    for (site, referer) in
        [(Some("cross-site"), None), (Some("none"), None), (None, None), (None, Some(evil))]
    {
        let answer = open(site, referer).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{site:?} {referer:?}");
        assert_eq!(answer.location(), "/sign-in?return_to=%2Fx");
    }
    let ours = format!("{ORIGIN}/sign-in");
    for (site, referer) in [(Some("same-origin"), None), (None, Some(ours.as_str()))] {
        let answer = open(site, referer).await;
        assert!(answer.text().contains("PLANTED"), "our own form's answer is shown: {site:?} {referer:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_form_is_never_sent_to_another_site() {
    let app = TestApp::start().await;
    let request = Request::post("/api/account/sign-in")
        .header("origin", ORIGIN)
        .header("accept", "text/html")
        .header("referer", "https://evil.example/x")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from("input[email]=a@b.example&input[password]=wrong"));
    let answer = app.send(request.unwrap()).await;
    assert_eq!(answer.status, StatusCode::FOUND);
    assert!(!answer.location().contains("evil"), "{}", answer.location());
}

fn post(path: &str, headers: &[(&str, &str)]) -> Request<Body> {
    let mut request = Request::post(path).header("content-type", "application/x-www-form-urlencoded");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Body::from("x=1")).unwrap()
}
