//! What a call looks like and what was seen of it. The only implementation that touches the network
//! is `adapters::http`.

use std::io;
use std::pin::Pin;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::Stream;
use model::Evidence;

/// Bytes as they come.
pub type ByteStream = Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>;

/// The methods platforms use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
    Put,
    Delete,
}

impl Method {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

/// What is sent.
pub enum Body {
    Empty,
    Bytes(Bytes),
    /// Exactly `len` bytes out of storage.
    Stream {
        len: u64,
        stream: ByteStream,
    },
}

/// One call.
pub struct Request {
    pub method: Method,
    /// Whole address; its query may hold secrets and is never logged.
    pub url: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: Body,
    /// From the first connect to the last byte of the answer; no byte is sent after it.
    pub timeout: Duration,
    /// The answer is refused when it is larger.
    pub max_answer_bytes: usize,
}

impl Request {
    /// A call without body, with the limits of a look-up (10 s, 1 MiB).
    pub fn new(method: Method, url: impl Into<String>) -> Self {
        Self {
            method,
            url: url.into(),
            headers: Vec::new(),
            body: Body::Empty,
            timeout: Duration::from_secs(10),
            max_answer_bytes: 1 << 20,
        }
    }

    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    #[must_use]
    pub fn body(mut self, body: Body) -> Self {
        self.body = body;
        self
    }

    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }
}

/// How far a call got on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wire {
    /// DNS, connect or TLS failed.
    NotConnected,
    /// Connected, but no byte of the body was taken (or, without a body, the request was never written).
    NothingSent,
    /// The body was not polled to its end and the connection is gone, or the deadline cut it.
    PartlySent,
    /// All was sent; no complete answer came.
    NoAnswer,
    /// An answer came whole.
    Answered,
}

/// A call and what was seen of it.
#[derive(Debug)]
pub struct Exchange {
    pub wire: Wire,
    /// 0 unless answered.
    pub status: u16,
    /// Lower-case names.
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
    /// In words, for the log: "connection refused", "no answer within 30 s".
    pub trouble: Option<String>,
    pub took: Duration,
}

impl Exchange {
    /// The value of header `name` (lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// What the wire alone proves; `None` when an answer came and must be read.
    pub fn wire_evidence(&self) -> Option<Evidence> {
        match self.wire {
            Wire::NotConnected => Some(Evidence::E0),
            Wire::NothingSent => Some(Evidence::E1),
            Wire::PartlySent => Some(Evidence::E2),
            Wire::NoAnswer => Some(Evidence::E3),
            Wire::Answered => None,
        }
    }
}

/// The way out.
#[async_trait]
pub trait Http: Send + Sync {
    /// Makes the call once. Never retries, never follows a redirect.
    async fn send(&self, request: Request) -> Exchange;
}
