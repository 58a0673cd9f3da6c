//! A file on its way in: streamed, hashed, sniffed and capped, and gone without a trace when anything is wrong.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures::StreamExt as _;
use publishing::http::ByteStream;
use sha2::{Digest as _, Sha256};

use super::ports::{FileWriter, Files};
use super::sniff::{SNIFF_BYTES, Sniffed, sniff, top_box};
use super::{Head, MediaError};

/// More boxes than this are taken for a fragmented file that need not be followed to its end.
const BOXES: u32 = 4096;

/// A file under a quarantine key. Removed when dropped, unless it was taken over.
pub(super) struct Quarantined {
    files: Arc<dyn Files>,
    key: Option<String>,
    pub sniffed: Sniffed,
    pub size_bytes: u64,
    /// Lower-case hex.
    pub sha256: String,
}

impl Quarantined {
    pub(super) fn key(&self) -> &str {
        self.key.as_deref().unwrap_or_default()
    }

    /// The file lies elsewhere now; there is nothing to remove.
    pub(super) fn taken_over(&mut self) {
        self.key = None;
    }

    pub(super) async fn remove(mut self) {
        if let Some(key) = self.key.take() {
            remove(&*self.files, &key).await;
        }
    }
}

impl Drop for Quarantined {
    fn drop(&mut self) {
        clear(&self.files, self.key.take());
    }
}

/// A file half written; removed when the request is dropped in the middle, as it is when a browser goes away.
struct Begun {
    files: Arc<dyn Files>,
    key: Option<String>,
}

impl Drop for Begun {
    fn drop(&mut self) {
        clear(&self.files, self.key.take());
    }
}

fn clear(files: &Arc<dyn Files>, key: Option<String>) {
    if let (Some(key), Ok(runtime)) = (key, tokio::runtime::Handle::try_current()) {
        let files = Arc::clone(files);
        runtime.spawn(async move { remove(&*files, &key).await });
    }
}

async fn remove(files: &dyn Files, key: &str) {
    if let Err(error) = files.delete(key).await {
        tracing::warn!(%error, "A file in quarantine could not be removed");
    }
}

/// Streams `body` into quarantine under `key`.
pub(super) async fn receive(
    files: &Arc<dyn Files>,
    key: String,
    head: &Head,
    mut body: ByteStream,
) -> Result<Quarantined, MediaError> {
    let (first, is_over) = first_bytes(&mut body).await?;
    if first.is_empty() {
        // With a length announced, nothing at all is a cut and not an empty file.
        let was_cut = head.declared_len.is_some_and(|len| len > 0);
        return Err(if was_cut { MediaError::Cut(None) } else { MediaError::Empty });
    }
    let sniffed = sniff(&first).ok_or(MediaError::NotMedia)?;
    let limit = sniffed.max_bytes();
    if head.declared_len.is_some_and(|len| len > limit) {
        return Err(MediaError::TooLarge(limit));
    }

    let mut begun = Begun { files: Arc::clone(files), key: Some(key) };
    let writer = files.create(begun.key.as_deref().unwrap_or_default()).await.map_err(MediaError::Storage)?;
    let mut intake = Intake { writer, hash: Sha256::new(), size: 0, limit };
    let streamed = async {
        intake.take(first).await?;
        if !is_over {
            while let Some(piece) = body.next().await {
                intake.take(piece.map_err(|error| MediaError::Cut(Some(error)))?).await?;
            }
        }
        if head.declared_len.is_some_and(|len| len != intake.size) {
            return Err(MediaError::Cut(None));
        }
        Ok(())
    };
    if let Err(error) = streamed.await {
        if let Err(abort) = intake.writer.abort().await {
            tracing::warn!(error = %abort, "An upload could not be aborted");
        }
        if let Some(key) = begun.key.take() {
            remove(&**files, &key).await;
        }
        return Err(error);
    }
    intake.writer.finish().await.map_err(MediaError::Storage)?;
    Ok(Quarantined {
        files: Arc::clone(files),
        key: begun.key.take(),
        sniffed,
        size_bytes: intake.size,
        sha256: hex::encode(intake.hash.finalize()),
    })
}

/// What has come in so far.
struct Intake {
    writer: Box<dyn FileWriter>,
    hash: Sha256,
    size: u64,
    limit: u64,
}

impl Intake {
    async fn take(&mut self, piece: Bytes) -> Result<(), MediaError> {
        self.size += piece.len() as u64;
        if self.size > self.limit {
            return Err(MediaError::TooLarge(self.limit));
        }
        self.hash.update(&piece);
        self.writer.write(piece).await.map_err(MediaError::Storage)
    }
}

/// Enough to sniff, and whether that was all.
async fn first_bytes(body: &mut ByteStream) -> Result<(Bytes, bool), MediaError> {
    let mut first = BytesMut::new();
    while first.len() < SNIFF_BYTES {
        match body.next().await {
            Some(piece) => first.extend_from_slice(&piece.map_err(|error| MediaError::Cut(Some(error)))?),
            None => return Ok((first.freeze(), true)),
        }
    }
    Ok((first.freeze(), false))
}

/// Follows the boxes of an MP4 or MOV file: one that ends in the middle of a box was cut off, and the tools
/// would not notice when the index stands at its beginning.
pub(super) async fn check_is_whole(files: &dyn Files, file: &Quarantined) -> Result<(), MediaError> {
    if !matches!(file.sniffed.format, "mp4" | "mov") {
        return Ok(());
    }
    let (mut at, mut has_index) = (0, false);
    for _ in 0..BOXES {
        let head = read(files, file.key(), at, (at + 16).min(file.size_bytes)).await?;
        let found = top_box(&head, at).ok_or(MediaError::Damaged(None))?;
        has_index |= found.name == *b"moov";
        match found.next {
            Some(next) if next > file.size_bytes => return Err(MediaError::Damaged(None)),
            Some(next) if next < file.size_bytes => at = next,
            _ => return if has_index { Ok(()) } else { Err(MediaError::Damaged(None)) },
        }
    }
    Ok(())
}

async fn read(files: &dyn Files, key: &str, from: u64, to: u64) -> Result<Bytes, MediaError> {
    let mut stream = files.read(key, from, to).await.map_err(MediaError::Storage)?;
    let mut bytes = BytesMut::new();
    while let Some(piece) = stream.next().await {
        bytes.extend_from_slice(&piece.map_err(MediaError::Storage)?);
    }
    Ok(bytes.freeze())
}
