//! The facts of a file.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;

use crate::run::{self, Done, Limits};
use crate::tools::Tools;
use crate::whole;

const LIMITS: Limits = Limits { time: Duration::from_secs(20), output: 1 << 20 };

/// What a look into a file shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    /// As shown, so with its rotation applied.
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

#[derive(Deserialize)]
struct Report {
    #[serde(default)]
    streams: Vec<Stream>,
    #[serde(default)]
    format: Format,
}

#[derive(Default, Deserialize)]
struct Format {
    duration: Option<String>,
}

#[derive(Deserialize)]
struct Stream {
    codec_type: Option<String>,
    codec_name: Option<String>,
    #[serde(default)]
    width: u32,
    #[serde(default)]
    height: u32,
    avg_frame_rate: Option<String>,
    #[serde(default)]
    disposition: Disposition,
    #[serde(default)]
    side_data_list: Vec<SideData>,
}

#[derive(Default, Deserialize)]
struct Disposition {
    #[serde(default)]
    attached_pic: u8,
}

#[derive(Deserialize)]
struct SideData {
    rotation: Option<f64>,
}

impl Tools {
    /// Facts of the file at `path`, read as `format` and nothing else: `mp4`, `mov`, `webm`, `jpg`, `png` or
    /// `webp`, as its first bytes say. A file that was cut off or holds no picture is an error in words.
    pub async fn probe(&self, path: &Path, format: &str) -> Result<Facts, ProbeError> {
        let (path, demuxer) = accept(path, format).await?;
        let mut args =
            words(&["-v", "error", "-hide_banner", "-protocol_whitelist", "file,pipe", "-f", demuxer]);
        args.extend(words(&[
            "-show_entries",
            "format=duration:stream=codec_type,codec_name,width,height,avg_frame_rate\
             :stream_disposition=attached_pic:stream_side_data=rotation",
            "-of",
            "json",
        ]));
        args.push(self.seal.input(&path));
        let line = self.seal.command(&self.ffprobe, Some(&path), &args);
        let done = run::run(&line, LIMITS).await.map_err(ProbeError::Tool)?;
        if !done.success {
            return Err(unreadable(&done, format));
        }
        let report: Report = serde_json::from_slice(&done.output)
            .map_err(|error| ProbeError::Tool(io::Error::other(error)))?;
        let mut facts = facts(&report, is_still(format))?;
        if facts.duration_ms == 0 && !is_still(format) {
            facts.duration_ms = self.measure(&path, demuxer, format).await?;
        }
        Ok(facts)
    }

    /// The length of a video that does not tell it, as browsers record them: goes through its packets.
    async fn measure(&self, path: &Path, demuxer: &str, format: &str) -> Result<u64, ProbeError> {
        let mut args =
            words(&["-v", "error", "-nostdin", "-protocol_whitelist", "file,pipe", "-f", demuxer, "-i"]);
        args.push(self.seal.input(path));
        args.extend(words(&["-map", "0:v:0", "-c", "copy", "-progress", "pipe:1", "-f", "null", "-"]));
        let line = self.seal.command(&self.ffmpeg, Some(path), &args);
        let done = run::run(&line, LIMITS).await.map_err(ProbeError::Tool)?;
        let said = String::from_utf8_lossy(&done.output);
        let micros =
            said.lines().rev().find_map(|line| line.strip_prefix("out_time_us=")?.parse::<u64>().ok());
        match micros {
            Some(micros) if done.success && micros > 0 => Ok(micros / 1000),
            _ => Err(unreadable(&done, format)),
        }
    }
}

/// The real path, and ffmpeg's word for the format; refuses what is none of ours or was cut off.
pub(crate) async fn accept(
    path: &Path,
    format: &str,
) -> Result<(std::path::PathBuf, &'static str), ProbeError> {
    let demuxer = match format {
        "mp4" | "mov" => "mov",
        "webm" => "matroska",
        "jpg" => "jpeg_pipe",
        "png" => "png_pipe",
        "webp" => "webp_pipe",
        _ => return Err(ProbeError::Unreadable("it is of a kind that is not taken".into())),
    };
    let path = tokio::fs::canonicalize(path).await.map_err(ProbeError::Tool)?;
    let (file, kind) = (path.clone(), format.to_owned());
    let is_cut_off = tokio::task::spawn_blocking(move || whole::is_cut_off(&file, &kind));
    if is_cut_off.await.map_err(|error| ProbeError::Tool(error.into()))?.map_err(ProbeError::Tool)? {
        return Err(ProbeError::Unreadable("its end is missing; upload it again".into()));
    }
    Ok((path, demuxer))
}

pub(crate) fn is_still(format: &str) -> bool {
    matches!(format, "jpg" | "png" | "webp")
}

pub(crate) fn words(args: &[&str]) -> Vec<OsString> {
    args.iter().map(Into::into).collect()
}

/// What ffmpeg complained about, in words for people.
pub(crate) fn unreadable(done: &Done, format: &str) -> ProbeError {
    tracing::info!(complaints = done.complaints.lines().next_back(), "A media tool refused a file");
    let words = if done.complaints.contains("moov atom not found") {
        "its end is missing, or it is no video; upload it again".to_owned()
    } else {
        format!("it is damaged or no {} file", format.to_uppercase())
    };
    ProbeError::Unreadable(words)
}

fn facts(report: &Report, is_still: bool) -> Result<Facts, ProbeError> {
    let of = |kind: &str| {
        let kind = kind.to_owned();
        report.streams.iter().find(move |stream| {
            stream.codec_type.as_deref() == Some(&kind) && stream.disposition.attached_pic == 0
        })
    };
    let no_picture = || ProbeError::Unreadable("there is no picture in it".into());
    let video = of("video").ok_or_else(no_picture)?;
    let video_codec = video.codec_name.clone().ok_or_else(no_picture)?;
    if video.width == 0 || video.height == 0 {
        return Err(no_picture());
    }
    let turn = video.side_data_list.iter().find_map(|data| data.rotation).unwrap_or(0.0);
    // Quarter turns swap the sides.
    let is_on_its_side = (turn.abs() - 90.0).abs() < 1.0 || (turn.abs() - 270.0).abs() < 1.0;
    let (width, height) =
        if is_on_its_side { (video.height, video.width) } else { (video.width, video.height) };
    let duration_ms =
        if is_still { 0 } else { report.format.duration.as_deref().and_then(millis).unwrap_or(0) };
    Ok(Facts {
        width,
        height,
        duration_ms,
        video_codec,
        audio_codec: of("audio").and_then(|audio| audio.codec_name.clone()),
        fps: if is_still { None } else { video.avg_frame_rate.as_deref().and_then(ratio) },
    })
}

/// `6.040000` seconds as milliseconds; read as text, because the value is a decimal and not a float.
fn millis(seconds: &str) -> Option<u64> {
    let (whole, part) = seconds.split_once('.').unwrap_or((seconds, ""));
    let part: String = part.chars().chain("000".chars()).take(3).collect();
    whole.parse::<u64>().ok()?.checked_mul(1000)?.checked_add(part.parse().ok()?)
}

/// `30000/1001` as a number; `0/0` is none.
fn ratio(text: &str) -> Option<f64> {
    let (over, under) = text.split_once('/')?;
    let (over, under): (f64, f64) = (over.parse().ok()?, under.parse().ok()?);
    (over > 0.0 && under > 0.0).then(|| over / under)
}
