//! The one command of the repository: installs what is missing, builds, runs and checks.
//!
//! Plain cargo, npm and Debian packages do the work; this only knows the order. A crate of its own
//! because it is a tool and no part of the product (product | tests and tools).

#![expect(clippy::disallowed_methods, reason = "a tool that runs commands and tells how long they took")]

mod bench;
mod browser;
mod checks;
mod dev;
mod files;
mod paths;
mod queries;
mod setup;
mod site;
mod steps;
mod wasm;

use std::io::{self, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::paths::Paths;
use crate::setup::Needs;
use crate::site::Quality;
use crate::steps::{Outcome, step};

/// Installs what is missing, builds, runs and tests Daybill.
#[derive(Parser)]
#[command(name = "cargo xtask", version, disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build, start everything and publish a video on the sandbox before your eyes
    Demo {
        /// End after the video is live, with exit code 0 only if it is live exactly once
        #[arg(long)]
        once: bool,
    },
    /// Build and start everything, without the demo
    Run,
    /// Every test that CI runs: browser journeys, then all Rust tests
    Test,
    /// Like `run`, and build and start again whenever a source changes
    Dev,
    /// Browser journeys on the release bundle
    E2e {
        /// Passed on to Playwright, for example `-g "calendar"`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        playwright: Vec<String>,
    },
    /// Run a benchmark of the release build; without a name, list them
    Bench {
        name: Option<String>,
        /// One line of JSON instead of text
        #[arg(long)]
        json: bool,
    },
    /// Exactly what the continuous integration runs
    Ci,
    /// Format, lints, import rules and queries
    Check,
    /// Write `.sqlx/` anew from the queries and migrations
    Prepare {
        /// Change nothing; fail if `.sqlx/` is not what would be written
        #[arg(long)]
        check: bool,
    },
    /// Delete `var/`, the data of this clone, after asking
    Reset,
    /// The part of `prepare` that runs beside a database
    #[command(hide = true)]
    PrepareInside { into: PathBuf },
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(code) => code,
        Err(reason) => {
            eprintln!("✘ {reason}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Outcome<ExitCode> {
    let paths = Paths::find()?;
    match command {
        Command::Demo { once } => {
            let arguments: &[&str] = if once { &["demo", "--once"] } else { &["demo"] };
            return start(&paths, arguments);
        }
        Command::Run => return start(&paths, &["serve"]),
        Command::Test => checks::test(&paths)?,
        Command::Dev => dev::watch(&paths)?,
        Command::E2e { playwright } => {
            setup::install(&paths, Needs::for_browser())?;
            browser::journeys(&paths, &playwright)?;
        }
        Command::Bench { name, json } => return bench::run(&paths, name.as_deref(), json),
        Command::Ci => checks::ci(&paths)?,
        Command::Check => checks::check(&paths)?,
        Command::Prepare { check: false } => {
            setup::install(&paths, Needs::for_queries())?;
            queries::prepare(&paths)?;
        }
        Command::Prepare { check: true } => {
            setup::install(&paths, Needs::for_queries())?;
            queries::check(&paths)?;
        }
        Command::Reset => reset(&paths)?,
        Command::PrepareInside { into } => queries::inside(&paths, &into)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Builds what is needed and becomes the program, so that signals and the exit code are its own.
fn start(paths: &Paths, arguments: &[&str]) -> Outcome<ExitCode> {
    setup::install(paths, Needs::to_run())?;
    site::build(paths, Quality::Quick)?;
    step("building the program", || steps::run(paths.cargo().args(["build", "-p", "server"])))?;
    let program = paths.program("debug");
    let error = paths.command(&program).args(arguments).exec();
    Err(format!("failed to start {}: {error}", program.display()))
}

fn reset(paths: &Paths) -> Outcome {
    let var = paths.var();
    if !var.exists() {
        println!("There is no {}.", var.display());
        return Ok(());
    }
    for name in ["pg.lock", "redis.lock"] {
        if std::fs::File::open(var.join(name)).is_ok_and(|lock| lock.try_lock().is_err()) {
            return Err(format!("a program runs on {}: stop it first", var.display()));
        }
    }
    print!("Delete {} with its database, media and keys? Type yes: ", var.display());
    let mut answer = String::new();
    io::stdout()
        .flush()
        .and_then(|()| io::stdin().read_line(&mut answer))
        .map_err(|error| format!("failed to ask: {error}"))?;
    if answer.trim() != "yes" {
        println!("Nothing was deleted.");
        return Ok(());
    }
    std::fs::remove_dir_all(&var).map_err(|error| format!("failed to delete {}: {error}", var.display()))?;
    println!("Deleted.");
    Ok(())
}
