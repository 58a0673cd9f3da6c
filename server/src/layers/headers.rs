//! The headers of every answer. An answer that brings its own keeps it.

use std::fmt::Write as _;
use std::sync::{Arc, OnceLock};

use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, SET_COOKIE, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

use crate::router::Web;

/// Where the page that is drawn leaves the nonce of its scripts; an extension of the request.
#[derive(Clone, Default)]
pub struct NonceSlot(pub Arc<OnceLock<String>>);

/// Set by the session layer on answers to signed-in people: they are kept nowhere.
#[derive(Clone, Copy)]
pub struct Private;

/// Adds what is missing.
pub async fn complete(State(web): State<Web>, mut request: Request, next: Next) -> Response {
    let slot = NonceSlot::default();
    request.extensions_mut().insert(slot.clone());
    let is_sandbox = request.uri().path().starts_with("/sandbox");
    let mut response = next.run(request).await;

    let is_private =
        response.extensions().get::<Private>().is_some() || response.headers().contains_key(SET_COOKIE);
    let policy = if is_sandbox {
        sandbox_policy(&web.public.consent_origins)
    } else {
        page_policy(slot.0.get().map(String::as_str), &web.public.consent_origins)
    };
    let mut fixed = vec![
        (CONTENT_SECURITY_POLICY, policy),
        (X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        // `no-referrer` would break the way back of forms without script.
        (REFERRER_POLICY, "same-origin".to_owned()),
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()".to_owned(),
        ),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin".to_owned()),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin".to_owned()),
        (CACHE_CONTROL, if is_private { "no-store" } else { "no-cache" }.to_owned()),
    ];
    if web.public.secure {
        fixed.push((STRICT_TRANSPORT_SECURITY, "max-age=63072000; includeSubDomains".to_owned()));
    }
    for (name, value) in fixed {
        if let Ok(value) = HeaderValue::try_from(value) {
            response.headers_mut().entry(name).or_insert(value);
        }
    }
    response
}

/// The policy of our own pages. `require-trusted-types-for` is left out: Leptos writes `innerHTML` when it
/// hydrates. Chromium applies `form-action` to redirects too, so the consent pages of platforms are named.
fn page_policy(nonce: Option<&str>, consent_origins: &[String]) -> String {
    let mut policy = "default-src 'none'; script-src".to_owned();
    match nonce {
        Some(nonce) => {
            write!(
                policy,
                " 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; style-src 'self' 'nonce-{nonce}'"
            )
            .expect("a String takes everything");
        }
        None => policy.push_str(" 'none'; style-src 'self'"),
    }
    policy.push_str(
        "; style-src-attr 'unsafe-inline'; img-src 'self' blob:; media-src 'self' blob:; connect-src 'self'; \
         font-src 'self'; form-action 'self'",
    );
    for origin in consent_origins {
        write!(policy, " {origin}").expect("a String takes everything");
    }
    policy.push_str("; base-uri 'none'; frame-ancestors 'none'; object-src 'none'");
    policy
}

/// The sandbox's pages are plain HTML with forms. Its consent form is answered by a redirect to our callback.
fn sandbox_policy(consent_origins: &[String]) -> String {
    let mut policy =
        "default-src 'none'; style-src 'self'; img-src 'self' data:; media-src 'self'; form-action 'self'"
            .to_owned();
    for origin in consent_origins {
        write!(policy, " {origin}").expect("a String takes everything");
    }
    policy.push_str("; base-uri 'none'; frame-ancestors 'none'");
    policy
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_run_by_nonce_only_and_nothing_else_without_one() {
        let with = page_policy(Some("abc"), &[]);
        assert!(with.contains("script-src 'nonce-abc' 'strict-dynamic' 'wasm-unsafe-eval';"), "{with}");
        assert!(page_policy(None, &[]).contains("script-src 'none';"));
        for policy in [with, sandbox_policy(&[])] {
            assert!(policy.starts_with("default-src 'none';"));
            assert!(policy.contains("frame-ancestors 'none'"));
        }
    }
}
