//! The program `daybill`.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use server::config::{Settings, Source, Wrong};
use server::run::{self, RunError};
use server::telemetry::{self, Log};
use server::wiring::Role;
use server::{demo, doctor};

/// Plans videos and publishes them once, on time, or says why not.
#[derive(Parser)]
#[command(name = "daybill", version)]
struct Cli {
    /// How logs look.
    #[arg(long, value_enum, default_value = "pretty", global = true)]
    log: Log,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve pages and publish what is due.
    Serve {
        #[arg(long, value_enum, default_value = "all")]
        role: Role,
        #[command(flatten)]
        flags: Flags,
    },
    /// Bring the database up to date and exit.
    Migrate {
        #[command(flatten)]
        flags: Flags,
    },
    /// Do the main job once in front of you: a video, published on the sandbox at its time.
    Demo {
        /// Exit when it is live instead of serving on.
        #[arg(long)]
        once: bool,
        #[command(flatten)]
        flags: Flags,
    },
    /// Run the doubled outside world alone.
    Sandbox {
        #[arg(long, default_value = "127.0.0.1:4000")]
        listen: SocketAddr,
        /// The folder that survives a restart.
        #[arg(long, default_value = "var/sandbox")]
        state: PathBuf,
    },
    /// Look whether everything that is needed is here.
    Doctor {
        #[command(flatten)]
        flags: Flags,
    },
}

/// Settings that are no secrets; each is also an environment variable.
#[derive(Args)]
struct Flags {
    /// Public address; cookies and callbacks follow it [env: DAYBILL_URL; default: http://localhost:PORT].
    #[arg(long)]
    url: Option<String>,
    /// Where to listen; `:0` picks a port and prints it [env: DAYBILL_LISTEN; default: 127.0.0.1:3000].
    #[arg(long)]
    listen: Option<String>,
    /// Private services, local storage, generated keys [env: DAYBILL_DATA; default: var].
    #[arg(long)]
    data: Option<String>,
    /// The key file, mode 600 [env: DAYBILL_KEYS; default: keys in the data folder].
    #[arg(long)]
    keys: Option<String>,
    /// `on` or `off`: serve the sandbox under /sandbox/ [env: DAYBILL_SANDBOX; default: on with a private database].
    #[arg(long)]
    sandbox: Option<String>,
    /// Folder of the built site [env: DAYBILL_SITE; default: ../site beside the program].
    #[arg(long)]
    site: Option<String>,
    /// Where files are kept, file:///path [env: STORAGE_URL; default: media in the data folder].
    #[arg(long)]
    storage_url: Option<String>,
}

impl Flags {
    fn settings(&self) -> Result<Settings, Wrong> {
        let flags: BTreeMap<&str, &Option<String>> = BTreeMap::from([
            ("DAYBILL_URL", &self.url),
            ("DAYBILL_LISTEN", &self.listen),
            ("DAYBILL_DATA", &self.data),
            ("DAYBILL_KEYS", &self.keys),
            ("DAYBILL_SANDBOX", &self.sandbox),
            ("DAYBILL_SITE", &self.site),
            ("STORAGE_URL", &self.storage_url),
        ]);
        Settings::read(&Source(&|name| {
            flags.get(name).and_then(|flag| (*flag).clone()).or_else(|| std::env::var(name).ok())
        }))
    }
}

fn main() -> ExitCode {
    // Two providers are in the tree; without a choice rustls panics at the first connection.
    if rustls::crypto::aws_lc_rs::default_provider().install_default().is_err() {
        eprintln!("The TLS provider was already chosen by somebody else");
        return ExitCode::from(1);
    }
    // Crash points named in the environment; the feature is for tests alone.
    #[cfg(feature = "failpoints")]
    let _scenario = fail::FailScenario::setup();
    // Before any thread starts: it writes into the environment.
    if let Err(error) = dotenvy::dotenv()
        && !error.not_found()
    {
        eprintln!(".env: {error}");
        return ExitCode::from(2);
    }
    let cli = Cli::parse();
    // The demonstration tells its own story.
    let level =
        if matches!(cli.command, Command::Demo { .. } | Command::Doctor { .. }) { "warn" } else { "info" };
    telemetry::start(cli.log, level);
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("No threads can be started: {error}");
            return ExitCode::from(1);
        }
    };
    runtime.block_on(command(cli.command))
}

async fn command(command: Command) -> ExitCode {
    let outcome = match command {
        Command::Serve { role, flags } => match flags.settings() {
            Ok(settings) => run::serve(&settings, role).await,
            Err(wrong) => return refused(&wrong),
        },
        Command::Migrate { flags } => match flags.settings() {
            Ok(settings) => run::migrate(&settings).await,
            Err(wrong) => return refused(&wrong),
        },
        Command::Sandbox { listen, state } => run::sandbox(listen, state).await,
        Command::Demo { once, flags } => match flags.settings() {
            Ok(settings) => return demo::run(&settings, once).await,
            Err(wrong) => return refused(&wrong),
        },
        Command::Doctor { flags } => match flags.settings() {
            Ok(settings) => return doctor::run(&settings).await,
            Err(wrong) => return refused(&wrong),
        },
    };
    ended(outcome)
}

fn ended(outcome: Result<(), RunError>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}", error.line());
            error.exit_code()
        }
    }
}

fn refused(wrong: &Wrong) -> ExitCode {
    eprintln!("{wrong}");
    ExitCode::from(2)
}
