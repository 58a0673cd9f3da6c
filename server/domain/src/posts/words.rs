//! Moments in words, in the brand's zone. The only place that formats times for people.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::brands;

/// The zone called `name`. Brands keep only names that exist; should one go, UTC is at least no lie.
pub(crate) fn zone(name: &str) -> TimeZone {
    brands::zone(name).unwrap_or(TimeZone::UTC)
}

/// "Sun 22 Nov, 14:30".
pub(crate) fn moment(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%a %-d %b, %H:%M").to_string()
}

/// As [`moment`], with the year where it is not the present one: "Sun 6 Jun 2027, 14:30".
pub(crate) fn moment_seen_from(now: Timestamp, at: Timestamp, zone: &TimeZone) -> String {
    let there = at.to_zoned(zone.clone());
    if there.year() == now.to_zoned(zone.clone()).year() {
        moment(at, zone)
    } else {
        there.strftime("%a %-d %b %Y, %H:%M").to_string()
    }
}

/// "22 Nov 2026".
pub(crate) fn day(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%-d %b %Y").to_string()
}

/// "14:30".
pub(crate) fn time(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%H:%M").to_string()
}

/// "14:30:00.120".
pub(crate) fn exact_time(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%H:%M:%S%.3f").to_string()
}

/// "Sun 22 Nov".
pub(crate) fn weekday(on: Date) -> String {
    on.strftime("%a %-d %b").to_string()
}

/// "November 2026".
pub(crate) fn month(on: Date) -> String {
    on.strftime("%B %Y").to_string()
}

/// "UTC+0", "UTC+5:30", "UTC−3".
pub(crate) fn offset(at: Timestamp, zone: &TimeZone) -> String {
    let seconds = zone.to_offset(at).seconds();
    let sign = if seconds < 0 { '−' } else { '+' };
    let minutes = seconds.unsigned_abs() / 60;
    match minutes % 60 {
        0 => format!("UTC{sign}{}", minutes / 60),
        rest => format!("UTC{sign}{}:{rest:02}", minutes / 60),
    }
}

/// "Good morning" by the hour there.
pub(crate) fn greeting(at: Timestamp, zone: &TimeZone) -> &'static str {
    match at.to_zoned(zone.clone()).hour() {
        5..12 => "Good morning",
        12..18 => "Good afternoon",
        _ => "Good evening",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_read_as_on_the_wall_of_the_zone() {
        let at: Timestamp = "2026-11-22T14:30:00.120Z".parse().unwrap();
        let lisbon = zone("Europe/Lisbon");
        assert_eq!(moment(at, &lisbon), "Sun 22 Nov, 14:30");
        assert_eq!(moment(at, &zone("Asia/Kolkata")), "Sun 22 Nov, 20:00");
        assert_eq!(moment_seen_from(at, at, &lisbon), "Sun 22 Nov, 14:30");
        assert_eq!(exact_time(at, &lisbon), "14:30:00.120");
        assert_eq!(day(at, &lisbon), "22 Nov 2026");
        assert_eq!(offset(at, &lisbon), "UTC+0");
        assert_eq!(offset(at, &zone("Asia/Kolkata")), "UTC+5:30");
        assert_eq!(offset(at, &zone("America/St_Johns")), "UTC−3:30");
    }

    #[test]
    fn a_mistyped_year_can_be_seen() {
        let now: Timestamp = "2026-11-22T14:30:00Z".parse().unwrap();
        let at: Timestamp = "2072-06-01T13:00:00Z".parse().unwrap();
        assert_eq!(moment_seen_from(now, at, &zone("Europe/Lisbon")), "Wed 1 Jun 2072, 14:00");
    }
}
