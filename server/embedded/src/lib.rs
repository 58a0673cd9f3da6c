//! Private PostgreSQL and Redis as children of this process, on unix sockets below one folder.
//!
//! A crate of its own because tests, tools and the product all start them (product | tests and tools).
//! Nothing here survives its parent: each child carries a parent-death signal, and whatever an
//! unclean end left running is ended by the next start.

#![expect(clippy::disallowed_methods, reason = "starts programs and waits for them by the real clock")]

mod error;
mod find;
mod lock;
mod place;
mod postgres;
mod redis;
mod service;
mod setup;

pub use error::Error;
pub use postgres::{Kind, Postgres};
pub use redis::Redis;

/// Encodes a path for a URL; separators stay readable.
fn encode(path: &std::path::Path) -> String {
    use std::fmt::Write as _;
    use std::os::unix::ffi::OsStrExt as _;

    let mut text = String::new();
    for &byte in path.as_os_str().as_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            write!(text, "%{byte:02X}").expect("writing to a String cannot fail");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    #[test]
    fn a_folder_with_odd_letters_survives_the_url() {
        assert_eq!(super::encode(Path::new("/tmp/my var/ä?&")), "/tmp/my%20var/%C3%A4%3F%26");
    }
}
