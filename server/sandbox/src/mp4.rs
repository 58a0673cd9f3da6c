//! Reads what a platform would notice about a video without decoding it: container, duration, picture size.

use std::io::SeekFrom;

use serde::{Deserialize, Serialize};

use crate::videos::ReadSeek;

/// What the container says about itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Facts {
    pub(crate) mime: String,
    pub(crate) duration_ms: Option<u64>,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

/// `moov` of an ordinary video is a few hundred kilobytes; more than this is not read.
const MOOV_LIMIT: u64 = 32 << 20;

/// The facts of a video, or None when the bytes are neither MP4, MOV nor WebM.
pub(crate) fn read_facts(video: &mut dyn ReadSeek) -> std::io::Result<Option<Facts>> {
    let mut head = [0; 12];
    if read_up_to(video, &mut head)? < head.len() {
        return Ok(None);
    }
    if head[..4] == [0x1a, 0x45, 0xdf, 0xa3] {
        return Ok(Some(Facts { mime: "video/webm".into(), ..Facts::default() }));
    }
    if &head[4..8] != b"ftyp" {
        return Ok(None);
    }
    let mime = if &head[8..12] == b"qt  " { "video/quicktime" } else { "video/mp4" };
    let mut facts = Facts { mime: mime.into(), ..Facts::default() };
    if let Some(moov) = find_moov(video)? {
        read_moov(&moov, &mut facts);
    }
    Ok(Some(facts))
}

fn find_moov(video: &mut dyn ReadSeek) -> std::io::Result<Option<Vec<u8>>> {
    let end = video.seek(SeekFrom::End(0))?;
    let mut at = 0;
    while at + 8 <= end {
        video.seek(SeekFrom::Start(at))?;
        let mut head = [0; 16];
        let got = read_up_to(video, &mut head)?;
        let Some((header, size, name)) = box_head(&head[..got], end - at) else { return Ok(None) };
        if name == *b"moov" {
            let length = size - header;
            if size > end - at || length > MOOV_LIMIT {
                return Ok(None);
            }
            video.seek(SeekFrom::Start(at + header))?;
            let mut moov = vec![0; usize::try_from(length).unwrap_or(0)];
            video.read_exact(&mut moov)?;
            return Ok(Some(moov));
        }
        at = at.saturating_add(size);
    }
    Ok(None)
}

/// Header length, whole length and name of the box that starts here; a size of 0 means "to the end".
fn box_head(bytes: &[u8], rest: u64) -> Option<(u64, u64, [u8; 4])> {
    let name = bytes.get(4..8)?.try_into().ok()?;
    let (header, size) = match u32_at(bytes, 0)? {
        0 => (8, rest),
        1 => (16, u64_at(bytes, 8)?),
        size => (8, u64::from(size)),
    };
    (size >= header).then_some((header, size, name))
}

fn children(bytes: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let (header, size, name) = box_head(rest, rest.len() as u64)?;
        let size = usize::try_from(size).ok()?;
        let inside = rest.get(usize::try_from(header).ok()?..size)?;
        rest = &rest[size..];
        Some((name, inside))
    })
}

fn read_moov(moov: &[u8], facts: &mut Facts) {
    for (name, inside) in children(moov) {
        match &name {
            b"mvhd" => facts.duration_ms = duration_ms(inside),
            b"trak" if facts.width == 0 => {
                for (name, inside) in children(inside) {
                    if &name == b"tkhd" {
                        // Width and height are the last two numbers, in 16.16 fixed point.
                        let at = inside.len().saturating_sub(8);
                        facts.width = u32_at(inside, at).unwrap_or(0) >> 16;
                        facts.height = u32_at(inside, at + 4).unwrap_or(0) >> 16;
                    }
                }
            }
            _ => {}
        }
    }
}

fn duration_ms(mvhd: &[u8]) -> Option<u64> {
    let (scale, units) = match mvhd.first()? {
        1 => (u32_at(mvhd, 20)?, u64_at(mvhd, 24)?),
        _ => (u32_at(mvhd, 12)?, u64::from(u32_at(mvhd, 16)?)),
    };
    units.checked_mul(1000)?.checked_div(u64::from(scale))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_be_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

fn read_up_to(video: &mut dyn ReadSeek, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut got = 0;
    while got < buffer.len() {
        match video.read(&mut buffer[got..])? {
            0 => break,
            more => got += more,
        }
    }
    Ok(got)
}
