//! Stored files for the people of their workspace, in parts, so that players can seek.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG,
    IF_NONE_MATCH, RANGE,
};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use domain::media::{self, Piece};
use model::{AppError, AssetId};

use super::Asked;
use super::range::{self, Wanted};
use crate::router::Web;

/// `GET /media/{asset}`.
pub async fn file(State(web): State<Web>, Path(asset): Path<String>, asked: Asked) -> Response {
    piece(&web, &asset, &asked, Piece::File).await
}

/// `GET /media/{asset}/poster`.
pub async fn poster(State(web): State<Web>, Path(asset): Path<String>, asked: Asked) -> Response {
    piece(&web, &asset, &asked, Piece::Poster).await
}

async fn piece(web: &Web, asset: &str, asked: &Asked, piece: Piece) -> Response {
    let Ok(asset) = asset.parse::<AssetId>() else { return asked.refuse(web, AppError::not_found("file")) };
    let opened = match media::open(&web.domain, &asked.actor, asset, piece).await {
        Ok(opened) => opened,
        Err(error) => return asked.refuse(web, asked.told(&error)),
    };
    let size = opened.size_bytes;
    let etag = format!("\"{}\"", opened.etag.trim_matches('"'));
    let fixed = [
        (CONTENT_TYPE, opened.mime.clone()),
        (ETAG, etag.clone()),
        // The file never changes under its address, but only its workspace may see it.
        (CACHE_CONTROL, "private, max-age=3600".to_owned()),
        (ACCEPT_RANGES, "bytes".to_owned()),
        // A file of a person never runs in our name, whatever is in it.
        (CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'".to_owned()),
    ];
    if header(&asked.headers, &IF_NONE_MATCH)
        .is_some_and(|tags| tags.split(',').any(|tag| tag.trim() == etag))
    {
        return (StatusCode::NOT_MODIFIED, fixed).into_response();
    }
    let (status, from, to) = match range::read(header(&asked.headers, &RANGE), size) {
        Wanted::Whole => (StatusCode::OK, 0, size),
        Wanted::Part { from, to } => (StatusCode::PARTIAL_CONTENT, from, to),
        Wanted::Nothing => {
            let told = [(CONTENT_RANGE, format!("bytes */{size}"))];
            return (StatusCode::RANGE_NOT_SATISFIABLE, fixed, told).into_response();
        }
    };
    let stream = match web.domain.files.read(&opened.key, from, to).await {
        Ok(stream) => stream,
        Err(error) => {
            let id = &asked.request_id;
            tracing::error!(request.id = %id, asset.id = %asset, %error, "A stored file cannot be read");
            return asked.refuse(web, AppError::internal(id.clone()));
        }
    };
    let mut response = (status, fixed, [(CONTENT_LENGTH, (to - from).to_string())]).into_response();
    *response.body_mut() = Body::from_stream(stream);
    if status == StatusCode::PARTIAL_CONTENT
        && let Ok(range) = format!("bytes {from}-{}/{size}", to - 1).try_into()
    {
        response.headers_mut().insert(CONTENT_RANGE, range);
    }
    response
}

fn header<'a>(headers: &'a HeaderMap, name: &axum::http::HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
