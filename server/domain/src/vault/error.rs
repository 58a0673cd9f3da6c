//! What can go wrong with sealed values. Never says more about a secret than that it does not open.

use std::io;
use std::path::PathBuf;

/// Trouble with the vault. People never see it: the feature that asked says what it means for them.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    #[error("the sealed value does not open: damaged, or sealed for another place")]
    DoesNotOpen,
    #[error("the workspace has no key with the id that the sealed value names")]
    NoKey,
    #[error("the value is too long to be sealed")]
    TooLong,
    #[error("the workspace's key was wrapped with the key file {wanted}, but the one present is {present}")]
    OtherKeyFile { wanted: String, present: String },
    #[error("failed to read or write the workspace's key")]
    Store(#[source] sqlx::Error),
    #[error("failed to read the key file `{}`", path.display())]
    Read {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("failed to make the key file `{}`", path.display())]
    Make {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("others may read the key file `{}` (mode {mode:o}); set mode 600", path.display())]
    Readable { path: PathBuf, mode: u32 },
    #[error("the key file `{}` does not hold 64 hexadecimal digits", path.display())]
    NotAKey { path: PathBuf },
}
