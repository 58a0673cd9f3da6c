//! News in an address is believed only on the way back from our own forms.
//!
//! A form without script learns in the query of its page what was wrong with it. A link from elsewhere could
//! bring words of its own there, and they would stand on our page as if we had said them.

use axum::extract::{Request, State};
use axum::http::header::{HOST, REFERER};
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Redirect, Response};
use url::Url;
use url::form_urlencoded;

use crate::router::Web;

/// What leptos and the upload put into the query of a page.
const NEWS: [&str; 3] = ["__err", "__path", "upload_error"];

/// Sends whoever brings news from elsewhere to the same page without it. A foreign `Referer`, which server
/// functions would redirect to, is forgotten.
pub async fn refuse(State(web): State<Web>, mut request: Request, next: Next) -> Response {
    let headers = request.headers();
    let comes_from_here = referer_is_ours(headers, &web.public.origin);
    let is_ours = match headers.get("sec-fetch-site") {
        Some(site) => site == "same-origin",
        None => comes_from_here,
    };
    let is_page = matches!(*request.method(), Method::GET | Method::HEAD);
    if is_page
        && !is_ours
        && let Some(plain) = without_news(request.uri().path(), request.uri().query().unwrap_or_default())
    {
        return Redirect::to(&plain).into_response();
    }
    if !comes_from_here {
        request.headers_mut().remove(REFERER);
    }
    next.run(request).await
}

/// The address without news; `None` when it brings none.
fn without_news(path: &str, query: &str) -> Option<String> {
    let is_news = |name: &str| NEWS.contains(&name);
    if !form_urlencoded::parse(query.as_bytes()).any(|(name, _)| is_news(&name)) {
        return None;
    }
    let kept = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| !is_news(name));
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(kept).finish();
    // Two slashes at the beginning would lead to another host.
    let path = format!("/{}", path.trim_start_matches(['/', '\\']));
    Some(if query.is_empty() { path } else { format!("{path}?{query}") })
}

fn referer_is_ours(headers: &HeaderMap, origin: &str) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(referer) = text(REFERER).and_then(|referer| Url::parse(referer).ok()) else { return false };
    referer.origin().ascii_serialization() == origin
        || text(HOST)
            .is_some_and(|host| host == &referer[url::Position::BeforeHost..url::Position::AfterPort])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn news_is_taken_out_and_the_rest_stays() {
        assert_eq!(without_news("/sign-in", "return_to=%2Fx"), None);
        assert_eq!(without_news("/sign-in", "__path=a&__err=b").as_deref(), Some("/sign-in"));
        assert_eq!(
            without_news("/compose", "channel=ch_1&upload_error=a%20b&%5F_err=c").as_deref(),
            Some("/compose?channel=ch_1")
        );
        assert_eq!(without_news("//evil.example", "__err=x").as_deref(), Some("/evil.example"));
    }

    #[test]
    fn only_our_own_pages_are_a_way_back() {
        let of = |referer: &str, host: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(REFERER, referer.parse().unwrap());
            headers.insert(HOST, host.parse().unwrap());
            referer_is_ours(&headers, "https://daybill.example")
        };
        assert!(of("https://daybill.example/sign-in", "elsewhere"));
        assert!(of("http://127.0.0.1:3000/x", "127.0.0.1:3000"));
        assert!(!of("https://evil.example/x", "daybill.example"));
        assert!(!of("https://daybill.example.evil/x", "daybill.example"));
        assert!(!of("garbage", "daybill.example"));
    }
}
