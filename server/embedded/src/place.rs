//! Who the children run as and where their files lie.
//!
//! PostgreSQL refuses root, so under uid 0 every child runs as an unprivileged user, which must be
//! able to reach its folder. Socket paths are limited to 107 bytes, so deep folders get a short one.

use std::env;
use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions, Permissions};
use std::hash::{Hash as _, Hasher as _};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::{Error, Kind, find};

/// The longest socket folder: 107 bytes less `/.s.PGSQL.5432.lock` and some air.
const LONGEST_SOCKET_DIR: usize = 85;

/// Logs above this size are set aside at start.
const LOG_BYTES: u64 = 16 * 1024 * 1024;

/// The unprivileged user that children of root run as.
#[derive(Clone, Debug, PartialEq, Eq)]
struct User {
    uid: u32,
    gid: u32,
}

/// How children are run and which folder holds their files.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// The folder of data and sockets: the one asked for, or a substitute that the user can reach.
    pub(crate) dir: PathBuf,
    /// Set if `dir` is a substitute whose files are worth nothing once the service has ended.
    is_to_remove: bool,
    user: Option<User>,
    setpriv: Option<PathBuf>,
}

impl Place {
    /// Settles user and folder. `dir` exists and is absolute.
    ///
    /// `kind` chooses where the substitute lies when an unprivileged user cannot reach `dir`.
    pub(crate) fn settle(service: &'static str, dir: &Path, kind: Kind) -> Result<Self, Error> {
        let mut place =
            Self { dir: dir.to_owned(), is_to_remove: false, user: None, setpriv: find::setpriv() };
        if !rustix::process::geteuid().is_root() {
            return Ok(place);
        }
        if place.setpriv.is_none() {
            return Err(Error::NoSetpriv { service });
        }
        let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
        let user = user_in(&users, "postgres").or_else(|| user_in(&users, "nobody"));
        place.user = Some(user.unwrap_or(User { uid: 65534, gid: 65534 }));
        if place.reaches(dir) {
            return Ok(place);
        }
        place.dir = match kind {
            Kind::Durable => Path::new("/var/lib/daybill").join(key(dir)),
            Kind::ThrowAway => env::temp_dir().join(format!("daybill-{}-{service}", key(dir))),
        };
        place.is_to_remove = kind == Kind::ThrowAway;
        if kind == Kind::Durable {
            let parent = Path::new("/var/lib/daybill");
            fs::create_dir_all(parent)
                .and_then(|()| fs::set_permissions(parent, Permissions::from_mode(0o755)))
                .map_err(Error::io("make", parent))?;
            tracing::warn!(
                dir = %dir.display(),
                instead = %place.dir.display(),
                "{service} runs unprivileged and cannot reach `{}`: its files lie in `{}`",
                dir.display(),
                place.dir.display()
            );
        }
        place.private_dir(&place.dir)?;
        Ok(place)
    }

    /// Removes what the ended service leaves outside the folder that was asked for.
    pub(crate) fn tidy(&self, socket_dir: &Path) {
        if self.is_to_remove
            && let Err(error) = fs::remove_dir_all(&self.dir)
        {
            tracing::warn!(%error, dir = %self.dir.display(), "Failed to remove `{}`", self.dir.display());
        }
        if !socket_dir.starts_with(&self.dir) {
            // Fails while the other service still has its socket there; that one removes it then.
            let _ = fs::remove_dir(socket_dir);
        }
    }

    /// Whether the children's user may pass through `dir` and all its parents.
    fn reaches(&self, dir: &Path) -> bool {
        let mut test = self.command(OsStr::new("test"), "KILL");
        test.arg("-x").arg(dir.join(".")).current_dir("/").stdin(Stdio::null());
        test.status().is_ok_and(|status| status.success())
    }

