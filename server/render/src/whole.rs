//! Whether a file was cut off, told by the lengths that its container announces.
//!
//! A video whose index lies in front (as cameras and editors write for the web) looks perfect to ffprobe even
//! when its second half is missing.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::path::Path;

/// True when the container announces more bytes than there are.
pub(crate) fn is_cut_off(path: &Path, format: &str) -> io::Result<bool> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let end = match format {
        "mp4" | "mov" => boxes_end(&mut file, length),
        "webm" => segment_end(&mut file),
        _ => return Ok(false),
    };
    match end {
        Ok(end) => Ok(end > length),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(true),
        Err(error) => Err(error),
    }
}

/// Where the boxes of an MP4 or MOV end.
fn boxes_end(file: &mut File, length: u64) -> io::Result<u64> {
    let mut at = 0_u64;
    // Eight bytes of anything behind the last box are allowed; writers pad.
    while at + 8 <= length {
        file.seek(SeekFrom::Start(at))?;
        let mut head = [0; 8];
        file.read_exact(&mut head)?;
        let short = u32::from_be_bytes([head[0], head[1], head[2], head[3]]);
        let size = match short {
            // To the end of the file, whatever that is.
            0 => return Ok(length),
            1 => {
                let mut long = [0; 8];
                file.read_exact(&mut long)?;
                u64::from_be_bytes(long)
            }
            size => u64::from(size),
        };
        if size < 8 {
            // Not a box: whether it is junk or damage, ffprobe will say.
            return Ok(length);
        }
        at = at.saturating_add(size);
    }
    Ok(at)
}

/// Where the segment of a WebM ends; the header comes first.
fn segment_end(file: &mut File) -> io::Result<u64> {
    skip_id(file)?;
    let header = number(file)?.unwrap_or(0);
    file.seek_relative(i64::try_from(header).unwrap_or(i64::MAX))?;
    skip_id(file)?;
    let size = number(file)?;
    let here = file.stream_position()?;
    // A size of all ones means "unknown": written live, and cut nowhere in particular.
    Ok(size.map_or(0, |size| here.saturating_add(size)))
}

/// An EBML id: the leading zeros of its first byte tell its length.
fn skip_id(file: &mut File) -> io::Result<()> {
    let more = byte(file)?.leading_zeros().min(7);
    file.seek_relative(i64::from(more))
}

/// An EBML number; `None` for "unknown".
fn number(file: &mut File) -> io::Result<Option<u64>> {
    let first = byte(file)?;
    let more = first.leading_zeros().min(7);
    let mut value = u64::from(first) & (0x7f_u64 >> more);
    for _ in 0..more {
        value = value << 8 | u64::from(byte(file)?);
    }
    let unknown = (1_u64 << (7 * (more + 1))) - 1;
    Ok((value != unknown).then_some(value))
}

fn byte(file: &mut File) -> io::Result<u8> {
    let mut byte = [0];
    file.read_exact(&mut byte)?;
    Ok(byte[0])
}
