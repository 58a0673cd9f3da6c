//! The programs on this machine.

use std::path::{Path, PathBuf};

use crate::seal::Seal;

/// ffmpeg and ffprobe, and what seals them off. Found once, at the start.
#[derive(Debug, Clone)]
pub struct Tools {
    pub(crate) ffmpeg: PathBuf,
    pub(crate) ffprobe: PathBuf,
    pub(crate) seal: Seal,
}

/// A program that is not there.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not installed; it comes with the package ffmpeg")]
pub struct Missing(&'static str);

impl Tools {
    /// Finds the programs in `PATH` and tries out the seal.
    pub async fn find() -> Result<Self, Missing> {
        let ffmpeg = in_path("ffmpeg").ok_or(Missing("ffmpeg"))?;
        let ffprobe = in_path("ffprobe").ok_or(Missing("ffprobe"))?;
        let seal = Seal::find(&ffprobe).await;
        Ok(Self { ffmpeg, ffprobe, seal })
    }

    /// Whether the programs run without network and without sight of other files.
    pub fn is_sealed(&self) -> bool {
        self.seal.is_tight()
    }
}

/// A program by its name, as a shell would find it.
pub(crate) fn in_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|dir| dir.join(name))
        .find(|file| is_program(file))
        // The seal shows real paths only.
        .and_then(|file| file.canonicalize().ok())
}

fn is_program(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    file.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}
