//! Login Kit: consent, codes, tokens that rotate, expire and are revoked.

use axum::http::StatusCode;
use serde_json::json;

use crate::world::{ALL_SCOPES, CHALLENGE, REDIRECT, Site, VERIFIER, tokens};

const CREATOR: &str = "/v2/post/publish/creator_info/query/";

#[tokio::test]
async fn the_verifier_must_hash_to_the_hex_challenge() {
    let site = Site::open().await;
    let code = site.consent("northwind", ALL_SCOPES).await;
    let wrong = site.exchange(&code, &VERIFIER.replace('a', "b")).await;
    assert_eq!((wrong.status.as_u16(), wrong.json()["error"].as_str()), (400, Some("invalid_grant")));
    // The same code with the vector of contract §1.
    assert_eq!(site.exchange(&code, VERIFIER).await.json()["expires_in"], 7200);

    // base64url, as every other platform wants it, is another text than the hex.
    let code = site.consent_with_challenge("T-Z-3YlXmVPS2ov8IYLp7oWcziQ-jwGJj5ksNfz4iIg").await;
    assert_eq!(site.exchange(&code, VERIFIER).await.json()["error"], "invalid_grant");
}

impl Site {
    async fn consent_with_challenge(&self, challenge: &str) -> String {
        let fields = [
            ("client_key", "sandbox"),
            ("scope", "user.info.basic"),
            ("response_type", "code"),
            ("redirect_uri", REDIRECT),
            ("state", "st"),
            ("code_challenge", challenge),
            ("code_challenge_method", "S256"),
            ("account", "northwind"),
            ("decision", "allow"),
        ];
        let reply = self.form("/tiktok/v2/auth/authorize/", &fields).await;
        let back: url::Url = reply.header("location").parse().unwrap();
        back.query_pairs().find(|(key, _)| key == "code").unwrap().1.into_owned()
    }
}

