//! Facts of files in words.

/// "4.2 MB", decimal as the platforms count.
pub fn bytes(size: u64) -> String {
    for (unit, word) in [(1_000_000_000, "GB"), (1_000_000, "MB"), (1000, "kB")] {
        if size >= unit {
            // One digit after the point, in integers: 4_250_000 is 4.2.
            let tenths = size / (unit / 10);
            return if tenths.is_multiple_of(10) {
                format!("{} {word}", tenths / 10)
            } else {
                format!("{}.{} {word}", tenths / 10, tenths % 10)
            };
        }
    }
    format!("{size} bytes")
}

/// "12 s", "1 min 5 s".
pub fn duration(ms: u64) -> String {
    let seconds = ms.div_ceil(1000);
    match (seconds / 60, seconds % 60) {
        (0, seconds) => format!("{seconds} s"),
        (minutes, 0) => format!("{minutes} min"),
        (minutes, seconds) => format!("{minutes} min {seconds} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_lengths_read_plainly() {
        assert_eq!(bytes(4_250_000), "4.2 MB");
        assert_eq!(bytes(4_000_000_000), "4 GB");
        assert_eq!(bytes(999), "999 bytes");
        assert_eq!(duration(12_000), "12 s");
        assert_eq!(duration(64_200), "1 min 5 s");
        assert_eq!(duration(120_000), "2 min");
    }
}
