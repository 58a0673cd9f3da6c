//! What was seen of one call: whether it was connected, and how much of its body was taken.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use publishing::{Clock, Wire};
use tower::{Layer, Service};

tokio::task_local! {
    /// The call whose connection is being made. Works because without a pool of connections the client
    /// connects inside the very future that sends.
    static CALL: Arc<Seen>;
}

/// The traces of one call.
pub(super) struct Seen {
    clock: Arc<dyn Clock>,
    deadline: Duration,
    /// Of the body, in bytes.
    length: u64,
    is_connected: AtomicBool,
    taken: AtomicU64,
}

impl Seen {
    pub(super) fn new(clock: Arc<dyn Clock>, deadline: Duration, length: u64) -> Self {
        Self { clock, deadline, length, is_connected: AtomicBool::new(false), taken: AtomicU64::new(0) }
    }

    /// Lets the connector know whose connection it makes.
    pub(super) fn scope<F: Future>(seen: Arc<Self>, call: F) -> impl Future<Output = F::Output> {
        CALL.scope(seen, call)
    }

    pub(super) fn length(&self) -> u64 {
        self.length
    }

    pub(super) fn is_too_late(&self) -> bool {
        self.clock.monotonic() >= self.deadline
    }

    pub(super) fn take(&self, bytes: u64) {
        self.taken.fetch_add(bytes, Ordering::SeqCst);
    }

    pub(super) fn taken(&self) -> u64 {
        self.taken.load(Ordering::SeqCst)
    }

    /// How far the call got, given that no complete answer came. Without a body nobody can say whether the
    /// head was written once there was a connection; so it counts as sent.
    pub(super) fn wire(&self) -> Wire {
        let taken = self.taken();
        if !self.is_connected.load(Ordering::SeqCst) {
            Wire::NotConnected
        } else if taken == self.length {
            Wire::NoAnswer
        } else if taken == 0 {
            Wire::NothingSent
        } else {
            Wire::PartlySent
        }
    }

    /// What went wrong, for the log; never with the address.
    pub(super) fn words(&self, error: &reqwest::Error) -> String {
        let cause = super::innermost(error);
        match self.wire() {
            Wire::NotConnected => format!("no connection: {cause}"),
            Wire::NothingSent => format!("nothing was sent: {cause}"),
            Wire::PartlySent => {
                format!("{} of {} bytes were sent: {cause}", self.taken(), self.length)
            }
            Wire::NoAnswer | Wire::Answered => format!("no answer: {cause}"),
        }
    }
}

/// Notes when a connection, with TLS, stands; refuses to use one that stands too late.
#[derive(Clone)]
pub(super) struct WatchConnect;

impl<S> Layer<S> for WatchConnect {
    type Service = Watched<S>;

    fn layer(&self, inner: S) -> Watched<S> {
        Watched(inner)
    }
}

#[derive(Clone)]
pub(super) struct Watched<S>(S);

impl<S, R> Service<R> for Watched<S>
where
    S: Service<R, Error: From<TooLate>, Future: Send + 'static>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, target: R) -> Self::Future {
        let connecting = self.0.call(target);
        Box::pin(async move {
            let connection = connecting.await?;
            CALL.with(|seen| {
                if seen.is_too_late() {
                    return Err(TooLate.into());
                }
                seen.is_connected.store(true, Ordering::SeqCst);
                Ok(connection)
            })
        })
    }
}

/// The deadline passed on the way.
#[derive(Debug, thiserror::Error)]
#[error("the deadline had passed")]
pub(super) struct TooLate;
