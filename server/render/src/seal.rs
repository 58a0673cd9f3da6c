//! The box around a program that reads foreign bytes: one file, no network, limited means.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::run::{self, Limits};
use crate::tools::in_path;

/// Under this name the program inside sees the file.
const INSIDE: &str = "/in";

/// What is there to seal with.
#[derive(Debug, Clone)]
pub(crate) struct Seal {
    bwrap: Option<PathBuf>,
    prlimit: Option<PathBuf>,
}

impl Seal {
    /// Looks for `bwrap` and tries it out: inside containers it may be there and still not be allowed.
    pub(crate) async fn find(ffprobe: &Path) -> Self {
        let seal = Self { bwrap: in_path("bwrap"), prlimit: in_path("prlimit") };
        if seal.bwrap.is_none() {
            tracing::warn!("bwrap is not installed: ffmpeg reads uploads without a sandbox of its own");
            return seal;
        }
        let limits = Limits { time: Duration::from_secs(10), output: 1 << 20 };
        let tried = run::run(&seal.command(ffprobe, None, &["-version".into()]), limits).await;
        if tried.is_ok_and(|done| done.success) {
            return seal;
        }
        tracing::warn!("bwrap does not work here: ffmpeg reads uploads without a sandbox of its own");
        Self { bwrap: None, ..seal }
    }

    pub(crate) fn is_tight(&self) -> bool {
        self.bwrap.is_some()
    }

    /// How the program names `file`. The protocol is spelled out, so that no file name is read as an address.
    pub(crate) fn input(&self, file: &Path) -> OsString {
        let mut input = OsString::from("file:");
        input.push(if self.bwrap.is_some() { OsStr::new(INSIDE) } else { file.as_os_str() });
        input
    }

    /// The whole command line that runs `program` with sight of `file` alone.
    pub(crate) fn command(&self, program: &Path, file: Option<&Path>, args: &[OsString]) -> Vec<OsString> {
        let mut line: Vec<OsString> = Vec::new();
        if let Some(prlimit) = &self.prlimit {
            line.push(prlimit.into());
            // Seconds of computing, bytes of address space, bytes of any file written, core dumps.
            line.extend(
                ["--cpu=60", "--as=4294967296", "--fsize=67108864", "--core=0", "--"].map(Into::into),
            );
        }
        if let Some(bwrap) = &self.bwrap {
            line.push(bwrap.into());
            line.extend(
                ["--unshare-all", "--die-with-parent", "--new-session", "--clearenv"].map(Into::into),
            );
            // Debian's ffmpeg finds some of its libraries through /etc/alternatives.
            for dir in ["/usr", "/lib", "/lib64", "/bin", "/etc/alternatives", "/etc/ld.so.cache"] {
                line.extend(["--ro-bind-try", dir, dir].map(Into::into));
            }
            if let Some(dir) = program.parent().filter(|dir| !dir.starts_with("/usr")) {
                line.extend([OsStr::new("--ro-bind"), dir.as_os_str(), dir.as_os_str()].map(Into::into));
            }
            line.extend(["--dev", "/dev", "--tmpfs", "/tmp", "--chdir", "/tmp"].map(Into::into));
            if let Some(file) = file {
                line.extend([OsStr::new("--ro-bind"), file.as_os_str(), OsStr::new(INSIDE)].map(Into::into));
            }
            line.push("--".into());
        }
        line.push(program.into());
        line.extend(args.iter().cloned());
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Tools;

    #[tokio::test]
    async fn where_bwrap_does_not_work_files_are_read_all_the_same() {
        let sealed = Tools::find().await.unwrap();
        let open = Tools { seal: Seal { bwrap: None, prlimit: in_path("prlimit") }, ..sealed };
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("-i %d http:");
        let clip = dir.path().join("clip.mp4");
        open.vertical_clip(&clip, "A name that looks like an option").await.unwrap();
        std::fs::rename(&clip, &path).unwrap();
        assert_eq!(open.probe(&path, "mp4").await.unwrap().width, 1080);
        assert!(open.poster(&path, "mp4").await.is_ok());
    }
}
