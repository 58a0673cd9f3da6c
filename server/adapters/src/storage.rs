//! Files on this machine's disk, written and read in pieces so that memory does not grow with them.

use std::io;
use std::path::{Path as FsPath, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use domain::media::{FileWriter, Files};
use futures::{StreamExt, TryStreamExt};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{GetOptions, GetRange, MultipartUpload, ObjectStore, ObjectStoreExt, PutPayload};
use publishing::{Blobs, ByteStream};

/// How much is gathered before it is written: few system calls, little memory.
const PART: usize = 1 << 20;

/// A folder of files.
#[derive(Debug, Clone)]
pub struct Storage {
    store: Arc<LocalFileSystem>,
}

impl Storage {
    /// Files under `dir`, which is made if it is missing. A finished file survives a power cut.
    pub fn local(dir: &FsPath) -> io::Result<Self> {
        std::fs::create_dir_all(dir)?;
        let store = LocalFileSystem::new_with_prefix(dir)?.with_fsync(true);
        Ok(Self { store: Arc::new(store) })
    }

    async fn range(&self, key: &str, from: u64, to: u64) -> io::Result<ByteStream> {
        if from >= to {
            return Ok(Box::pin(futures::stream::empty()));
        }
        let options = GetOptions { range: Some(GetRange::Bounded(from..to)), ..GetOptions::default() };
        let found = self.store.get_opts(&path(key)?, options).await?;
        // The store shortens a range that reaches past the end; nobody here asks for one on purpose.
        if found.range != (from..to) {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "the file is shorter than it should be",
            ));
        }
        Ok(found.into_stream().map_err(io::Error::from).boxed())
    }
}

/// Keys are of our own making; one that leaves the folder is a bug and goes nowhere.
fn path(key: &str) -> io::Result<Path> {
    Path::parse(key).map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))
}

#[async_trait]
impl Files for Storage {
    async fn create(&self, key: &str) -> io::Result<Box<dyn FileWriter>> {
        let upload = self.store.put_multipart(&path(key)?).await?;
        Ok(Box::new(Writer { upload, held: BytesMut::new() }))
    }

    async fn read(&self, key: &str, from: u64, to: u64) -> io::Result<ByteStream> {
        self.range(key, from, to).await
    }

    async fn delete(&self, key: &str) -> io::Result<()> {
        match self.store.delete(&path(key)?).await {
            Err(object_store::Error::NotFound { .. }) => Ok(()),
            other => Ok(other?),
        }
    }

    async fn local_path(&self, key: &str) -> Option<PathBuf> {
        let file = self.store.path_to_filesystem(&path(key).ok()?).ok()?;
        tokio::fs::try_exists(&file).await.ok()?.then_some(file)
    }

    async fn rename(&self, from: &str, to: &str, _len: u64) -> io::Result<()> {
        Ok(self.store.rename(&path(from)?, &path(to)?).await?)
    }
}

#[async_trait]
impl Blobs for Storage {
    async fn read(&self, key: &str, from: u64, to: u64) -> io::Result<ByteStream> {
        self.range(key, from, to).await
    }
}

/// A file being written beside its place; dropped unfinished, it is removed.
struct Writer {
    upload: Box<dyn MultipartUpload>,
    held: BytesMut,
}

impl Writer {
    async fn flush(&mut self) -> io::Result<()> {
        let part = self.held.split().freeze();
        if part.is_empty() { Ok(()) } else { Ok(self.upload.put_part(PutPayload::from(part)).await?) }
    }
}

#[async_trait]
impl FileWriter for Writer {
    async fn write(&mut self, bytes: Bytes) -> io::Result<()> {
        self.held.extend_from_slice(&bytes);
        if self.held.len() >= PART { self.flush().await } else { Ok(()) }
    }

    async fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.flush().await?;
        self.upload.complete().await?;
        Ok(())
    }

    async fn abort(mut self: Box<Self>) -> io::Result<()> {
        Ok(self.upload.abort().await?)
    }
}
