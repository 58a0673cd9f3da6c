//! The media port of `domain` over `render`: ffmpeg behind its seal.

use std::path::Path;

use async_trait::async_trait;
use domain::media::{Facts, MediaTools, ProbeError};

/// ffprobe and ffmpeg of this machine.
pub struct FfmpegTools(pub render::Tools);

#[async_trait]
impl MediaTools for FfmpegTools {
    async fn probe(&self, path: &Path, format: &str) -> Result<Facts, ProbeError> {
        let found = self.0.probe(path, format).await.map_err(translate)?;
        Ok(Facts {
            width: found.width,
            height: found.height,
            duration_ms: found.duration_ms,
            video_codec: found.video_codec,
            audio_codec: found.audio_codec,
            fps: found.fps,
        })
    }

    async fn poster(&self, path: &Path, format: &str) -> Result<Vec<u8>, ProbeError> {
        self.0.poster(path, format).await.map_err(translate)
    }
}

fn translate(error: render::ProbeError) -> ProbeError {
    match error {
        render::ProbeError::Unreadable(why) => ProbeError::Unreadable(why),
        render::ProbeError::Tool(source) => ProbeError::Tool(source),
    }
}
