//! Errors outside pages: a panic, a refused request, a body that is too large. People get a page,
//! programs get JSON, both get the same words.

use std::panic::AssertUnwindSafe;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use futures::FutureExt as _;
use model::{AppError, ErrorKind};

use super::request_id::RequestId;
use crate::router::Web;

/// An error on its way to whoever asked.
pub struct Problem {
    error: AppError,
    css: String,
    for_people: bool,
}

impl Problem {
    pub fn new(web: &Web, asked: &HeaderMap, error: AppError) -> Self {
        Self { error, css: web.site.assets.css.clone(), for_people: wants_page(asked) }
    }
}

/// Whether a person's browser asks for a page.
pub fn wants_page(headers: &HeaderMap) -> bool {
    headers
        .get(ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"))
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status =
            StatusCode::from_u16(self.error.kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if self.for_people {
            (status, Html(page(&self.error, &self.css))).into_response()
        } else {
            (status, Json(self.error)).into_response()
        }
    }
}

/// A whole page, drawn without the app, which may be what failed.
fn page(error: &AppError, css: &str) -> String {
    let title = match error.kind {
        ErrorKind::Forbidden => "This was refused",
        ErrorKind::SignIn => "You are signed out",
        ErrorKind::NotFound => "There is no such page",
        ErrorKind::Unavailable => "Not available right now",
        ErrorKind::Invalid | ErrorKind::Conflict | ErrorKind::TooMany => "This did not work",
        ErrorKind::Internal | ErrorKind::Transport => "Something failed on our side",
    };
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>{title} · Daybill</title>\
         <link rel=\"stylesheet\" href=\"{css}\"></head>\
         <body><main class=\"auth\"><h1>{title}</h1><p>{message}</p><p><a href=\"/\">Go to the start page</a></p>\
         </main></body></html>",
        css = escape(css),
        message = escape(&error.message),
    )
}

/// Makes text harmless inside HTML text and quoted attributes.
pub fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

/// Answers a panic instead of dropping the connection, and gives bare errors of the layers inside
/// (too large, too slow) words.
pub async fn catch(State(web): State<Web>, request: Request, next: Next) -> Response {
    let asked = request.headers().clone();
    let id = request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    match AssertUnwindSafe(next.run(request)).catch_unwind().await {
        Ok(response) => put_in_words(&web, &asked, response),
        Err(panic) => {
            let what = panic
                .downcast_ref::<String>()
                .map(String::as_str)
                .or_else(|| panic.downcast_ref::<&str>().copied())
                .unwrap_or("no text");
            tracing::error!(request.id = %id, panic = what, "Request `{id}` panicked");
            if wants_page(&asked) {
                let page = app::error_document(&id, Some(&web.site.assets.css), base::Theme::System);
                return (StatusCode::INTERNAL_SERVER_ERROR, Html(page)).into_response();
            }
            Problem::new(&web, &asked, AppError::internal(id)).into_response()
        }
    }
}

fn put_in_words(web: &Web, asked: &HeaderMap, response: Response) -> Response {
    let words = match response.status() {
        StatusCode::PAYLOAD_TOO_LARGE => "What was sent is too large. Nothing was saved.",
        StatusCode::REQUEST_TIMEOUT | StatusCode::GATEWAY_TIMEOUT => {
            "This took too long and was stopped. Look whether it happened before you try again."
        }
        _ => return response,
    };
    if response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == "application/json") {
        return response;
    }
    let status = response.status();
    let mut answer = Problem::new(web, asked, AppError::new(ErrorKind::Invalid, words)).into_response();
    *answer.status_mut() = status;
    answer
}
