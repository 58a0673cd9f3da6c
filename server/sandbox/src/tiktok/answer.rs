//! The shapes of TikTok's answers: every v2 answer carries `error.code`, and success is the string `ok`.

use axum::Json;
use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::calls::ErrorCode;

/// A v2 call that was refused.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    code: String,
    message: String,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, code: &str, message: impl Into<String>) -> Self {
        Self { status, code: code.to_owned(), message: message.into() }
    }

    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_params", message)
    }

    pub(super) fn forbidden(code: &str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, code, message)
    }

    pub(super) fn answer(self) -> Response {
        let body = envelope(json!({}), &self.code, &self.message);
        with_code((self.status, Json(body)).into_response(), &self.code)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        self.answer()
    }
}

pub(super) type Answer = Result<Response, Refusal>;

pub(super) fn ok(data: Value) -> Response {
    Json(envelope(data, "ok", "")).into_response()
}

/// Error shape of the token endpoint (contract §1).
pub(super) fn oauth_error(status: StatusCode, code: &str, description: &str) -> Response {
    let body = json!({ "error": code, "error_description": description, "log_id": log_id() });
    with_code((status, [(header::CACHE_CONTROL, "no-store")], Json(body)).into_response(), code)
}

/// An answer of the upload host, which says everything by its status.
pub(super) fn bare(status: StatusCode, code: &str) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    with_code(response, code)
}

pub(super) async fn unknown_path() -> Response {
    Refusal::new(StatusCode::NOT_FOUND, "invalid_params", "there is no such path").answer()
}

/// Reads a JSON body; TikTok wants it announced as such.
pub(super) fn read_json<T: DeserializeOwned>(
    headers: &axum::http::HeaderMap,
    body: &[u8],
) -> Result<T, Refusal> {
    let announced = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    if !announced.to_ascii_lowercase().starts_with("application/json") {
        return Err(Refusal::invalid("Content-Type must be application/json; charset=UTF-8"));
    }
    serde_json::from_slice(body).map_err(|error| Refusal::invalid(error.to_string()))
}

/// The `fields` of a query, each of which must be known.
pub(super) fn read_fields(fields: Option<&str>, known: &[&str]) -> Result<Vec<String>, Refusal> {
    let fields = fields.unwrap_or("").split(',').map(str::trim).filter(|field| !field.is_empty());
    let fields = fields.map(ToOwned::to_owned).collect::<Vec<_>>();
    if fields.is_empty() {
        return Err(Refusal::invalid("fields is required"));
    }
    match fields.iter().find(|field| !known.contains(&field.as_str())) {
        Some(field) => Err(Refusal::invalid(format!("the field {field} does not exist"))),
        None => Ok(fields),
    }
}

fn envelope(data: Value, code: &str, message: &str) -> Value {
    json!({ "data": data, "error": { "code": code, "message": message, "log_id": log_id() } })
}

fn with_code(mut response: Response, code: &str) -> Response {
    response.extensions_mut().insert(ErrorCode(code.to_owned()));
    response
}

fn log_id() -> String {
    hex::encode_upper(rand::random::<[u8; 16]>())
}
