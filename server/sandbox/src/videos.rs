//! The bytes of uploaded videos: written chunk by chunk while they arrive, read back in ranges.

use std::collections::HashMap;
use std::io::{Cursor, Read, Seek};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::body::Body;
use futures::StreamExt;
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};
use tokio_util::io::ReaderStream;

#[derive(Debug)]
pub(crate) struct Videos(Place);

#[derive(Debug)]
enum Place {
    Memory(Mutex<HashMap<String, Vec<u8>>>),
    Folder(PathBuf),
}

/// Why a chunk was not stored; nothing of it is kept.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AppendError {
    #[error("the body has another length than announced")]
    Length,
    #[error("the body broke off")]
    Broken(#[source] axum::Error),
    #[error("the chunk could not be written")]
    Io(#[from] std::io::Error),
}

pub(crate) trait ReadSeek: Read + Seek {}
impl<T: Read + Seek> ReadSeek for T {}

impl Videos {
    pub(crate) fn in_memory() -> Self {
        Self(Place::Memory(Mutex::default()))
    }

    pub(crate) async fn on_disk(dir: PathBuf) -> std::io::Result<Self> {
        tokio::fs::create_dir_all(&dir).await?;
        Ok(Self(Place::Folder(dir)))
    }

    /// Appends `length` bytes of `body` behind the first `from` bytes of video `key` and gives them to `hash`.
    pub(crate) async fn append(
        &self,
        key: &str,
        from: u64,
        length: u64,
        body: Body,
        hash: &mut Sha256,
    ) -> Result<(), AppendError> {
        match &self.0 {
            Place::Memory(videos) => {
                let mut chunk = Vec::new();
                receive(body, length, hash, &mut chunk).await?;
                let mut videos = lock(videos);
                let video = videos.entry(key.to_owned()).or_default();
                video.truncate(to_usize(from));
                video.extend_from_slice(&chunk);
            }
            Place::Folder(dir) => {
                let path = dir.join(key);
                let mut file =
                    tokio::fs::File::options().create(true).write(true).truncate(false).open(path).await?;
                // A chunk that broke off earlier may have left bytes behind the accepted ones.
                file.set_len(from).await?;
                file.seek(std::io::SeekFrom::Start(from)).await?;
                receive(body, length, hash, &mut file).await?;
                file.flush().await?;
            }
        }
        Ok(())
    }

    /// The hash over the first `length` bytes, for an upload that goes on after a restart.
    pub(crate) async fn hash(&self, key: &str, length: u64) -> std::io::Result<Sha256> {
        let mut hash = Sha256::new();
        if length > 0 {
            let mut bytes = self.read(key, 0, length).await?.into_data_stream();
            while let Some(part) = bytes.next().await {
                hash.update(&part.map_err(std::io::Error::other)?);
            }
        }
        Ok(hash)
    }

    /// `length` bytes from `from` on, as a body.
    pub(crate) async fn read(&self, key: &str, from: u64, length: u64) -> std::io::Result<Body> {
        match &self.0 {
            Place::Memory(videos) => {
                let videos = lock(videos);
                let video = videos.get(key).ok_or(std::io::ErrorKind::NotFound)?;
                let part = video.get(to_usize(from)..to_usize(from + length));
                Ok(Body::from(part.ok_or(std::io::ErrorKind::UnexpectedEof)?.to_vec()))
            }
            Place::Folder(dir) => {
                let mut file = tokio::fs::File::open(dir.join(key)).await?;
                file.seek(std::io::SeekFrom::Start(from)).await?;
                Ok(Body::from_stream(ReaderStream::new(file.take(length))))
            }
        }
    }

    /// Lets `look` read the whole video, away from the async threads.
    pub(crate) async fn inspect<T: Send + 'static>(
        &self,
        key: &str,
        look: impl FnOnce(&mut dyn ReadSeek) -> std::io::Result<T> + Send + 'static,
    ) -> std::io::Result<T> {
        match &self.0 {
            Place::Memory(videos) => {
                let videos = lock(videos);
                look(&mut Cursor::new(videos.get(key).ok_or(std::io::ErrorKind::NotFound)?))
            }
            Place::Folder(dir) => {
                let path = dir.join(key);
                tokio::task::spawn_blocking(move || look(&mut std::fs::File::open(path)?))
                    .await
                    .map_err(std::io::Error::other)?
            }
        }
    }
}

async fn receive(
    body: Body,
    length: u64,
    hash: &mut Sha256,
    to: &mut (impl tokio::io::AsyncWrite + Unpin),
) -> Result<(), AppendError> {
    let mut parts = body.into_data_stream();
    let mut received = 0;
    while let Some(part) = parts.next().await {
        let part = part.map_err(AppendError::Broken)?;
        received += part.len() as u64;
        if received > length {
            return Err(AppendError::Length);
        }
        hash.update(&part);
        to.write_all(&part).await?;
    }
    if received == length { Ok(()) } else { Err(AppendError::Length) }
}

fn lock(videos: &Mutex<HashMap<String, Vec<u8>>>) -> MutexGuard<'_, HashMap<String, Vec<u8>>> {
    videos.lock().unwrap_or_else(PoisonError::into_inner)
}

fn to_usize(value: u64) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}
