//! Where things lie, and the environment that commands get.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::steps::Outcome;

/// The folders of this run.
pub(crate) struct Paths {
    /// The clone.
    pub(crate) root: PathBuf,
    /// What cargo builds; outside the clone in CI, which starts from a fresh one.
    pub(crate) target: PathBuf,
    /// What outlives a clone: tools built from source, and in CI the target folder.
    pub(crate) cache: PathBuf,
}

impl Paths {
    pub(crate) fn find() -> Outcome<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .ancestors()
            .nth(2)
            .ok_or("the repository has no root above server/xtask")?
            .to_owned();
        let cache = match (var("DAYBILL_CACHE"), var("HOME")) {
            (Some(cache), _) => cache,
            (None, Some(home)) => home.join(".cache/daybill"),
            (None, None) => return Err("neither DAYBILL_CACHE nor HOME is set".into()),
        };
        let here = env::current_dir().map_err(|error| format!("there is no current folder: {error}"))?;
        let is_ci = env::var("CI").is_ok_and(|ci| ci == "true");
        let target = match var("CARGO_TARGET_DIR") {
            Some(target) => here.join(target),
            None if is_ci => cache.join("target"),
            None => root.join("target"),
        };
        Ok(Self { root, target, cache: here.join(cache) })
    }

    /// The data folder of this clone.
    pub(crate) fn var(&self) -> PathBuf {
        self.root.join("var")
    }

    /// The Python environment with PostgreSQL and Valkey for machines without packages.
    pub(crate) fn py(&self) -> PathBuf {
        self.var().join("py")
    }

    /// Hashed css, js, wasm and fonts, and their manifest.
    pub(crate) fn site(&self) -> PathBuf {
        self.target.join("site")
    }

    /// Tools built from source, by cargo.
    pub(crate) fn tools(&self) -> PathBuf {
        self.cache.join("tools")
    }

    /// The built program of a profile's folder.
    pub(crate) fn program(&self, profile: &str) -> PathBuf {
        self.target.join(profile).join("daybill")
    }

    /// A command in the clone that finds the site and the private services.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(&self.root)
            .env("CARGO_TARGET_DIR", &self.target)
            .env("DAYBILL_SITE", self.site())
            .env("DAYBILL_PY", self.py());
        // Set by the cargo that started us, about our own crate; build scripts of others may look.
        for (name, _) in env::vars_os() {
            let text = name.to_string_lossy();
            if ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY_"]
                .iter()
                .any(|prefix| text.starts_with(prefix))
            {
                command.env_remove(name);
            }
        }
        command
    }

    pub(crate) fn cargo(&self) -> Command {
        self.command(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
    }
}

/// An environment variable that holds a path; empty counts as unset.
fn var(name: &str) -> Option<PathBuf> {
    env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// The first of these programs on PATH.
pub(crate) fn which(names: &[&str]) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let folders: Vec<PathBuf> = env::split_paths(&path).collect();
    names
        .iter()
        .flat_map(|name| folders.iter().map(move |dir| dir.join(name)))
        .find(|candidate| candidate.is_file())
}
