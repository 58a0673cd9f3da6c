//! The ways out: the HTTP client, the platforms, storage, and the system's clock and chance.
//!
//! A crate of its own because everything here has effects and nothing here decides: ports of `publishing`
//! and `domain` go in, bytes go out. Adapters never retry and never keep state between calls.

pub mod clock;
pub mod http;
pub mod platforms;
pub mod storage;
