//! Time zones by their IANA names, out of the data that comes with the program: every machine plans the
//! same minute, and the version that a post was planned with is known.

use std::sync::OnceLock;

use jiff::tz::{TimeZone, TimeZoneDatabase};

/// Names people choose from begin with one of these; the rest are aliases of old or offsets.
const AREAS: [&str; 10] = [
    "Africa/",
    "America/",
    "Antarctica/",
    "Arctic/",
    "Asia/",
    "Atlantic/",
    "Australia/",
    "Europe/",
    "Indian/",
    "Pacific/",
];

fn data() -> &'static TimeZoneDatabase {
    static DATA: OnceLock<TimeZoneDatabase> = OnceLock::new();
    DATA.get_or_init(TimeZoneDatabase::bundled)
}

/// All names to choose from, sorted, `UTC` at the end.
pub fn zones() -> Vec<String> {
    let mut names: Vec<String> = data()
        .available()
        .map(|name| name.as_str().to_owned())
        .filter(|name| AREAS.iter().any(|area| name.starts_with(area)))
        .collect();
    names.sort_unstable();
    names.dedup();
    names.push("UTC".to_owned());
    names
}

/// The zone called `name`; `None` if there is none.
pub fn zone(name: &str) -> Option<TimeZone> {
    data().get(name).ok()
}

/// The name as the list has it, whatever the spelling of the capitals.
pub(super) fn canonical(name: &str) -> Option<String> {
    zone(name)?.iana_name().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_on_the_list_is_a_zone_and_old_aliases_are_left_out() {
        let names = zones();
        assert!(names.len() > 300, "{}", names.len());
        for name in &names {
            assert_eq!(canonical(name).as_ref(), Some(name));
        }
        for left_out in ["US/Pacific", "Etc/GMT+5", "EST"] {
            assert!(!names.iter().any(|name| name == left_out), "{left_out}");
        }
        assert_eq!(canonical("europe/lisbon").as_deref(), Some("Europe/Lisbon"));
        assert_eq!(canonical("Mars/Olympus"), None);
    }
}
