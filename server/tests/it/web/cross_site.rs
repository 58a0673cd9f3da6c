//! A request that another site caused does nothing (SECURITY 1.5).

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

fn post(path: &str, headers: &[(&str, &str)]) -> Request<Body> {
    let mut request = Request::post(path).header("content-type", "application/x-www-form-urlencoded");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Body::from("x=1")).unwrap()
}
