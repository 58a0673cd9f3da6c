//! The state's snapshot on disk, replaced as a whole by a rename so that a crash leaves the old or the new one.

use std::path::{Path, PathBuf};

use crate::OpenError;
use crate::state::State;

#[derive(Debug)]
pub(crate) struct Disk {
    dir: PathBuf,
}

impl Disk {
    pub(crate) async fn open(dir: &Path) -> Result<(Self, State), OpenError> {
        let folder = |source| OpenError::Folder { path: dir.to_owned(), source };
        tokio::fs::create_dir_all(dir).await.map_err(folder)?;
        let disk = Self { dir: dir.to_owned() };
        let state = match tokio::fs::read(disk.snapshot()).await {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map_err(|source| OpenError::State { path: disk.snapshot(), source })?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => State::default(),
            Err(error) => return Err(folder(error)),
        };
        Ok((disk, state))
    }

    pub(crate) async fn save(&self, snapshot: Vec<u8>) -> std::io::Result<()> {
        let fresh = self.dir.join("state.json.new");
        tokio::fs::write(&fresh, snapshot).await?;
        tokio::fs::rename(&fresh, self.snapshot()).await
    }

    fn snapshot(&self) -> PathBuf {
        self.dir.join("state.json")
    }
}