    /// A command run as the children's user, in a process group of its own (so that Ctrl-C reaches
    /// only the parent, which then stops its children in order) and with a parent-death signal.
    pub(crate) fn command(&self, program: &OsStr, death_signal: &str) -> Command {
        use std::os::unix::process::CommandExt as _;

        let mut command = match &self.setpriv {
            Some(setpriv) => {
                let mut command = Command::new(setpriv);
                command.args(["--pdeathsig", death_signal]);
                if let Some(user) = &self.user {
                    command.args(["--reuid", &user.uid.to_string(), "--regid", &user.gid.to_string()]);
                    command.arg("--clear-groups");
                }
                command.arg("--").arg(program);
                command
            }
            None => Command::new(program),
        };
        // PGDATA, PGPORT and the like steer servers as well as clients.
        for (name, _) in env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PG")) {
            command.env_remove(name);
        }
        command.env("LC_ALL", "C").process_group(0);
        command
    }

    /// Runs a short command, feeding `input`, and returns its error text unless it succeeds.
    pub(crate) fn run(&self, program: &Path, args: &[&OsStr], input: &str) -> Result<(), Error> {
        let tool = || program.file_name().unwrap_or(program.as_os_str()).to_string_lossy().into_owned();
        let failed = |error: io::Error| Error::Tool { tool: tool(), output: error.to_string() };
        let mut child = self
            .command(program.as_os_str(), "KILL")
            .args(args)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        if let Some(mut stdin) = child.stdin.take() {
            // A child that ends early shows in its status, not here.
            let _ = stdin.write_all(input.as_bytes());
        }
        let answer = child.wait_with_output().map_err(failed)?;
        if answer.status.success() {
            return Ok(());
        }
        let output = String::from_utf8_lossy(&answer.stderr).trim().to_owned();
        Err(Error::Tool { tool: tool(), output })
    }

    /// Makes a folder of mode 0700 that belongs to the children's user.
    pub(crate) fn private_dir(&self, dir: &Path) -> Result<(), Error> {
        match fs::DirBuilder::new().mode(0o700).create(dir) {
            Ok(()) => self.own(dir),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                // Short folders lie in a shared place, where anybody could have made one or a link.
                let found = fs::symlink_metadata(dir).map_err(Error::io("look at", dir))?;
                let us = rustix::process::geteuid().as_raw();
                if !found.is_dir() || (found.uid() != us && Some(found.uid()) != self.uid()) {
                    return Err(Error::ForeignFolder { dir: dir.to_owned() });
                }
                fs::set_permissions(dir, Permissions::from_mode(0o700)).map_err(Error::io("close", dir))?;
                self.own(dir)
            }
            Err(error) => Err(Error::io("make", dir)(error)),
        }
    }

    /// The folder for sockets, made if missing.
    pub(crate) fn socket_dir(&self) -> Result<PathBuf, Error> {
        let mut run = self.dir.join("run");
        if run.as_os_str().len() > LONGEST_SOCKET_DIR {
            run = env::temp_dir().join(format!("daybill-{}", key(&self.dir)));
        }
        self.private_dir(&run)?;
        Ok(run)
    }

    /// Opens a log for appending; an overgrown one is set aside first.
    pub(crate) fn log(path: &Path) -> Result<File, Error> {
        if fs::metadata(path).is_ok_and(|log| log.len() > LOG_BYTES) {
            let mut old = path.as_os_str().to_owned();
            old.push(".1");
            fs::rename(path, &old).map_err(Error::io("set aside", path))?;
        }
        OpenOptions::new().create(true).append(true).open(path).map_err(Error::io("open", path))
    }

    fn own(&self, path: &Path) -> Result<(), Error> {
        match &self.user {
            Some(user) => chown(path, Some(user.uid), Some(user.gid)).map_err(Error::io("hand over", path)),
            None => Ok(()),
        }
    }

    fn uid(&self) -> Option<u32> {
        self.user.as_ref().map(|user| user.uid)
    }
}

/// Makes `dir` if missing and returns its real, absolute path.
pub(crate) fn prepare(dir: &Path) -> Result<PathBuf, Error> {
    fs::create_dir_all(dir).map_err(Error::io("make", dir))?;
    fs::canonicalize(dir).map_err(Error::io("find", dir))
}

/// A short name for a folder, the same at every start (`DefaultHasher::new` has fixed keys).
fn key(dir: &Path) -> String {
    let mut hasher = std::hash::DefaultHasher::new();
    dir.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

fn user_in(passwd: &str, name: &str) -> Option<User> {
    passwd.lines().map(|line| line.split(':').collect::<Vec<_>>()).find_map(|fields| match fields[..] {
        [found, _, uid, gid, ..] if found == name => {
            Some(User { uid: uid.parse().ok()?, gid: gid.parse().ok()? })
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::{User, user_in};

    #[test]
    fn the_unprivileged_user_is_read_from_the_user_list() {
        let passwd = "root:x:0:0:root:/root:/bin/bash\npostgresql:x:9:9::/:/bin/sh\npostgres:x:101:104:PostgreSQL:/:/bin/bash\n";
        assert_eq!(user_in(passwd, "postgres"), Some(User { uid: 101, gid: 104 }));
        assert_eq!(user_in(passwd, "nobody"), None);
    }
}
