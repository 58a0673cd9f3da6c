//! A private PostgreSQL cluster.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::place::{self, Place};
use crate::service::{Service, end_previous, tail};
use crate::{Error, encode, find, lock, setup};

const NAME: &str = "PostgreSQL";

/// Recovery after a crash is part of a start, and may read much log.
const READY_WITHIN: Duration = Duration::from_mins(2);

/// What the data is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Data to keep: every commit is on disk before it is acknowledged.
    Durable,
    /// Data for one test run: nothing is synced, and up to 200 connections are allowed.
    ThrowAway,
}

/// A running private cluster with the login `daybill`, the roles `app` and `worker` that it may
/// become, and the database `daybill`.
///
/// It ends with [`Postgres::stop`], with the value (dropping blocks until it is down), or with the
/// process, however that ends.
pub struct Postgres {
    service: Service,
    socket_dir: PathBuf,
    bin_dir: PathBuf,
    major: u32,
    place: Place,
    _lock: File,
}

impl Postgres {
    /// Starts the cluster of `dir`, making it first if there is none.
    ///
    /// Fails if another program runs on `dir`, if no PostgreSQL ≥ 15 is installed, or if the data was
    /// written by a version that is not installed.
    pub async fn start(dir: &Path, kind: Kind) -> Result<Self, Error> {
        let dir = dir.to_owned();
        tokio::task::spawn_blocking(move || Self::start_blocking(&dir, kind))
            .await
            .expect("the start neither panics nor is cancelled")
    }

    fn start_blocking(dir: &Path, kind: Kind) -> Result<Self, Error> {
        let dir = place::prepare(dir)?;
        let lock = lock::take(&dir, "pg")?;
        let place = Place::settle(NAME, &dir, kind)?;
        let data = setup::data_dir(&place);

        let left_behind = first_line(&data.join("postmaster.pid"));
        end_previous(NAME, left_behind, &data, Signal::INT, Duration::from_secs(10))?;
        let data_major = setup::existing_major(&data)?;
        let pg = find::postgres(&dir, data_major)?;
        if data_major.is_none() {
            setup::make(&place, &pg, &data, kind)?;
        }

        let socket_dir = place.socket_dir()?;
        let log_path = dir.join("pg.log");
        let log = Place::log(&log_path)?;
        let errors = log.try_clone().map_err(Error::io("open", &log_path))?;
        // SIGINT is a fast stop: sessions end, the shutdown checkpoint is written.
        let mut command = place.command(pg.bin.join("postgres").as_os_str(), "INT");
        command.arg("-D").arg(&data).arg("-k").arg(&socket_dir);
        for setting in settings(kind) {
            command.args(["-c", setting]);
        }
        command.current_dir("/").stdin(Stdio::null()).stdout(log).stderr(errors);
        let service =
            Service::spawn("postgres", command).map_err(Error::io("run", &pg.bin.join("postgres")))?;
        let postgres = Self { service, socket_dir, bin_dir: pg.bin, major: pg.major, place, _lock: lock };
        postgres.wait_until_ready(&data, &log_path)?;
        tracing::info!(
            version = postgres.major,
            dir = %data.display(),
            "Private PostgreSQL {} is ready in `{}`",
            postgres.major,
            data.display()
        );
        Ok(postgres)
    }

    /// The URL of a database for the login `daybill`, as sqlx and libpq read it.
    pub fn url(&self, database: &str) -> String {
        format!(
            "postgres://daybill@localhost:5432/{}?host={}",
            encode(Path::new(database)),
            encode(&self.socket_dir)
        )
    }

    /// The folder of the unix socket (mode 0700: only this user and root get in).
    pub fn socket_dir(&self) -> &Path {
        &self.socket_dir
    }

    /// The folder of the server's programs; `psql` and `pg_dump` of the same version lie there too.
    pub fn bin_dir(&self) -> &Path {
        &self.bin_dir
    }

    /// The major version of the server.
    pub fn version(&self) -> u32 {
        self.major
    }

    /// Stops the cluster (open sessions are ended) and waits until it is down.
    pub async fn stop(self) {
        // Dropping is what stops; it blocks, so it happens where blocking is welcome.
        if let Err(error) = tokio::task::spawn_blocking(move || drop(self)).await {
            tracing::error!(%error, "Failed to stop the private PostgreSQL");
        }
    }

    /// The server writes its state into line 8 of its pid file. Line 1 tells whether it is ours.
    fn wait_until_ready(&self, data: &Path, log: &Path) -> Result<(), Error> {
        let until = Instant::now() + READY_WITHIN;
        let pid = self.service.pid().to_string();
        while Instant::now() < until {
            let text = fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
            let lines: Vec<&str> = text.lines().map(str::trim).collect();
            if lines.first() == Some(&pid.as_str()) && lines.get(7) == Some(&"ready") {
                return Ok(());
            }
            if self.service.has_ended() {
                return Err(Error::Ended { service: NAME, log: tail(log) });
            }
            thread::sleep(Duration::from_millis(10));
        }
        Err(Error::Slow { service: NAME, seconds: READY_WITHIN.as_secs(), log: tail(log) })
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.service
            .stop(NAME, &[(Signal::INT, Duration::from_secs(30)), (Signal::QUIT, Duration::from_secs(5))]);
        self.place.tidy(&self.socket_dir);
    }
}

fn settings(kind: Kind) -> Vec<&'static str> {
    let mut settings = vec![
        "listen_addresses=",
        "port=5432",
        "unix_socket_permissions=0700",
        "timezone=UTC",
        "log_timezone=UTC",
    ];
    settings.extend(match kind {
        Kind::Durable => ["fsync=on", "full_page_writes=on", "synchronous_commit=on", "max_connections=100"],
        Kind::ThrowAway => {
            ["fsync=off", "full_page_writes=off", "synchronous_commit=off", "max_connections=200"]
        }
    });
    settings
}

fn first_line(file: &Path) -> Option<i32> {
    fs::read_to_string(file).ok()?.lines().next()?.trim().parse().ok()
}
