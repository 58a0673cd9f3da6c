//! Measures in words.

/// How late the publishing call started: "on time", "0.4 s late", "3 min 5 s late".
pub fn lateness(late_ms: i64) -> String {
    match late_ms {
        ..50 => "On time".to_owned(),
        50..60_000 => format!("{} late", took(late_ms)),
        _ => format!("{} min {} s late", late_ms / 60_000, late_ms % 60_000 / 1000),
    }
}

/// How long something took: "120 ms", "1.4 s".
pub fn took(ms: i64) -> String {
    if ms < 1000 { format!("{} ms", ms.max(0)) } else { format!("{}.{} s", ms / 1000, ms % 1000 / 100) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lateness_is_told_in_the_unit_that_fits() {
        assert_eq!(lateness(-3), "On time");
        assert_eq!(lateness(420), "420 ms late");
        assert_eq!(lateness(1_480), "1.4 s late");
        assert_eq!(lateness(185_000), "3 min 5 s late");
    }
}
