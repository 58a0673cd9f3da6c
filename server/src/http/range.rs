//! Byte ranges, so that players can seek (RFC 9110 §14).

/// What part of a file is asked for; bytes `from..to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    Whole,
    Part {
        from: u64,
        to: u64,
    },
    /// No byte of it exists.
    Nothing,
}

/// Reads a `Range` header for a file of `size` bytes. What we do not support (several ranges, other
/// units) is answered with the whole file, as the RFC allows.
pub fn read(header: Option<&str>, size: u64) -> Wanted {
    let Some(range) = header.and_then(|text| text.trim().strip_prefix("bytes=")) else {
        return Wanted::Whole;
    };
    let Some((first, last)) = range.split_once('-') else { return Wanted::Whole };
    let number = |text: &str| text.trim().parse::<u64>().ok();
    match (first.trim(), last.trim()) {
        ("", last) => match number(last) {
            None => Wanted::Whole,
            Some(0) => Wanted::Nothing,
            Some(_) if size == 0 => Wanted::Nothing,
            Some(count) => Wanted::Part { from: size.saturating_sub(count), to: size },
        },
        (first, last) => {
            let end = if last.is_empty() { Some(u64::MAX) } else { number(last) };
            match (number(first), end) {
                (Some(from), Some(end)) if from <= end => {
                    if from < size {
                        Wanted::Part { from, to: end.saturating_add(1).min(size) }
                    } else {
                        Wanted::Nothing
                    }
                }
                _ => Wanted::Whole,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_cut_to_the_file() {
        let part = |from, to| Wanted::Part { from, to };
        for (header, expected) in [
            ("bytes=0-0", part(0, 1)),
            ("bytes=0-", part(0, 10)),
            ("bytes=3-5", part(3, 6)),
            ("bytes=3-99", part(3, 10)),
            ("bytes=-4", part(6, 10)),
            ("bytes=-99", part(0, 10)),
            ("bytes=10-", Wanted::Nothing),
            ("bytes=-0", Wanted::Nothing),
            ("bytes=5-3", Wanted::Whole),
            ("bytes=0-1,4-5", Wanted::Whole),
            ("items=0-1", Wanted::Whole),
            ("bytes=0-18446744073709551615", part(0, 10)),
        ] {
            assert_eq!(read(Some(header), 10), expected, "{header}");
        }
        assert_eq!(read(None, 10), Wanted::Whole);
        assert_eq!(read(Some("bytes=-1"), 0), Wanted::Nothing);
    }
}
