//! Finds the programs: packages of the system first, then wheels in a Python environment.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Error;

/// The oldest PostgreSQL that our SQL runs on.
const OLDEST_MAJOR: u32 = 15;

/// A folder with `postgres` and `initdb`, and their major version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PgBin {
    pub(crate) bin: PathBuf,
    pub(crate) major: u32,
}

/// The PostgreSQL to use for `dir`. With `data_major`, only that version can read the data.
pub(crate) fn postgres(dir: &Path, data_major: Option<u32>) -> Result<PgBin, Error> {
    let candidates = if let Some(bin) = env::var_os("PG_BIN").filter(|bin| !bin.is_empty()) {
        let bin = PathBuf::from(bin);
        vec![inspect(&bin).ok_or(Error::BadPgBin { bin })?]
    } else {
        let mut found: Vec<PgBin> = pg_folders(dir).iter().filter_map(|bin| inspect(bin)).collect();
        // Stable: within one version the order of `pg_folders` stays.
        found.sort_by_key(|candidate| std::cmp::Reverse(candidate.major));
        found
    };
    choose(candidates, data_major).map_err(|found| match data_major {
        Some(data) if !found.is_empty() => {
            Error::OtherMajor { dir: dir.to_owned(), data, found: found.join(", ") }
        }
        _ => Error::NoPostgres { py: py_folder(dir) },
    })
}

/// The first candidate that can serve; otherwise the versions that were there.
fn choose(candidates: Vec<PgBin>, data_major: Option<u32>) -> Result<PgBin, Vec<String>> {
    let versions = candidates.iter().map(|candidate| candidate.major.to_string()).collect();
    candidates
        .into_iter()
        .find(|candidate| data_major.is_none_or(|major| candidate.major == major))
        .ok_or(versions)
}

/// The Redis (or Valkey) server to use for `dir`.
pub(crate) fn redis(dir: &Path) -> Result<PathBuf, Error> {
    const NAMES: [&str; 2] = ["redis-server", "valkey-server"];
    let on_path = NAMES.iter().flat_map(|name| path_folders().into_iter().map(move |dir| dir.join(name)));
    let py = py_folder(dir);
    let in_wheel = site_packages(&py).into_iter().flat_map(|site| {
        let mut found = Vec::new();
        collect(
            &site,
            5,
            &mut |path| NAMES.iter().any(|name| path.file_name() == Some(OsStr::new(name))),
            &mut found,
        );
        found
    });
    on_path.chain(in_wheel).find(|path| path.is_file()).ok_or(Error::NoRedis { py })
}

/// `setpriv` of util-linux, if the system has it.
pub(crate) fn setpriv() -> Option<PathBuf> {
    path_folders()
        .into_iter()
        .chain([PathBuf::from("/usr/bin"), PathBuf::from("/bin")])
        .map(|dir| dir.join("setpriv"))
        .find(|path| path.is_file())
}

fn pg_folders(dir: &Path) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> =
        entries(Path::new("/usr/lib/postgresql")).into_iter().map(|path| path.join("bin")).collect();
    // A `postgres` on PATH is often a link into the folder that also holds its siblings.
    folders.extend(
        path_folders()
            .into_iter()
            .filter_map(|dir| fs::canonicalize(dir.join("postgres")).ok()?.parent().map(Path::to_owned)),
    );
    for site in site_packages(&py_folder(dir)) {
        let mut found = Vec::new();
        collect(&site, 5, &mut |path| path.ends_with("bin/postgres"), &mut found);
        folders.extend(found.into_iter().filter_map(|path| path.parent().map(Path::to_owned)));
    }
    folders
}

/// Reads the version of the server in `bin`; `None` if it is no usable PostgreSQL.
fn inspect(bin: &Path) -> Option<PgBin> {
    let postgres = bin.join("postgres");
    if !postgres.is_file() || !bin.join("initdb").is_file() {
        return None;
    }
    let answer = Command::new(postgres).arg("--version").output().ok()?;
    let major = parse_major(&String::from_utf8_lossy(&answer.stdout))?;
    (major >= OLDEST_MAJOR).then(|| PgBin { bin: bin.to_owned(), major })
}

/// `postgres (PostgreSQL) 15.20 (Debian …)`, `… 18beta1` or `… 17devel` → the number in front.
fn parse_major(text: &str) -> Option<u32> {
    let version = text.split_whitespace().nth(2)?;
    let digits = version.find(|c: char| !c.is_ascii_digit()).unwrap_or(version.len());
    version[..digits].parse().ok()
}

fn path_folders() -> Vec<PathBuf> {
    env::var_os("PATH").map(|path| env::split_paths(&path).collect()).unwrap_or_default()
}

fn py_folder(dir: &Path) -> PathBuf {
    env::var_os("DAYBILL_PY").map_or_else(|| dir.join("py"), PathBuf::from)
}

fn site_packages(py: &Path) -> Vec<PathBuf> {
    entries(&py.join("lib"))
        .into_iter()
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("python")))
        .map(|path| path.join("site-packages"))
        .collect()
}

/// Newest first for folders that are named by version; unreadable folders are empty ones.
fn entries(dir: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths.reverse();
    paths
}

fn collect(dir: &Path, depth: u32, wanted: &mut dyn FnMut(&Path) -> bool, found: &mut Vec<PathBuf>) {
    for path in entries(dir) {
        let Ok(kind) = fs::symlink_metadata(&path) else { continue };
        if kind.is_dir() && depth > 0 {
            collect(&path, depth - 1, wanted, found);
        } else if path.is_file() && wanted(&path) {
            found.push(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{PgBin, choose, parse_major};

    #[test]
    fn the_major_version_is_read_from_every_spelling() {
        for (text, major) in [
            ("postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)\n", Some(15)),
            ("postgres (PostgreSQL) 18.6\n", Some(18)),
            ("postgres (PostgreSQL) 19beta2\n", Some(19)),
            ("postgres: command not found\n", None),
            ("", None),
        ] {
            assert_eq!(parse_major(text), major, "{text:?}");
        }
    }

    #[test]
    fn data_of_an_older_version_keeps_its_server() {
        let of = |major| PgBin { bin: format!("/pg/{major}").into(), major };
        assert_eq!(choose(vec![of(18), of(15)], None), Ok(of(18)));
        assert_eq!(choose(vec![of(18), of(15)], Some(15)), Ok(of(15)));
        assert_eq!(choose(vec![of(18)], Some(15)), Err(vec!["18".to_owned()]));
    }
}
