//! Requests that another site made somebody's browser send are refused.
//!
//! tower-http's layer lets a request pass that has neither `Sec-Fetch-Site` nor `Origin`; ours does not:
//! no browser we serve sends a form without either.

use axum::extract::{Request, State};
use axum::http::header::ORIGIN;
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use model::{AppError, ErrorKind};

use super::trouble::Problem;
use crate::router::Web;

/// Lets through what our own pages sent.
pub async fn refuse(State(web): State<Web>, request: Request, next: Next) -> Response {
    if is_ours(request.method(), request.uri().path(), request.headers(), &web.public.origin) {
        return next.run(request).await;
    }
    tracing::info!(path = request.uri().path(), "Refused a request that another site may have caused");
    let error = AppError::new(
        ErrorKind::Forbidden,
        "This request did not come from a page of this site, so nothing was done. Open the page here and try again.",
    );
    Problem::new(&web, request.headers(), error).into_response()
}

fn is_ours(method: &Method, path: &str, headers: &HeaderMap, origin: &str) -> bool {
    let of = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
        // A link or an image must not run a server function with a person's cookie.
        return !(path.starts_with("/api/") && of("sec-fetch-mode") == Some("navigate"));
    }
    match of("sec-fetch-site") {
        Some(site) => site == "same-origin",
        None => of(ORIGIN.as_str()) == Some(origin),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_pages_change_anything() {
        const OURS: &str = "https://daybill.example";
        type Case = (&'static str, &'static [(&'static str, &'static str)], bool);
        let table: [Case; 12] = [
            ("POST", &[("sec-fetch-site", "same-origin")], true),
            ("POST", &[("sec-fetch-site", "same-origin"), ("origin", "null")], true),
            ("POST", &[("sec-fetch-site", "same-site")], false),
            ("POST", &[("sec-fetch-site", "cross-site"), ("origin", OURS)], false),
            ("POST", &[("sec-fetch-site", "none")], false),
            ("POST", &[("origin", OURS)], true),
            ("POST", &[("origin", "https://evil.example")], false),
            ("POST", &[("origin", "null")], false),
            ("POST", &[], false),
            ("PUT", &[], false),
            ("GET", &[], true),
            ("GET", &[("sec-fetch-mode", "navigate"), ("sec-fetch-site", "cross-site")], false),
        ];
        for (method, headers, expected) in table {
            let headers: HeaderMap = headers
                .iter()
                .map(|(name, value)| {
                    (name.parse::<axum::http::HeaderName>().unwrap(), value.parse().unwrap())
                })
                .collect();
            let method: Method = method.parse().unwrap();
            assert_eq!(is_ours(&method, "/api/posts/x", &headers, OURS), expected, "{method} {headers:?}");
        }
    }
}
