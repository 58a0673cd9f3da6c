//! Builds and starts again whenever a source changes. Looks at the files' times twice a second.

use std::path::PathBuf;
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use crate::files;
use crate::paths::Paths;
use crate::setup::{self, Needs};
use crate::site::{self, Quality};
use crate::steps::{self, Outcome, step};

const PAUSE: Duration = Duration::from_millis(500);

/// The program drains for up to 20 s.
const PATIENCE: Duration = Duration::from_secs(25);

/// Runs until Ctrl-C, which reaches the program as well.
pub(crate) fn watch(paths: &Paths) -> Outcome {
    setup::install(paths, Needs::to_run())?;
    let sources: Vec<PathBuf> =
        ["app", "server", "frontend", "style", "migrations", "Cargo.toml", "Cargo.lock"]
            .iter()
            .map(|name| paths.root.join(name))
            .collect();
    let mut program: Option<Child> = None;
    let mut built = String::new();
    loop {
        let now = files::stamp(&sources);
        if now != built {
            built = now;
            match build(paths) {
                Ok(()) => {
                    if let Some(old) = program.take() {
                        stop(old)?;
                    }
                    program = Some(start(paths)?);
                }
                Err(reason) => {
                    eprintln!("✘ {reason}\n  waiting for the next change; the last good build runs on");
                }
            }
        }
        if let Some(child) = &mut program
            && let Ok(Some(status)) = child.try_wait()
        {
            eprintln!("✘ the program ended ({status}); waiting for the next change");
            program = None;
        }
        thread::sleep(PAUSE);
    }
}

fn build(paths: &Paths) -> Outcome {
    site::build(paths, Quality::Quick)?;
    step("building the program", || steps::run(paths.cargo().args(["build", "-p", "server"])))
}

fn start(paths: &Paths) -> Outcome<Child> {
    let program = paths.program("debug");
    paths
        .command(&program)
        .arg("serve")
        .spawn()
        .map_err(|error| format!("failed to start {}: {error}", program.display()))
}

/// Asks politely, so that work in flight is finished, and kills at last.
fn stop(mut program: Child) -> Outcome {
    let failed = |error: std::io::Error| format!("failed to stop the program: {error}");
    steps::run_quietly(Command::new("kill").args(["-TERM", &program.id().to_string()]))?;
    let until = Instant::now() + PATIENCE;
    while Instant::now() < until {
        if program.try_wait().map_err(failed)?.is_some() {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(50));
    }
    program.kill().and_then(|()| program.wait().map(drop)).map_err(failed)
}
