//! Runs a command with DATABASE_URL set to a fresh throw-away PostgreSQL, which ends with it:
//! `cargo run -p embedded --example throwaway -- psql-or-any-command …`
//!
//! PG_BIN is set for the command as well, so that it finds `psql` of the same version.

#![expect(clippy::disallowed_methods, reason = "runs the command it is given")]

use std::env;
use std::error::Error;
use std::process::ExitCode;

use embedded::{Kind, Postgres};
use tokio::process::Command;

#[tokio::main]
async fn main() -> ExitCode {
    run().await.unwrap_or_else(|error| {
        eprintln!("{error}");
        ExitCode::FAILURE
    })
}

async fn run() -> Result<ExitCode, Box<dyn Error>> {
    let mut args = env::args_os().skip(1);
    let Some(program) = args.next() else {
        eprintln!("usage: throwaway COMMAND [ARGUMENT…]");
        return Ok(ExitCode::from(2));
    };
    let dir = tempfile::tempdir()?;
    let postgres = Postgres::start(dir.path(), Kind::ThrowAway).await?;

    // Ctrl-C is for the command; the cluster ends after it.
    tokio::spawn(async { while tokio::signal::ctrl_c().await.is_ok() {} });
    let status = Command::new(program)
        .args(args)
        .env("DATABASE_URL", postgres.url("daybill"))
        .env("PG_BIN", postgres.bin_dir())
        .status()
        .await;
    postgres.stop().await;
    Ok(status?.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from))
}
