//! A short vertical video that is worth looking at, for demonstrations and tests.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::probe::words;
use crate::run::{self, Limits};
use crate::tools::Tools;

const LIMITS: Limits = Limits { time: Duration::from_mins(2), output: 1 << 16 };

/// Fonts that Debian and its relatives have, the best first.
const FONTS: [&str; 6] = [
    "Geist-SemiBold.ttf",
    "Inter-SemiBold.ttf",
    "Inter-Bold.ttf",
    "LiberationSans-Bold.ttf",
    "DejaVuSans-Bold.ttf",
    "NotoSans-Bold.ttf",
];
const FONT_DIRS: [&str; 2] = ["/usr/share/fonts", "/usr/local/share/fonts"];

const SECONDS: u32 = 6;
/// The text's place: left edge, and the bottom of its last line.
const LEFT: u32 = 96;
const TEXT_BOTTOM: usize = 1500;
/// Letters to a line, and lines at most.
const LINE: usize = 13;
const LINES: usize = 4;

/// Why no clip was made.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    #[error("no font was found under /usr/share/fonts; install fonts-liberation")]
    NoFont,
    #[error("ffmpeg could not make the clip: {0}")]
    Refused(String),
    #[error("the clip could not be made")]
    Io(#[from] io::Error),
}

impl Tools {
    /// Writes six seconds of 1080 × 1920 H.264 and AAC to `path`: dusk in the brand's hue, a slow sun, `text`
    /// in large letters, and a soft chord.
    pub async fn vertical_clip(&self, path: &Path, text: &str) -> Result<(), SampleError> {
        let font = tokio::task::spawn_blocking(find_font).await.map_err(io::Error::from)?;
        let font = font.ok_or(SampleError::NoFont)?;
        // Texts and font go in as files of plain names: their content needs no quoting in a filter.
        let dir = tempfile::tempdir()?;
        tokio::fs::copy(font, dir.path().join("font.ttf")).await?;
        let lines = lines(text);
        for (at, line) in lines.iter().enumerate() {
            tokio::fs::write(dir.path().join(format!("line{at}.txt")), line).await?;
        }
        tokio::fs::write(dir.path().join("mark.txt"), "Daybill").await?;

        let mut args = words(&["-v", "error", "-nostdin", "-y", "-filter_complex"]);
        args.push(graph(dir.path(), lines.len()).into());
        args.extend(words(&["-map", "[v]", "-map", "[a]", "-t", &SECONDS.to_string(), "-r", "30"]));
        args.extend(words(&["-c:v", "libx264", "-preset", "veryfast", "-crf", "21", "-pix_fmt", "yuv420p"]));
        args.extend(words(&["-c:a", "aac", "-b:a", "128k", "-movflags", "+faststart", "-f", "mp4"]));
        let mut output = std::ffi::OsString::from("file:");
        output.push(path);
        args.push(output);
        let mut line = vec![self.ffmpeg.clone().into()];
        line.extend(args);
        let done = run::run(&line, LIMITS).await?;
        if done.success {
            Ok(())
        } else {
            Err(SampleError::Refused(done.complaints.lines().next_back().unwrap_or_default().to_owned()))
        }
    }
}

