//! One child process, with limits on its time and its words.

use std::ffi::OsString;
use std::io;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;

/// Of what a program says about its troubles, this much is read.
const COMPLAINTS: u64 = 64 * 1024;

/// When a program is given up.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) time: Duration,
    /// Bytes of output.
    pub(crate) output: usize,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) success: bool,
    pub(crate) output: Vec<u8>,
    pub(crate) complaints: String,
}

/// Runs `line` with an empty environment and no input, to its end or to its limits.
pub(crate) async fn run(line: &[OsString], limits: Limits) -> io::Result<Done> {
    let (program, args) = line.split_first().ok_or(io::ErrorKind::InvalidInput)?;
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place of this crate that starts programs, and ends them"
    )]
    let mut command = Command::new(program);
    let mut child = command
        .args(args)
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let output = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
    let complaints = child.stderr.take().ok_or(io::ErrorKind::BrokenPipe)?;
    let work = async {
        let (output, complaints) =
            tokio::try_join!(all(output, limits.output), beginning(complaints, COMPLAINTS))?;
        let status = child.wait().await?;
        let complaints = String::from_utf8_lossy(&complaints).into_owned();
        Ok(Done { success: status.success(), output, complaints })
    };
    let done = tokio::time::timeout(limits.time, work).await;
    if !matches!(done, Ok(Ok(_))) {
        // Also waits, so that nothing is left behind.
        child.kill().await?;
    }
    done.map_err(|_| io::Error::new(io::ErrorKind::TimedOut, "the program took too long"))?
}

/// Reads to the end; more than `limit` bytes are an error.
async fn all(from: impl AsyncRead + Unpin, limit: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(limit as u64 + 1).read_to_end(&mut bytes).await?;
    if bytes.len() > limit {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "the program said more than it may"));
    }
    Ok(bytes)
}

/// Keeps the first `limit` bytes and lets the rest pass, so that a talkative program does not stand still.
async fn beginning(mut from: impl AsyncRead + Unpin, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    (&mut from).take(limit).read_to_end(&mut bytes).await?;
    tokio::io::copy(&mut from, &mut tokio::io::sink()).await?;
    Ok(bytes)
}
