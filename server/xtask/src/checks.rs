//! What must hold before a change is handed over, and what CI runs.

use std::env;
use std::path::PathBuf;

use crate::browser;
use crate::paths::{Paths, which};
use crate::queries;
use crate::setup::{self, Needs};
use crate::steps::{self, Outcome, Parts, step};

/// The tests that kill the program need its named crash points; no other build has them.
const CRASH_POINTS: [&str; 2] = ["--features", "server/failpoints"];

/// Browser journeys, then all Rust tests, whose summary is the last line.
pub(crate) fn test(paths: &Paths) -> Outcome {
    let mut parts = Parts::default();
    parts.part("set-up", || setup::install(paths, Needs::for_browser()))?;
    tests(paths, &mut parts)
}

/// Format, lints, import rules and queries.
pub(crate) fn check(paths: &Paths) -> Outcome {
    let mut parts = Parts::default();
    parts.part("set-up", || setup::install(paths, Needs::for_queries()))?;
    parts.part("format", || format(paths))?;
    parts.part("lints", || lints(paths))?;
    parts.part("import rules", || {
        steps::run(paths.cargo().args(["test", "--quiet", "-p", "server", "--test", "it", "architecture"]))
    })?;
    parts.part("queries", || queries::check(paths))?;
    eprintln!("{}", parts.summary());
    Ok(())
}

/// Everything. The cheap parts come first, the Rust tests last: their summary closes the log.
pub(crate) fn ci(paths: &Paths) -> Outcome {
    let mut parts = Parts::default();
    parts.part("format", || format(paths))?;
    parts.part("set-up", || setup::install(paths, Needs::for_browser()))?;
    parts.part("lints", || lints(paths))?;
    parts.part("queries", || queries::check(paths))?;
    parts.part("licences and sources", || licences(paths))?;
    tests(paths, &mut parts)
}

fn tests(paths: &Paths, parts: &mut Parts) -> Outcome {
    parts.part("browser journeys", || browser::journeys(paths, &[]))?;
    // Built apart from being run, so that the two times can be told apart.
    let has_nextest = steps::read(paths.cargo().args(["nextest", "--version"])).is_ok();
    let runner: &[&str] = if has_nextest { &["nextest", "run"] } else { &["test"] };
    parts.part("building the tests", || {
        steps::run(paths.cargo().args(runner).args(CRASH_POINTS).arg("--no-run"))
    })?;
    eprintln!("{}", parts.summary());
    eprintln!("━━ Rust tests");
    steps::run(paths.cargo().args(runner).args(CRASH_POINTS))
}

fn format(paths: &Paths) -> Outcome {
    steps::run(paths.cargo().args(["fmt", "--all", "--check"]))
}

fn lints(paths: &Paths) -> Outcome {
    steps::run(
        paths.cargo().args(["clippy", "--all-targets"]).args(CRASH_POINTS).args(["--", "-D", "warnings"]),
    )
}

/// Licences, banned and duplicate crates, and registries. Advisories would need the network.
fn licences(paths: &Paths) -> Outcome {
    let deny = match find_deny(paths) {
        Some(deny) => deny,
        None => step("building cargo-deny (once on this machine, some minutes)", || {
            let mut cargo = paths.cargo();
            cargo.args(["install", "--quiet", "cargo-deny", "--root"]).arg(paths.tools());
            steps::run(cargo.current_dir(env::temp_dir()).env_remove("CARGO_TARGET_DIR"))?;
            find_deny(paths).ok_or_else(|| "cargo installed no cargo-deny".to_owned())
        })?,
    };
    // As a program of its own it wants the subcommand's name no more.
    steps::run(paths.command(deny).args(["--workspace", "check", "licenses", "bans", "sources"]))
}

fn find_deny(paths: &Paths) -> Option<PathBuf> {
    which(&["cargo-deny"])
        .or_else(|| Some(paths.tools().join("bin/cargo-deny")).filter(|path| path.is_file()))
}
