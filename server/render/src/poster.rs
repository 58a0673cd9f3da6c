//! A still picture of a file.

use std::path::Path;
use std::time::Duration;

use crate::probe::{ProbeError, accept, is_still, unreadable, words};
use crate::run::{self, Limits};
use crate::tools::Tools;

const LIMITS: Limits = Limits { time: Duration::from_secs(30), output: 8 << 20 };

impl Tools {
    /// A JPEG of at most 720 pixels' width: of a video the picture at half a second, or in the middle when it
    /// is shorter than a second.
    pub async fn poster(&self, path: &Path, format: &str) -> Result<Vec<u8>, ProbeError> {
        let facts = self.probe(path, format).await?;
        let (path, demuxer) = accept(path, format).await?;
        let at_ms = if is_still(format) { 0 } else { 500.min(facts.duration_ms / 2) };
        let at = format!("{}.{:03}", at_ms / 1000, at_ms % 1000);
        let mut args = words(&["-v", "error", "-nostdin", "-protocol_whitelist", "file,pipe", "-f", demuxer]);
        args.extend(words(&["-ss", &at, "-i"]));
        args.push(self.seal.input(&path));
        args.extend(words(&["-an", "-sn", "-dn", "-map", "0:v:0", "-frames:v", "1", "-threads", "2"]));
        args.extend(words(&["-vf", "scale='min(720,iw)':-2:flags=lanczos,format=yuvj420p"]));
        args.extend(words(&[
            "-c:v",
            "mjpeg",
            "-q:v",
            "3",
            "-map_metadata",
            "-1",
            "-f",
            "image2pipe",
            "pipe:1",
        ]));
        let line = self.seal.command(&self.ffmpeg, Some(&path), &args);
        let done = run::run(&line, LIMITS).await.map_err(ProbeError::Tool)?;
        if !done.success || !done.output.starts_with(&[0xff, 0xd8]) {
            return Err(unreadable(&done, format));
        }
        Ok(done.output)
    }
}
