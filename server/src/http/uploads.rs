//! `POST /media/upload`: one file out of a form, streamed to storage. Memory does not grow with the file.
//!
//! Fields: `return_to` (optional, before the file) and `file`. A plain form is sent back to `return_to` with
//! `asset=…` or `upload_error=…` in the query; whoever asks for JSON gets the asset or the error.

use std::io;

use axum::Json;
use axum::extract::multipart::Field;
use axum::extract::{FromRequest as _, Multipart, Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_LENGTH;
use axum::response::{IntoResponse as _, Redirect, Response};
use bytes::Bytes;
use domain::media::{self, Head};
use model::{AppError, AssetView, ErrorKind, FieldErrors, MediaLimits, SafeReturn};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::{Asked, with_news};
use crate::layers::trouble::wants_page;
use crate::router::Web;

/// What a form takes around its file, at most.
const FORM_BYTES: u64 = 1 << 16;
/// What the way back may say already of an earlier file.
const NEWS: [&str; 2] = ["asset", "upload_error"];
/// Read of a refused file, so that the browser gets to see why.
const READ_ON_BYTES: usize = 32 << 20;

/// Takes the file.
pub async fn upload(State(web): State<Web>, asked: Asked, request: Request) -> Response {
    let mut back = SafeReturn::from("/compose".to_owned());
    let outcome = receive(&web, &asked, request, &mut back).await;
    if !wants_page(&asked.headers) {
        return match outcome {
            Ok(asset) => (StatusCode::CREATED, Json(asset)).into_response(),
            Err(error) => asked.refuse(&web, error),
        };
    }
    let to = match outcome {
        Ok(asset) => with_news(back.as_str(), &NEWS, "asset", &asset.id.to_string()),
        Err(error) if error.kind == ErrorKind::Internal => return asked.refuse(&web, error),
        Err(error) => with_news(back.as_str(), &NEWS, "upload_error", &error.message),
    };
    Redirect::to(&to).into_response()
}

async fn receive(
    web: &Web,
    asked: &Asked,
    request: Request,
    back: &mut SafeReturn,
) -> Result<AssetView, AppError> {
    // How long the file is within the form nobody says; but a form that is too long holds one that is too long.
    let length =
        request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    let too_long = length.filter(|length| *length > MediaLimits::VIDEO_MAX_BYTES + FORM_BYTES);
    let mut form = Multipart::from_request(request, web)
        .await
        .map_err(|_| no_file("This was sent without a file. Choose one and try again."))?;
    loop {
        let field = form.next_field().await.map_err(|_| cut_off())?;
        let Some(field) = field else { return Err(no_file("Choose a file first.")) };
        match field.name() {
            Some("return_to") => *back = SafeReturn::from(short(field).await?),
            Some("file") => {
                let file_name = field.file_name().unwrap_or_default().to_owned();
                let head = Head { file_name, declared_len: too_long };
                let (pieces, body) = mpsc::channel(4);
                let body = Box::pin(ReceiverStream::new(body));
                let (taken, ()) =
                    tokio::join!(media::upload(&web.domain, &asked.actor, head, body), pump(field, pieces));
                return taken.map_err(|error| asked.told(&error));
            }
            _ => {}
        }
    }
}

/// Hands the file on piece by piece. When nobody takes it any more (it was refused), a little of the rest is
/// read all the same: a browser that is still sending would miss the answer.
async fn pump(mut field: Field<'_>, pieces: mpsc::Sender<io::Result<Bytes>>) {
    let mut unwanted = 0;
    while unwanted <= READ_ON_BYTES {
        let piece = match field.chunk().await {
            Ok(Some(piece)) => Ok(piece),
            Ok(None) => return,
            Err(error) => Err(io::Error::other(error)),
        };
        let (len, is_over) = (piece.as_ref().map_or(0, Bytes::len), piece.is_err());
        if pieces.send(piece).await.is_err() {
            unwanted += len;
        }
        if is_over {
            return;
        }
    }
}

/// A small text field, cut where an honest one ends.
async fn short(mut field: Field<'_>) -> Result<String, AppError> {
    let mut bytes = Vec::new();
    while let Some(piece) = field.chunk().await.map_err(|_| cut_off())? {
        if bytes.len() + piece.len() <= 1024 {
            bytes.extend_from_slice(&piece);
        }
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn no_file(words: &str) -> AppError {
    let mut fields = FieldErrors::default();
    fields.add("file", words);
    AppError::invalid(fields)
}

fn cut_off() -> AppError {
    no_file("The upload broke off and nothing was kept. Try again.")
}
