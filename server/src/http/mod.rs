//! What is neither a page nor a server function: returns from consent screens, files in and out, the live
//! line, and the questions of operators.

pub mod events;
pub mod health;
pub mod mails;
pub mod media;
pub mod oauth_return;
pub mod range;
pub mod theme;
pub mod uploads;

use axum::extract::{Extension, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Response};
use base::request::Incoming;
use domain::Actor;
use model::{AppError, ErrorKind};

use crate::layers::trouble::Problem;
use crate::router::Web;

/// A signed-in person and what their request said; whoever is not signed in gets the answer 401.
pub struct Asked {
    pub actor: Actor,
    pub headers: HeaderMap,
    pub request_id: String,
}

impl FromRequestParts<Web> for Asked {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Response> {
        let Extension(incoming) = Extension::<Incoming>::from_request_parts(parts, web)
            .await
            .map_err(axum::response::IntoResponse::into_response)?;
        let headers = parts.headers.clone();
        let Some(actor) = incoming.actor else {
            let error = AppError::new(
                ErrorKind::SignIn,
                "Sign in first. Nothing was changed; open the page again then.",
            );
            return Err(Problem::new(web, &headers, error).into_response());
        };
        Ok(Self { actor, headers, request_id: incoming.request_id })
    }
}

impl Asked {
    /// What people are told of an error; what they are not told is logged here.
    pub fn told<E>(&self, error: &E) -> AppError
    where
        E: std::error::Error + 'static,
        AppError: for<'a> From<&'a E>,
    {
        let told = AppError::from(error);
        let id = &self.request_id;
        match told.kind {
            ErrorKind::Internal => {
                tracing::error!(request.id = %id, error = error as &dyn std::error::Error, "Request `{id}` failed");
                AppError::internal(id.clone())
            }
            ErrorKind::Unavailable => {
                tracing::warn!(request.id = %id, error = error as &dyn std::error::Error, "A service did not answer");
                told
            }
            _ => told,
        }
    }

    /// The answer to an error, as a page or as JSON.
    pub fn refuse(&self, web: &Web, error: AppError) -> Response {
        Problem::new(web, &self.headers, error).into_response()
    }
}

/// `path` with the news `name=value` in its query, in place of older news called like any of `old`.
pub fn with_news(path: &str, old: &[&str], name: &str, value: &str) -> String {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let kept = url::form_urlencoded::parse(query.as_bytes()).filter(|(key, _)| !old.contains(&key.as_ref()));
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(kept).append_pair(name, value);
    format!("{path}?{}", query.finish())
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_value_in_an_address_stays_a_value() {
        let news = |path| super::with_news(path, &["asset", "p"], "p", "a&b=c");
        assert_eq!(news("/compose"), "/compose?p=a%26b%3Dc");
        assert_eq!(news("/compose?p=old&channel=ch_1&asset=as_1"), "/compose?channel=ch_1&p=a%26b%3Dc");
    }
}
