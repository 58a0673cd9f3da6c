//! The only HTTP client of the product, and the witness of what went over the wire.
//!
//! What it keeps (README of `publishing`, §2):
//! - A call is made once. Redirects, retries, proxies and cookies are off, and connections are not reused:
//!   an idle connection that the other side has just closed fails in ways that cannot be told from a lost
//!   answer, and the client below would repeat such a call by itself. A handshake more is the price.
//! - Every body goes through [`body::Recorder`], which counts what was taken and yields no byte after the
//!   deadline, so that a process that slept cannot send on waking. What remains is what the HTTP stack had
//!   already taken when the process fell asleep, at most some hundred kilobytes; the rest never follows.
//! - It speaks only to destinations that the operator has set ([`Destinations`]).

mod body;
mod destinations;
mod witness;

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use publishing::{Body, Clock, Exchange, Http, Method, Request, Wire};

use self::body::Recorder;
pub use self::destinations::Destinations;
use self::witness::{Seen, WatchConnect};

/// README of `publishing`, §2, rule 15.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const USER_AGENT: &str = concat!("Daybill/", env!("CARGO_PKG_VERSION"));

/// Why no client could be made.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client cannot be made; are the system's root certificates (ca-certificates) installed?")]
pub struct ClientError(#[source] reqwest::Error);

/// The client for calls to platforms.
#[derive(Clone)]
pub struct HttpClient {
    client: reqwest::Client,
    destinations: Destinations,
    clock: Arc<dyn Clock>,
}

impl HttpClient {
    /// A client that reaches `destinations` and nothing else.
    #[expect(clippy::disallowed_methods, reason = "this is the client that everybody else is handed")]
    pub fn platform(clock: Arc<dyn Clock>, destinations: Destinations) -> Result<Self, ClientError> {
        let client = reqwest::Client::builder()
            .tls_backend_rustls()
            .http1_only()
            .no_proxy()
            .referer(false)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .pool_max_idle_per_host(0)
            .connect_timeout(CONNECT_TIMEOUT)
            .user_agent(USER_AGENT)
            .connector_layer(WatchConnect)
            .build()
            .map_err(ClientError)?;
        Ok(Self { client, destinations, clock })
    }

    /// Sends, reads the answer, and leaves its traces in `seen` on the way.
    async fn call(&self, request: Request, seen: &Arc<Seen>) -> Result<Answered, String> {
        let url = self.destinations.check(&request.url)?;
        let method = match request.method {
            Method::Get => http::Method::GET,
            Method::Post => http::Method::POST,
            Method::Put => http::Method::PUT,
            Method::Delete => http::Method::DELETE,
        };
        let mut call = self.client.request(method, url);
        for (name, value) in &request.headers {
            let value = http::HeaderValue::try_from(value)
                .map_err(|_| format!("the value of header {name} cannot be sent"))?;
            call = call.header(*name, value);
        }
        call = match Recorder::of(request.body, seen) {
            Some(recorder) => call.body(reqwest::Body::wrap(recorder)),
            // Platforms refuse a POST without a length.
            None if request.method != Method::Get => call.header(http::header::CONTENT_LENGTH, 0),
            None => call,
        };
        let answer = call.send().await.map_err(|error| seen.words(&error))?;
        read(answer, request.max_answer_bytes).await
    }
}

#[async_trait]
impl Http for HttpClient {
    async fn send(&self, request: Request) -> Exchange {
        let started = self.clock.monotonic();
        let timeout = request.timeout;
        let seen = Arc::new(Seen::new(Arc::clone(&self.clock), started + timeout, length(&request.body)));
        let call = Seen::scope(Arc::clone(&seen), self.call(request, &seen));
        let result = match tokio::time::timeout(timeout, call).await {
            Ok(result) => result,
            Err(_) => Err(format!("no answer within {} s", timeout.as_secs_f32())),
        };
        let took = self.clock.monotonic().saturating_sub(started);
        match result {
            Ok(answered) => Exchange {
                wire: Wire::Answered,
                status: answered.status,
                headers: answered.headers,
                body: answered.body,
                trouble: None,
                took,
            },
            Err(trouble) => Exchange {
                wire: seen.wire(),
                status: 0,
                headers: Vec::new(),
                body: Bytes::new(),
                trouble: Some(trouble),
                took,
            },
        }
    }
}

/// An answer that came whole.
struct Answered {
    status: u16,
    headers: Vec<(String, String)>,
    body: Bytes,
}

/// Reads the answer to its end. One that breaks off or is larger than `limit` is no complete answer and
/// therefore none at all: its status in words is all that is kept.
async fn read(mut answer: reqwest::Response, limit: usize) -> Result<Answered, String> {
    let status = answer.status().as_u16();
    let headers = answer
        .headers()
        .iter()
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
        .collect();
    let mut body = BytesMut::new();
    loop {
        match answer.chunk().await {
            Ok(Some(part)) if body.len() + part.len() > limit => {
                return Err(format!("an answer with status {status} is larger than {limit} bytes"));
            }
            Ok(Some(part)) => body.extend_from_slice(&part),
            Ok(None) => return Ok(Answered { status, headers, body: body.freeze() }),
            Err(error) => {
                return Err(format!("an answer with status {status} broke off: {}", innermost(&error)));
            }
        }
    }
}

fn length(body: &Body) -> u64 {
    match body {
        Body::Empty => 0,
        Body::Bytes(bytes) => bytes.len() as u64,
        Body::Stream { len, .. } => *len,
    }
}

/// The cause at the bottom. The upper layers repeat it, and the topmost holds the whole address, which may
/// be a secret.
fn innermost(error: &reqwest::Error) -> String {
    let mut cause = error.source();
    while let Some(next) = cause.and_then(std::error::Error::source) {
        cause = Some(next);
    }
    cause.map_or_else(|| "the connection broke".to_owned(), ToString::to_string)
}
