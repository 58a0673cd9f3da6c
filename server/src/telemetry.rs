//! Logs: readable lines, or JSON for machines.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

/// How logs look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Log {
    Pretty,
    Json,
}

/// Starts logging to standard error, from `level` on. `RUST_LOG` chooses otherwise. A second call changes nothing.
pub fn start(log: Log, level: &str) {
    // Database statements may hold values of people, and apalis tells each try while Redis is away; `jobs` tells once.
    let usual = format!("{level},sqlx=warn,apalis=off,apalis_core=off,apalis_redis=off,hyper=warn");
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(usual));
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    // A subscriber that is there already (a test) stays.
    let _ = match log {
        Log::Pretty => lines.with_target(false).try_init().is_ok(),
        Log::Json => lines.json().flatten_event(true).with_span_events(FmtSpan::NONE).try_init().is_ok(),
    };
}
