//! A number for every request: in the log, in the answer, and in the words people see when we fail.

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument as _;

use crate::router::Web;

pub const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The number of the request; an extension of it.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

/// Gives the request its number. One that the client sends is ignored: it would let strangers write our log.
pub async fn number(State(web): State<Web>, mut request: Request, next: Next) -> Response {
    let mut bytes = [0; 10];
    web.domain.rng.fill(&mut bytes);
    let id = hex::encode(bytes);
    request.extensions_mut().insert(RequestId(id.clone()));
    let span = tracing::info_span!("request", request.id = %id, method = %request.method(), path = request.uri().path());
    let began = web.domain.clock.monotonic();
    async move {
        let mut response = next.run(request).await;
        let took = web.domain.clock.monotonic().saturating_sub(began);
        tracing::debug!(status = response.status().as_u16(), duration_ms = took.as_millis(), "Answered");
        let value = HeaderValue::try_from(id).expect("hexadecimal digits are legal in a header");
        response.headers_mut().insert(HEADER, value);
        response
    }
    .instrument(span)
    .await
}
