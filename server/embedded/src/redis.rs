//! A private Redis (or Valkey): hints only, so nothing is ever written to disk.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::place::{self, Place};
use crate::service::{Service, end_previous, tail};
use crate::{Error, Kind, encode, find, lock};

const NAME: &str = "Redis";

const READY_WITHIN: Duration = Duration::from_secs(20);

/// A running private Redis on a unix socket.
///
/// It ends with [`Redis::stop`], with the value (dropping blocks until it is down), or with the
/// process, however that ends.
pub struct Redis {
    service: Service,
    socket: PathBuf,
    place: Place,
    _lock: File,
}

impl Redis {
    /// Starts a Redis with its files below `dir`; it is always empty at first.
    ///
    /// Fails if another program runs on `dir`, or if neither Redis nor Valkey is installed.
    pub async fn start(dir: &Path) -> Result<Self, Error> {
        let dir = dir.to_owned();
        tokio::task::spawn_blocking(move || Self::start_blocking(&dir))
            .await
            .expect("the start neither panics nor is cancelled")
    }

    fn start_blocking(dir: &Path) -> Result<Self, Error> {
        let dir = place::prepare(dir)?;
        let lock = lock::take(&dir, "redis")?;
        let program = find::redis(&dir)?;
        let place = Place::settle(NAME, &dir, Kind::ThrowAway)?;
        let home = place.dir.join("redis");
        place.private_dir(&home)?;
        let socket = place.socket_dir()?.join("redis.sock");

        let pid_file = home.join("redis.pid");
        let config = home.join("redis.conf");
        let left_behind = fs::read_to_string(&pid_file).ok().and_then(|text| text.trim().parse().ok());
        end_previous(NAME, left_behind, &config, Signal::TERM, Duration::from_secs(10))?;

        fs::write(&config, settings(&home, &socket, &pid_file))
            .and_then(|()| fs::set_permissions(&config, fs::Permissions::from_mode(0o644)))
            .map_err(Error::io("write", &config))?;
        let log_path = dir.join("redis.log");
        let log = Place::log(&log_path)?;
        let errors = log.try_clone().map_err(Error::io("open", &log_path))?;
        let mut command = place.command(program.as_os_str(), "TERM");
        command.arg(&config).current_dir("/").stdin(Stdio::null()).stdout(log).stderr(errors);
        let service = Service::spawn("redis", command).map_err(Error::io("run", &program))?;
        let redis = Self { service, socket, place, _lock: lock };
        redis.wait_until_ready(&log_path)?;
        tracing::info!(program = %program.display(), "Private Redis is ready on `{}`", redis.socket.display());
        Ok(redis)
    }

    /// The URL of the socket, as the `redis` crate reads it.
    pub fn url(&self) -> String {
        format!("redis+unix://{}", encode(&self.socket))
    }

    /// Stops the server and waits until it is down.
    pub async fn stop(self) {
        // Dropping is what stops; it blocks, so it happens where blocking is welcome.
        if let Err(error) = tokio::task::spawn_blocking(move || drop(self)).await {
            tracing::error!(%error, "Failed to stop the private Redis");
        }
    }

    fn wait_until_ready(&self, log: &Path) -> Result<(), Error> {
        let until = Instant::now() + READY_WITHIN;
        while Instant::now() < until {
            if self.service.has_ended() {
                return Err(Error::Ended { service: NAME, log: tail(log) });
            }
            if answers(&self.socket) {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(10));
        }
        Err(Error::Slow { service: NAME, seconds: READY_WITHIN.as_secs(), log: tail(log) })
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.service.stop(NAME, &[(Signal::TERM, Duration::from_secs(10))]);
        self.place.tidy(self.socket.parent().unwrap_or(&self.socket));
    }
}

fn answers(socket: &Path) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = UnixStream::connect(socket)?;
        stream.set_read_timeout(Some(Duration::from_secs(1)))?;
        stream.write_all(b"PING\r\n")?;
        let mut answer = [0; 5];
        stream.read_exact(&mut answer)?;
        Ok(&answer == b"+PONG")
    };
    ask().unwrap_or(false)
}

/// `set-proc-title no` keeps the path of this file on the command line, by which the next start
/// knows the process. `noeviction`: a full queue must refuse, not forget.
fn settings(home: &Path, socket: &Path, pid_file: &Path) -> String {
    let quote = |path: &Path| {
        let text = path.to_string_lossy().replace('\\', "\\\\").replace('"', "\\\"");
        format!("\"{text}\"")
    };
    format!(
        "port 0\nunixsocket {}\nunixsocketperm 700\ndaemonize no\npidfile {}\ndir {}\nsave \"\"\nappendonly no\n\
         maxmemory-policy noeviction\nset-proc-title no\nlogfile \"\"\n",
        quote(socket),
        quote(pid_file),
        quote(home),
    )
}
