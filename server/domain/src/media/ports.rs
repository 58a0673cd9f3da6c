//! What media waits for from the outside: storage and the tools that look into files.

use std::io;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use bytes::Bytes;
use publishing::http::ByteStream;

/// Where files are kept. Keys are paths of our own making: `quarantine/…`, `assets/…`, `posters/…`.
#[async_trait]
pub trait Files: Send + Sync {
    /// Begins a file. It exists under `key` once [`FileWriter::finish`] has returned.
    async fn create(&self, key: &str) -> io::Result<Box<dyn FileWriter>>;

    /// Bytes `from..to` of a finished file.
    async fn read(&self, key: &str, from: u64, to: u64) -> io::Result<ByteStream>;

    /// Removes a file, finished or not. A file that is not there is no error.
    async fn delete(&self, key: &str) -> io::Result<()>;

    /// Where a finished file lies on this machine, if it does.
    async fn local_path(&self, key: &str) -> Option<PathBuf>;

    /// Moves a finished file of `len` bytes, over one that is already there.
    /// Storage that can rename does so; this way copies.
    async fn rename(&self, from: &str, to: &str, len: u64) -> io::Result<()> {
        use futures::StreamExt as _;

        let mut source = self.read(from, 0, len).await?;
        let mut copy = self.create(to).await?;
        while let Some(piece) = source.next().await {
            let written = match piece {
                Ok(bytes) => copy.write(bytes).await,
                Err(error) => Err(error),
            };
            if let Err(error) = written {
                copy.abort().await?;
                return Err(error);
            }
        }
        copy.finish().await?;
        self.delete(from).await
    }
}

/// A file being written. Dropped without `finish`, it leaves nothing under its key.
#[async_trait]
pub trait FileWriter: Send {
    /// Appends; returns once storage keeps up, so that memory does not grow with the file.
    async fn write(&mut self, bytes: Bytes) -> io::Result<()>;

    /// Makes it durable and visible.
    async fn finish(self: Box<Self>) -> io::Result<()>;

    /// Removes what was written.
    async fn abort(self: Box<Self>) -> io::Result<()>;
}

/// What a look into a file shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    pub width: u32,
    pub height: u32,
    /// 0 for a still picture.
    pub duration_ms: u64,
    /// The tool's word, for example `h264`; for a picture `mjpeg` or `png`.
    pub video_codec: String,
    pub audio_codec: Option<String>,
    pub fps: Option<f64>,
}

/// Why a file could not be looked into.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// The file is damaged, cut off, or not what it says it is.
    #[error("the file cannot be read: {0}")]
    Unreadable(String),
    /// The tool itself is missing or failed.
    #[error("the media tool failed")]
    Tool(#[source] io::Error),
}

/// Looks into files, sealed off from network and other files.
#[async_trait]
pub trait MediaTools: Send + Sync {
    /// Facts of the file at `path`. `format` is the sniffed one of [`super::sniff::Sniffed`]:
    /// `mp4`, `mov`, `webm`, `jpg`, `png` or `webp`; the tool must not guess another one.
    async fn probe(&self, path: &Path, format: &str) -> Result<Facts, ProbeError>;

    /// A still picture as JPEG.
    async fn poster(&self, path: &Path, format: &str) -> Result<Vec<u8>, ProbeError>;
}