/// Picture and sound as one filter graph.
fn graph(dir: &Path, lines: usize) -> String {
    let dir = dir.display();
    // Small and blown up: smooth, and quick to draw. The grain keeps the dark from showing steps.
    let mut parts = vec![
        "gradients=s=270x480:r=30:c0=0x15102e:c1=0x4a35c9:c2=0x8f5fd6:nb_colors=3:x0=40:y0=0:x1=230:y1=480\
         :speed=0.004,scale=1080:1920:flags=bicubic,noise=alls=3:allf=t[sky]"
            .to_owned(),
        "color=c=black:s=760x760:r=1:d=1,format=rgba,geq=r=255:g='206-96*Y/H':b='150-20*Y/H'\
         :a='255*clip((372-hypot(X-380,Y-380))/3,0,1)*(1-0.75*pow(Y/H,2))',loop=loop=-1:size=1,fps=30[sun]"
            .to_owned(),
        "[sky][sun]overlay=x=236:y='560-260*(1-pow(1-min(t/5.5,1),3))'[scene]".to_owned(),
        "color=c=white@0.28:s=888x6:r=30,format=rgba[track]".to_owned(),
        "color=c=0xffd59a:s=888x6:r=30[bar]".to_owned(),
        format!("[track][bar]overlay=x='-888+888*t/{SECONDS}'[line]"),
        format!("[scene][line]overlay=x={LEFT}:y=1600[lined]"),
    ];
    let (size, step) = (124, 138);
    let mut draw = format!(
        "[lined]drawtext=fontfile={dir}/font.ttf:textfile={dir}/mark.txt:expansion=none:fontsize=44\
         :fontcolor=white@0.85:x={LEFT}:y=1650"
    );
    for at in 0..lines {
        let y = TEXT_BOTTOM - (lines - at) * step;
        // Rises and appears, slower towards the end; all of it stands at half a second, where posters are taken.
        let rest = format!("pow(1-clip((t-0.06*{at})/0.4,0,1),3)");
        let _ = write!(
            draw,
            ",drawtext=fontfile={dir}/font.ttf:textfile={dir}/line{at}.txt:expansion=none:fontsize={size}\
             :fontcolor=white:x={LEFT}:y='{y}+48*{rest}':alpha='1-{rest}'"
        );
    }
    parts.push(format!("{draw},format=yuv420p[v]"));
    // A, E, C sharp and the A above, each swelling at its own pace.
    parts.push(
        "aevalsrc='0.10*sin(2*PI*110*t)+0.06*sin(2*PI*164.81*t)*(0.7+0.3*sin(0.9*t))\
         +0.05*sin(2*PI*277.18*t)*(0.6+0.4*sin(1.3*t))+0.03*sin(2*PI*440*t)*(0.5+0.5*sin(0.7*t))|\
         0.10*sin(2*PI*110.3*t)+0.06*sin(2*PI*165.1*t)*(0.7+0.3*sin(0.9*t+1))\
         +0.05*sin(2*PI*277.6*t)*(0.6+0.4*sin(1.3*t+1))+0.03*sin(2*PI*440.7*t)*(0.5+0.5*sin(0.7*t+1))'\
         :s=48000,afade=t=in:d=1.2,afade=t=out:st=4.6:d=1.4[a]"
            .to_owned(),
    );
    parts.join(";")
}

/// The text in lines that fit the picture; what does not fit is left out.
fn lines(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let word: String = word.chars().filter(|c| !c.is_control()).take(LINE).collect();
        let is_full = lines.len() == LINES;
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= LINE => {
                line.push(' ');
                line.push_str(&word);
            }
            _ if is_full => break,
            _ => lines.push(word),
        }
    }
    lines
}

fn find_font() -> Option<PathBuf> {
    let mut found = Vec::new();
    for dir in FONT_DIRS {
        collect(Path::new(dir), 4, &mut found);
    }
    let rank = |path: &PathBuf| {
        let name = path.file_name()?.to_str()?.to_owned();
        FONTS.iter().position(|font| *font == name)
    };
    found.sort();
    let best = found.iter().filter_map(|path| Some((rank(path)?, path))).min();
    // Any font is better than none; a bold upright one is likely to read well.
    let any = || found.iter().find(|path| path.to_string_lossy().ends_with("-Bold.ttf")).or(found.first());
    best.map(|(_, path)| path).or_else(any).cloned()
}

fn collect(dir: &Path, depth: u32, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(dir) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.extension().is_some_and(|ext| ext == "ttf") {
            found.push(path);
        } else if depth > 0 && path.is_dir() {
            collect(&path, depth - 1, found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn words_are_set_in_lines_that_fit() {
        assert_eq!(lines("Slow mornings taste better"), ["Slow mornings", "taste better"]);
        assert_eq!(lines("  "), Vec::<String>::new());
        assert_eq!(lines("unbreakableverylongword x")[0], "unbreakablev".to_owned() + "e");
        assert!(lines(&"word ".repeat(50)).len() <= 4);
    }
}
