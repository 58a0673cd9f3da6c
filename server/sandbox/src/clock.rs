//! The time inside the world: the process's clock plus an offset that tests move forward.

use std::time::{SystemTime, UNIX_EPOCH};

/// A moment or a span in milliseconds; moments count from the Unix epoch.
pub(crate) type Millis = i64;

/// The process's own clock, without the world's offset.
pub(crate) fn real_now() -> Millis {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |age| to_millis(age.as_millis()))
}

pub(crate) fn from_seconds(seconds: u32) -> Millis {
    Millis::from(seconds) * 1000
}

fn to_millis(value: u128) -> Millis {
    Millis::try_from(value).unwrap_or(Millis::MAX)
}
