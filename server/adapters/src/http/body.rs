//! A body that records how much of it was taken and yields nothing after the deadline.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::StreamExt;
use http_body::{Frame, SizeHint};
use publishing::{Body, ByteStream};

use super::witness::{Seen, TooLate};

/// The most that is handed over at once, so that little is in flight whenever the deadline comes.
const PIECE: usize = 64 * 1024;

/// The recording body of one call.
pub(super) struct Recorder {
    source: Source,
    /// Taken from the source, not yet handed over.
    held: Bytes,
    seen: Arc<Seen>,
}

/// Where the bytes come from. The stream need not be `Sync`, the body must be; it is only ever reached
/// through `&mut`, so the mutex is never locked.
enum Source {
    Held,
    Stream(Mutex<ByteStream>),
}

/// Why a body stopped.
#[derive(Debug, thiserror::Error)]
enum Stop {
    #[error(transparent)]
    TooLate(#[from] TooLate),
    #[error("the file ended {0} bytes too early")]
    TooShort(u64),
    #[error("the file is longer than was announced")]
    TooLong,
    #[error("the file could not be read")]
    Unreadable(#[source] io::Error),
}

impl Recorder {
    /// `None` when there is nothing to send.
    pub(super) fn of(body: Body, seen: &Arc<Seen>) -> Option<Self> {
        let (source, held) = match body {
            Body::Bytes(bytes) if !bytes.is_empty() => (Source::Held, bytes),
            Body::Stream { len, stream } if len > 0 => (Source::Stream(Mutex::new(stream)), Bytes::new()),
            Body::Empty | Body::Bytes(_) | Body::Stream { .. } => return None,
        };
        Some(Self { source, held, seen: Arc::clone(seen) })
    }

    fn rest(&self) -> u64 {
        self.seen.length().saturating_sub(self.seen.taken())
    }

    /// Fills `held` from the stream; leaves it empty at the end.
    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Stop>> {
        let Source::Stream(stream) = &mut self.source else { return Poll::Ready(Ok(())) };
        let stream = stream.get_mut().unwrap_or_else(PoisonError::into_inner);
        while self.held.is_empty() {
            match std::task::ready!(stream.poll_next_unpin(cx)) {
                Some(Ok(bytes)) => self.held = bytes,
                Some(Err(error)) => return Poll::Ready(Err(Stop::Unreadable(error))),
                None => break,
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl http_body::Body for Recorder {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let rest = self.rest();
        if rest == 0 {
            return Poll::Ready(None);
        }
        if let Err(stop) = std::task::ready!(self.poll_fill(cx)) {
            return Poll::Ready(Some(Err(stop.into())));
        }
        // Asked last, because the source may have slept.
        let stop = if self.seen.is_too_late() {
            Some(Stop::TooLate(TooLate))
        } else if self.held.is_empty() {
            Some(Stop::TooShort(rest))
        } else if self.held.len() as u64 > rest {
            Some(Stop::TooLong)
        } else {
            None
        };
        if let Some(stop) = stop {
            return Poll::Ready(Some(Err(stop.into())));
        }
        let piece = self.held.len().min(PIECE);
        let piece = self.held.split_to(piece);
        self.seen.take(piece.len() as u64);
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest() == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest())
    }
}
