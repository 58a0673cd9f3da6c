//! The browser's half: Rust to wasm, its JavaScript, and the smallest form of both.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::files;
use crate::paths::{Paths, which};
use crate::site::Quality;
use crate::steps::{self, Outcome, step};

const TARGET: &str = "wasm32-unknown-unknown";

/// Older ones exit 0 and write a file that dies at start (108 does).
const OLDEST_WASM_OPT: u32 = 120;

/// Smallest code, and the features that rustc and wasm-bindgen use without being asked.
const WASM_OPT_FLAGS: [&str; 7] = [
    "-Oz",
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-multivalue",
];

pub(crate) fn install_target(paths: &Paths) -> Outcome {
    let sysroot = steps::read(paths.command("rustc").args(["--print", "sysroot"]))?;
    if Path::new(sysroot.trim()).join("lib/rustlib").join(TARGET).is_dir() {
        return Ok(());
    }
    if which(&["rustup"]).is_none() {
        return Err(format!("the Rust target {TARGET} is missing, and so is rustup to add it"));
    }
    step(&format!("adding the Rust target {TARGET}"), || {
        steps::run_quietly(paths.command("rustup").args(["target", "add", TARGET]))
    })
}

/// Builds `server/xtask/bindgen` for the version in Cargo.lock, unless this machine has it.
pub(crate) fn install_bindgen(paths: &Paths) -> Outcome {
    let version = bindgen_version(paths)?;
    let program = bindgen(paths, &version);
    if program.is_file() {
        return Ok(());
    }
    step(&format!("building wasm-bindgen {version} (once on this machine, a few minutes)"), || {
        // A target folder of its own, gone afterwards: the tool outlives clones and target folders.
        let target = paths.tools().join(format!("bindgen-{version}"));
        let mut cargo = paths.cargo();
        cargo.args(["build", "--release", "-p", "bindgen", "--target-dir"]).arg(&target);
        steps::run(&mut cargo)?;
        files::make_dir(&paths.tools().join("bin"))?;
        fs::rename(target.join("release/bindgen"), &program)
            .map_err(|error| format!("failed to keep {}: {error}", program.display()))?;
        files::remove_dir(&target)
    })
}

/// Library and program must be of the same version.
fn bindgen_version(paths: &Paths) -> Outcome<String> {
    let lock = files::read(&paths.root.join("Cargo.lock"))?;
    version_in_lock(&String::from_utf8_lossy(&lock), "wasm-bindgen")
        .ok_or_else(|| "Cargo.lock names no wasm-bindgen".to_owned())
}

fn version_in_lock(lock: &str, package: &str) -> Option<String> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name);
    lines.nth(1)?.strip_prefix("version = \"")?.strip_suffix('"').map(str::to_owned)
}

fn bindgen(paths: &Paths, version: &str) -> PathBuf {
    paths.tools().join("bin").join(format!("bindgen-{version}"))
}

/// Builds `frontend` and returns the folder with `app.js`, `app_bg.wasm` and perhaps `snippets`.
/// A quick one is not run through wasm-opt: that takes half a minute, and its gain counts on a line only.
pub(crate) fn build(paths: &Paths, quality: Quality) -> Outcome<PathBuf> {
    let front = paths.target.join("front");
    step("building the browser part", || {
        let mut cargo = paths.cargo();
        cargo
            .args([
                "build",
                "-p",
                "frontend",
                "--target",
                TARGET,
                "--profile",
                "wasm-release",
                "--target-dir",
            ])
            .arg(&front);
        steps::run(&mut cargo)
    })?;
    let built = front.join(TARGET).join("wasm-release/frontend.wasm");
    let version = bindgen_version(paths)?;
    let hash = files::hash(&files::read(&built)?);
    let key = |quality: Quality| match quality {
        Quality::Quick => format!("{hash} {version}"),
        Quality::Best => format!("{hash} {version} {}", WASM_OPT_FLAGS.join(" ")),
    };

    let out = front.join("bound");
    let key_file = front.join("bound.key");
    let found = files::read(&key_file).unwrap_or_default();
    // Smaller than asked for is fine.
    if out.is_dir() && [quality, Quality::Best].into_iter().any(|quality| key(quality).as_bytes() == found) {
        return Ok(out);
    }
    files::remove_dir(&out)?;
    steps::run_quietly(paths.command(bindgen(paths, &version)).arg(&built).arg(&out))?;
    if quality == Quality::Best {
        let wasm_opt = wasm_opt(paths)?;
        let wasm = out.join("app_bg.wasm");
        step("making it small", || {
            steps::run_quietly(paths.command(wasm_opt).args(WASM_OPT_FLAGS).arg(&wasm).arg("-o").arg(&wasm))
        })?;
    }
    files::write(&key_file, key(quality).as_bytes())?;
    Ok(out)
}

/// The wasm-opt of npm; never one of PATH, which may be too old.
fn wasm_opt(paths: &Paths) -> Outcome<PathBuf> {
    let program = env::var_os("WASM_OPT")
        .map_or_else(|| paths.root.join("style/node_modules/.bin/wasm-opt"), PathBuf::from);
    let text = steps::read(paths.command(&program).arg("--version"))?;
    match wasm_opt_version(&text) {
        Some(version) if version >= OLDEST_WASM_OPT => Ok(program),
        _ => Err(format!(
            "{} is {}, but wasm-opt {OLDEST_WASM_OPT} or newer is needed: older ones break the page in silence",
            program.display(),
            text.trim()
        )),
    }
}

fn wasm_opt_version(text: &str) -> Option<u32> {
    text.trim().strip_prefix("wasm-opt version ")?.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{OLDEST_WASM_OPT, version_in_lock, wasm_opt_version};

    #[test]
    fn the_version_of_a_package_is_read_from_the_lock_file() {
        let lock = "[[package]]\nname = \"wasm-bindgen-futures\"\nversion = \"0.4.9\"\n\n\
                    [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\nsource = \"x\"\n";
        assert_eq!(version_in_lock(lock, "wasm-bindgen").as_deref(), Some("0.2.130"));
        assert_eq!(version_in_lock(lock, "leptos"), None);
    }

    #[test]
    fn the_wasm_opt_of_debian_12_is_too_old() {
        assert!(wasm_opt_version("wasm-opt version 108\n").is_some_and(|version| version < OLDEST_WASM_OPT));
        assert_eq!(wasm_opt_version("wasm-opt version 132 (version_132)\n"), Some(132));
        assert_eq!(wasm_opt_version("something else"), None);
    }
}