#[tokio::test]
async fn the_consent_screen_shows_both_accounts_and_refuses_what_is_not_registered() {
    let site = Site::open().await;
    let ask = |changes: &[(&str, &str)]| {
        let mut fields = vec![
            ("client_key", "sandbox"),
            ("scope", ALL_SCOPES),
            ("response_type", "code"),
            ("redirect_uri", REDIRECT),
            ("state", "\"><b>"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        for change in changes {
            fields.retain(|(name, _)| name != &change.0);
            fields.push(*change);
        }
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        format!("/tiktok/v2/auth/authorize/?{query}")
    };
    let screen = site.get(&ask(&[])).await;
    assert_eq!(screen.status, StatusCode::OK);
    for seen in ["Northwind Coffee", "Mira Films", "video.publish", "Allow", "Deny", "&quot;&gt;&lt;b&gt;"] {
        assert!(screen.text().contains(seen), "{seen}");
    }
    let refused: [&[(&str, &str)]; 8] = [
        &[("client_key", "other")],
        &[("scope", "user.info.basic,everything")],
        &[("response_type", "token")],
        &[("state", "")],
        &[("redirect_uri", "http://evil.example/callback")],
        &[("redirect_uri", "https://app.example/callback?next=1")],
        &[("redirect_uri", "http://localhost/callback")],
        &[("code_challenge", "")],
    ];
    for changes in refused {
        let reply = site.get(&ask(changes)).await;
        assert_eq!((reply.status, reply.header("location")), (StatusCode::BAD_REQUEST, ""), "{changes:?}");
    }
    let web = ask(&[("redirect_uri", "https://app.example/callback"), ("code_challenge", "")]);
    assert_eq!(site.get(&web).await.status, StatusCode::OK, "web redirects need no challenge");
}

#[tokio::test]
async fn denying_sends_the_person_back_with_access_denied() {
    let site = Site::open().await;
    let fields = [
        ("client_key", "sandbox"),
        ("scope", "user.info.basic"),
        ("response_type", "code"),
        ("redirect_uri", "https://app.example/callback"),
        ("state", "s 1"),
        ("decision", "deny"),
    ];
    let reply = site.form("/tiktok/v2/auth/authorize/", &fields).await;
    assert_eq!(reply.status, StatusCode::FOUND);
    let back = reply.header("location");
    assert!(back.starts_with("https://app.example/callback?error=access_denied&"), "{back}");
    assert!(back.ends_with("state=s+1"), "{back}");
}

#[tokio::test]
async fn a_replayed_code_is_refused_and_ends_what_came_of_it() {
    let site = Site::open().await;
    let code = site.consent("northwind", ALL_SCOPES).await;
    let app = tokens(&site.exchange(&code, VERIFIER).await);
    assert_eq!(site.exchange(&code, VERIFIER).await.json()["error"], "invalid_grant");
    assert_eq!(site.post(&app.access, CREATOR, json!({})).await.code(), (401, "access_token_invalid".into()));
}

#[tokio::test]
async fn a_refresh_token_works_once_and_its_reuse_ends_the_family() {
    let site = Site::open().await;
    let first = site.connect("northwind").await;
    let second = tokens(&site.refresh(&first.refresh).await);
    assert_ne!(first.refresh, second.refresh);
    assert_eq!(site.post(&second.access, CREATOR, json!({})).await.code().0, 200);

    let reused = site.refresh(&first.refresh).await;
    assert_eq!((reused.status.as_u16(), reused.json()["error"].as_str()), (400, Some("invalid_grant")));
    assert_eq!(site.refresh(&second.refresh).await.json()["error"], "invalid_grant");
    assert_eq!(site.post(&second.access, CREATOR, json!({})).await.code().0, 401);
}

#[tokio::test]
async fn tokens_expire_after_the_life_that_is_set() {
    let site = Site::open().await;
    site.settings(json!({ "tiktok": { "access_token_seconds": 60, "refresh_token_seconds": 600 } })).await;
    let app = site.connect("northwind").await;
    site.advance(59_000).await;
    assert_eq!(site.post(&app.access, CREATOR, json!({})).await.code().0, 200);
    site.advance(2_000).await;
    assert_eq!(site.post(&app.access, CREATOR, json!({})).await.code(), (401, "access_token_invalid".into()));
    site.advance(600_000).await;
    assert_eq!(site.refresh(&app.refresh).await.json()["error"], "invalid_grant");
}

#[tokio::test]
async fn revoking_takes_the_access_away() {
    let site = Site::open().await;
    let app = site.connect("northwind").await;
    let client =
        [("client_key", "sandbox"), ("client_secret", "sandbox-secret"), ("token", app.access.as_str())];
    let revoked = site.form("/tiktok/v2/oauth/revoke/", &client).await;
    assert_eq!((revoked.status, revoked.json()), (StatusCode::OK, json!({})));
    assert_eq!(site.refresh(&app.refresh).await.json()["error"], "invalid_grant");
}

#[tokio::test]
async fn the_token_endpoint_names_what_is_wrong() {
    let site = Site::open().await;
    let rows = [
        (
            vec![("client_key", "sandbox"), ("client_secret", "no"), ("grant_type", "refresh_token")],
            "invalid_client",
        ),
        (
            vec![("client_key", "sandbox"), ("client_secret", "sandbox-secret"), ("grant_type", "password")],
            "unsupported_grant_type",
        ),
        (vec![("client_key", "sandbox"), ("client_secret", "sandbox-secret")], "invalid_request"),
    ];
    for (fields, error) in rows {
        assert_eq!(site.form("/tiktok/v2/oauth/token/", &fields).await.json()["error"], error);
    }
    site.settings(json!({ "tiktok": { "oauth_errors_as_200": true } })).await;
    let reply = site.refresh("rft.unknown").await;
    assert_eq!((reply.status.as_u16(), reply.json()["error"].as_str()), (200, Some("invalid_grant")));
}
