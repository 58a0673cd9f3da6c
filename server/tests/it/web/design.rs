//! The gallery of components.

use axum::http::StatusCode;

use crate::app::TestApp;
use crate::browser::Browser;

#[tokio::test(flavor = "multi_thread")]
async fn the_gallery_has_its_style_and_no_script_that_would_wake_it() {
    let app = TestApp::start().await;
    let mut browser = Browser::open(&app);
    let page = browser.get("/design").await;
    assert_eq!(page.status, StatusCode::OK);
    let text = page.text();
    assert!(text.contains("<title>Design · Daybill</title>"), "it is a whole document");
    assert!(text.contains("class=\"gallery\"") && text.contains("/pkg/app.1.css"));
    assert!(!text.contains("app.1.wasm"), "the bundle has none of the gallery, so waking it would fail");
    assert!(browser.get("/sign-in").await.text().contains("app.1.wasm"), "other pages are woken");
}
