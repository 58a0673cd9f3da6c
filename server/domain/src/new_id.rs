//! Where ids and random bytes come from: the clock and the chance of the [`Domain`], so that a test can
//! set both.

use uuid::Uuid;

use crate::Domain;

/// A new id, UUID v7: rows made later sort later, which keeps indexes dense.
pub(crate) fn new_id(domain: &Domain) -> Uuid {
    // Before 1970 nobody makes rows; a clock that says so still gives a unique id.
    let millis = u64::try_from(domain.clock.now().as_millisecond()).unwrap_or_default();
    uuid::Builder::from_unix_timestamp_millis(millis, &random(domain)).into_uuid()
}

/// Bytes that nobody can guess.
pub(crate) fn random<const N: usize>(domain: &Domain) -> [u8; N] {
    let mut bytes = [0; N];
    domain.rng.fill(&mut bytes);
    bytes
}
