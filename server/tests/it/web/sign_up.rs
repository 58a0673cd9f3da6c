//! From the first visit to the first brand with plain forms alone.

use axum::http::StatusCode;

use crate::app::TestApp;
use crate::browser::Browser;

const PASSWORD: &str = "copper lantern walks uphill";

#[tokio::test(flavor = "multi_thread")]
async fn somebody_without_script_signs_up_confirms_signs_in_and_names_a_brand() {
    let app = TestApp::start().await;
    let mut browser = Browser::open(&app);

    let page = browser.get("/sign-up").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains("name=\"input[email]\""), "the form works without script");
    let form =
        [("input[name]", "Ana Lopes"), ("input[email]", "ana@people.test"), ("input[password]", PASSWORD)];
    let sent = browser.post("/api/account/sign-up", &form).await;
    assert_eq!((sent.status, sent.location()), (StatusCode::FOUND, "/check-mail"));
    assert_eq!(browser.follow(&sent).await.status, StatusCode::OK);

    let token = app.world.link_token("ana@people.test").await;
    let page = browser.get(&format!("/verify?token={token}")).await;
    assert_eq!(page.status, StatusCode::OK);
    let confirmed = browser.post("/api/account/verify", &[("input[token]", &token)]).await;
    assert!(confirmed.location().starts_with("/sign-in"), "{}", confirmed.location());

    browser.follow(&confirmed).await;
    let form = [("input[email]", "ana@people.test"), ("input[password]", PASSWORD)];
    let signed_in = browser.post("/api/account/sign-in", &form).await;
    assert_eq!(signed_in.status, StatusCode::FOUND);
    assert!(browser.has_cookie("__Host-sid"));
    let cookie = signed_in.header("set-cookie");
    for part in ["HttpOnly", "Secure", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }

    let home = browser.get("/").await;
    assert_eq!(
        (home.status, home.location()),
        (StatusCode::FOUND, "/welcome"),
        "the first run asks for the brand"
    );
    let page = browser.follow(&home).await;
    assert_eq!(page.status, StatusCode::OK);
    let form = [("input[name]", "Northwind Coffee"), ("input[zone]", "Europe/Lisbon")];
    let named = browser.post("/api/brands/first", &form).await;
    assert_eq!(named.status, StatusCode::FOUND, "{}", named.text());
    let home = browser.get("/").await;
    assert_eq!(home.status, StatusCode::OK);
    assert!(home.text().contains("Northwind Coffee"));

    let out = browser.post("/api/account/sign-out", &[]).await;
    assert_eq!(out.location(), "/sign-in");
    assert!(!browser.has_cookie("__Host-sid"));
    assert_eq!(browser.get("/").await.location(), "/sign-in");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_form_comes_back_with_words_and_no_password_in_the_address() {
    let app = TestApp::start().await;
    let mut browser = Browser::open(&app);
    browser.get("/sign-up").await;
    let form = [("input[name]", "Ana"), ("input[email]", "nonsense"), ("input[password]", "short")];
    let refused = browser.post("/api/account/sign-up", &form).await;
    assert_eq!(refused.status, StatusCode::FOUND);
    assert!(refused.location().contains("/sign-up"), "{}", refused.location());
    assert!(!refused.location().contains("short"));
    let page = browser.follow(&refused).await;
    assert!(page.text().contains("ana@example.com"), "says what an address looks like");
}
