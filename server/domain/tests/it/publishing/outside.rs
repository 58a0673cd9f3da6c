//! The outside of these tests: files in memory, tools that know what the test made.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use domain::media::{Facts, FileWriter, Files, MediaTools, ProbeError};
use publishing::ByteStream;

/// Finished files by key.
#[derive(Clone, Default)]
pub struct Memory(pub Arc<Mutex<BTreeMap<String, Bytes>>>);

struct Writer {
    files: Memory,
    key: String,
    bytes: Vec<u8>,
}

#[async_trait]
impl Files for Memory {
    async fn create(&self, key: &str) -> io::Result<Box<dyn FileWriter>> {
        Ok(Box::new(Writer { files: self.clone(), key: key.to_owned(), bytes: Vec::new() }))
    }

    async fn read(&self, key: &str, from: u64, to: u64) -> io::Result<ByteStream> {
        let files = self.0.lock().unwrap();
        let file = files.get(key).ok_or(io::ErrorKind::NotFound)?;
        let range = usize::try_from(from).unwrap()..usize::try_from(to).unwrap();
        let part = file.slice(range);
        Ok(Box::pin(futures::stream::iter([Ok(part)])))
    }

    async fn delete(&self, key: &str) -> io::Result<()> {
        self.0.lock().unwrap().remove(key);
        Ok(())
    }

    async fn local_path(&self, key: &str) -> Option<PathBuf> {
        Some(PathBuf::from(key))
    }
}

#[async_trait]
impl FileWriter for Writer {
    async fn write(&mut self, bytes: Bytes) -> io::Result<()> {
        self.bytes.extend_from_slice(&bytes);
        Ok(())
    }

    async fn finish(self: Box<Self>) -> io::Result<()> {
        self.files.0.lock().unwrap().insert(self.key, self.bytes.into());
        Ok(())
    }

    async fn abort(self: Box<Self>) -> io::Result<()> {
        Ok(())
    }
}

/// Sees a vertical clip of twelve seconds, unless it is told that the file is unreadable.
#[derive(Clone, Default)]
pub struct Eye {
    pub is_blind: Arc<Mutex<bool>>,
}

#[async_trait]
impl MediaTools for Eye {
    async fn probe(&self, _: &Path, _: &str) -> Result<Facts, ProbeError> {
        if *self.is_blind.lock().unwrap() {
            return Err(ProbeError::Unreadable("moov atom not found".into()));
        }
        Ok(Facts {
            width: 1080,
            height: 1920,
            duration_ms: 12_000,
            video_codec: "h264".into(),
            audio_codec: Some("aac".into()),
            fps: Some(30.0),
        })
    }

    async fn poster(&self, _: &Path, _: &str) -> Result<Vec<u8>, ProbeError> {
        Ok(b"\xff\xd8\xff a picture".to_vec())
    }
}

/// The smallest MP4 whose boxes add up: `ftyp`, `moov`, `mdat`; `salt` makes its bytes its own.
pub fn clip(salt: &[u8]) -> Vec<u8> {
    let mut file = b"\0\0\0\x18ftypisom\0\0\x02\0isommp42".to_vec();
    file.extend_from_slice(b"\0\0\0\x10moov\0\0\0\x08free");
    let size = u32::try_from(8 + salt.len()).unwrap();
    file.extend_from_slice(&size.to_be_bytes());
    file.extend_from_slice(b"mdat");
    file.extend_from_slice(salt);
    file
}

/// A body that comes in pieces.
pub fn body(bytes: &[u8]) -> ByteStream {
    let pieces: Vec<io::Result<Bytes>> =
        bytes.chunks(7).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    Box::pin(futures::stream::iter(pieces))
}
