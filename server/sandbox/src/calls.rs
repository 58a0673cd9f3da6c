//! The layer every platform call passes: it names the call, bends it as the faults say, and writes it down.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use futures::stream;

use crate::clock::Millis;
use crate::faults::{self, Kind, Plan};
use crate::log::Call;
use crate::state;
use crate::world::World;

/// Marks an answer that nobody gets to see, for callers that drive the router without a connection.
///
/// Over a connection its body fails before the first byte, and hyper then closes without sending the head.
#[derive(Debug, Clone, Copy)]
pub struct ConnectionCut;

/// The error code of an answer, put beside it for the log.
#[derive(Debug, Clone)]
pub(crate) struct ErrorCode(pub(crate) String);

/// What the layer must know of a platform.
#[derive(Debug)]
pub(crate) struct Platform {
    pub(crate) name: &'static str,
    pub(crate) call_of: fn(&Request) -> &'static str,
    /// The platform's own error shape: call, status, code.
    pub(crate) refuse: fn(&str, StatusCode, &str) -> Response,
    pub(crate) rate_limit_code: &'static str,
    pub(crate) expire_token: fn(&mut state::State, &HeaderMap, Millis),
}

pub(crate) async fn observe(
    State((world, platform)): State<(World, &'static Platform)>,
    request: Request,
    next: Next,
) -> Response {
    let call = (platform.call_of)(&request);
    let plan = take_plan(&world, platform, call, request.headers()).await;
    let entry = Call {
        at_ms: world.now(),
        platform: platform.name.into(),
        name: call.into(),
        method: request.method().to_string(),
        path: format!("/{}{}", platform.name, request.uri().path()),
        status: None,
        error: None,
        fault: None,
    };
    let delay = Duration::from_millis(plan.delay_ms.into());
    // A platform finishes what it has begun when the client hangs up, hence a task of its own.
    let work = tokio::spawn(act(world, platform, plan, entry, request, next));
    let response = match work.await {
        Ok(response) => response,
        Err(error) => {
            tracing::error!(%error, "A call to the sandbox failed");
            (platform.refuse)(call, StatusCode::INTERNAL_SERVER_ERROR, "internal_error")
        }
    };
    tokio::time::sleep(delay).await;
    response
}

async fn take_plan(world: &World, platform: &Platform, call: &str, headers: &HeaderMap) -> Plan {
    if !world.read(|state, _| faults::is_any_for_call(&state.faults, platform.name, call)).await {
        return Plan::default();
    }
    world
        .change(|state, now| {
            let plan = faults::take_for_call(&mut state.faults, platform.name, call);
            if plan.kind == Some(Kind::ExpireToken) {
                (platform.expire_token)(state, headers, now);
            }
            plan
        })
        .await
}

async fn act(
    world: World,
    platform: &'static Platform,
    plan: Plan,
    mut entry: Call,
    request: Request,
    next: Next,
) -> Response {
    let call = entry.name.clone();
    entry.fault = match (&plan.kind, plan.delay_ms) {
        (Some(kind), _) => Some(kind.name().into()),
        (None, 0) => None,
        (None, _) => Some("delay_ms".into()),
    };
    let response = match plan.kind {
        Some(Kind::Refuse { status, code }) => {
            drain(request.into_body()).await;
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (platform.refuse)(&call, status, &code)
        }
        Some(Kind::RateLimit) => {
            drain(request.into_body()).await;
            (platform.refuse)(&call, StatusCode::TOO_MANY_REQUESTS, platform.rate_limit_code)
        }
        Some(Kind::CutBefore) => cut(),
        Some(Kind::CutAfter) => {
            next.run(request).await;
            cut()
        }
        Some(Kind::CutDuring) => cut_during(next.run(request).await).await,
        Some(Kind::DoItBut500) => {
            next.run(request).await;
            (platform.refuse)(&call, StatusCode::INTERNAL_SERVER_ERROR, "internal_error")
        }
        Some(Kind::DoItButGarbage) => {
            next.run(request).await;
            let page = "<!doctype html><title>Please wait</title><p>Checking your connection";
            ([(header::CONTENT_TYPE, "text/html")], page).into_response()
        }
        _ => next.run(request).await,
    };
    if response.extensions().get::<ConnectionCut>().is_none() {
        entry.status = Some(response.status().as_u16());
    }
    entry.error = response.extensions().get::<ErrorCode>().map(|code| code.0.clone());
    world.log().add(entry);
    response
}

/// Takes the rest of a body, so that the client reads the refusal instead of meeting a closed connection.
pub(crate) async fn drain(body: Body) {
    let mut parts = body.into_data_stream();
    while let Some(Ok(_)) = parts.next().await {}
}

/// The client sees the connection close without a byte of an answer.
fn cut() -> Response {
    let mut response = Response::new(Body::from_stream(stream::once(async { Err::<Bytes, _>(broken()) })));
    response.extensions_mut().insert(ConnectionCut);
    response
}

/// The client sees the head and half of the body before the connection closes.
async fn cut_during(response: Response) -> Response {
    let (mut head, body) = response.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    head.headers.insert(header::CONTENT_LENGTH, (body.len().max(1)).into());
    head.extensions.insert(ConnectionCut);
    let half = body.slice(..body.len() / 2);
    let parts = stream::iter([Ok(half)]).chain(stream::once(async {
        // Leaves the server the time to send what it has.
        tokio::time::sleep(Duration::from_millis(50)).await;
        Err(broken())
    }));
    Response::from_parts(head, Body::from_stream(parts))
}

fn broken() -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::ConnectionAborted, "cut by a fault")
}
