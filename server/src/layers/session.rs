//! Finds out who asks, once per request, and leaves it for pages, server functions and handlers.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, Request, State};
use axum::http::HeaderMap;
use axum::http::header::{COOKIE, USER_AGENT};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use base::request::Incoming;
use base::{Theme, cookies};
use domain::{Visit, accounts};
use model::{AppError, ErrorKind};

use super::headers::Private;
use super::request_id::RequestId;
use super::trouble::Problem;
use crate::router::Web;

/// Resolves the session's cookie.
pub async fn resolve(State(web): State<Web>, mut request: Request, next: Next) -> Response {
    let headers = request.headers();
    let visit = Visit { ip: peer(&request), user_agent: text(headers, &USER_AGENT) };
    let theme = cookie(headers, cookies::THEME).and_then(Theme::parse).unwrap_or_default();
    let request_id = request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    let actor = match cookie(headers, cookies::session_name(web.public.secure)) {
        None => None,
        Some(token) => match accounts::actor(&web.domain, token).await {
            Ok(actor) => actor,
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "Could not look up the session");
                let told = AppError::new(
                    ErrorKind::Unavailable,
                    "The database does not answer right now. Nothing was changed. Try again in a moment.",
                );
                return Problem::new(&web, headers, told).into_response();
            }
        },
    };
    let is_private = actor.is_some();
    request.extensions_mut().insert(Incoming { actor, visit, request_id, theme, secure: web.public.secure });
    let mut response = next.run(request).await;
    if is_private {
        response.extensions_mut().insert(Private);
    }
    response
}

fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .find_map(|all| cookies::find(all, name))
}

fn text(headers: &HeaderMap, name: &axum::http::HeaderName) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?;
    Some(value.chars().take(256).collect())
}

/// The other end of the connection. Forwarding headers are not believed: anybody can send them.
fn peer(request: &Request) -> Option<IpAddr> {
    request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip())
}
