//! Benchmarks are examples called `bench_NAME` in one of the server's crates, run as a release build.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::paths::Paths;
use crate::setup::{self, Needs};
use crate::steps::{self, Outcome, step};

pub(crate) fn run(paths: &Paths, name: Option<&str>, is_json: bool) -> Outcome<ExitCode> {
    let benches = list(&paths.root.join("server"));
    let known = || match benches.len() {
        0 => "there is none yet".to_owned(),
        _ => format!("there is: {}", benches.keys().map(String::as_str).collect::<Vec<_>>().join(", ")),
    };
    let Some(name) = name else {
        println!("{}", known());
        return Ok(ExitCode::SUCCESS);
    };
    let package = benches.get(name).ok_or_else(|| format!("no benchmark is called `{name}`; {}", known()))?;
    setup::install(paths, Needs::for_bench())?;
    let example = format!("bench_{name}");
    step("building the release", || {
        steps::run(paths.cargo().args(["build", "--release", "-p", "server"]))?;
        steps::run(paths.cargo().args(["build", "--release", "-p", package, "--example", &example]))
    })?;
    let program = paths.target.join("release/examples").join(&example);
    let mut command = paths.command(&program);
    command.env("DAYBILL_BIN", paths.program("release"));
    if is_json {
        command.arg("--json");
    }
    Err(format!("failed to start {}: {}", program.display(), command.exec()))
}

/// Benchmarks by name, with the package each belongs to.
fn list(server: &Path) -> BTreeMap<String, String> {
    let crates = fs::read_dir(server).into_iter().flatten().flatten().map(|entry| entry.path());
    let crates: Vec<PathBuf> = crates.chain([server.to_owned()]).collect();
    let mut found = BTreeMap::new();
    for folder in crates {
        let Some(package) = folder.file_name() else { continue };
        for example in fs::read_dir(folder.join("examples")).into_iter().flatten().flatten() {
            let file = example.file_name();
            let file = file.to_string_lossy();
            let name = file.strip_prefix("bench_").map(|rest| rest.strip_suffix(".rs").unwrap_or(rest));
            if let Some(name) = name {
                found.insert(name.to_owned(), package.to_string_lossy().into_owned());
            }
        }
    }
    found
}
