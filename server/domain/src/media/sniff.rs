//! What a file is, told by its bytes and never by its name. Pure.

use model::{AssetKind, MediaLimits};

/// How many of the first bytes are looked at.
pub const SNIFF_BYTES: usize = 8192;

/// A kind of file we take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sniffed {
    pub kind: AssetKind,
    pub mime: &'static str,
    /// `mp4`, `mov`, `webm`, `jpg`, `png` or `webp`; tools must not guess another one.
    pub format: &'static str,
}

impl Sniffed {
    /// How large a file of this kind may be.
    pub fn max_bytes(&self) -> u64 {
        match self.kind {
            AssetKind::Video => MediaLimits::VIDEO_MAX_BYTES,
            AssetKind::Image => MediaLimits::IMAGE_MAX_BYTES,
        }
    }
}

/// Looks at the first bytes of a file. `None`: not one of the kinds we take.
pub fn sniff(first: &[u8]) -> Option<Sniffed> {
    use AssetKind::{Image, Video};
    let (kind, mime, format) = match infer::get(first)?.mime_type() {
        // Apple's name for the same container.
        "video/mp4" | "video/x-m4v" => (Video, "video/mp4", "mp4"),
        "video/quicktime" => (Video, "video/quicktime", "mov"),
        "video/webm" => (Video, "video/webm", "webm"),
        "image/jpeg" => (Image, "image/jpeg", "jpg"),
        "image/png" => (Image, "image/png", "png"),
        "image/webp" => (Image, "image/webp", "webp"),
        _ => return None,
    };
    Some(Sniffed { kind, mime, format })
}

/// A box at the top level of an MP4 or MOV file (ISO/IEC 14496-12 §4.2), read from its first 16 bytes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TopBox {
    pub name: [u8; 4],
    /// Where the next one begins; `None`: it reaches to the end of the file.
    pub next: Option<u64>,
}

/// Reads a box's head that begins at `at`. `None`: these bytes are no head.
pub(super) fn top_box(head: &[u8], at: u64) -> Option<TopBox> {
    let name: [u8; 4] = head.get(4..8)?.try_into().ok()?;
    let short = u32::from_be_bytes(head.get(..4)?.try_into().ok()?);
    let next = match short {
        0 => None,
        1 => {
            let long = u64::from_be_bytes(head.get(8..16)?.try_into().ok()?);
            Some(at.checked_add(if long >= 16 { long } else { return None })?)
        }
        2..=7 => return None,
        size => Some(at.checked_add(u64::from(size))?),
    };
    Some(TopBox { name, next })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_do_not_count_and_bytes_do() {
        assert_eq!(sniff(b"\0\0\0\x20ftypisom\0\0\x02\0isomiso2avc1mp41").map(|s| s.format), Some("mp4"));
        assert_eq!(sniff(b"\0\0\0\x14ftypqt  \0\0\x02\0qt  ").map(|s| s.format), Some("mov"));
        for other in [
            &b"this is text that somebody renamed to mp4"[..],
            b"#EXTM3U\nhttp://127.0.0.1/x.ts\n",
            b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>",
            b"GIF89a\x01\x00\x01\x00",
            b"",
        ] {
            assert_eq!(sniff(other), None, "{other:?}");
        }
    }

    #[test]
    fn a_box_says_where_the_next_begins() {
        assert_eq!(top_box(b"\0\0\0\x10moovabcdefgh", 32), Some(TopBox { name: *b"moov", next: Some(48) }));
        assert_eq!(top_box(b"\0\0\0\x01mdat\0\0\0\x01\0\0\0\0", 0).unwrap().next, Some(1 << 32));
        assert_eq!(top_box(b"\0\0\0\0mdat", 9).unwrap().next, None);
        assert_eq!(top_box(b"\0\0\0\x04mdat", 0), None);
        assert_eq!(top_box(b"\0\0", 0), None);
    }
}
