//! `daybill doctor`: whether everything that is needed is here, one plain line each.

use std::path::Path;
use std::process::ExitCode;

use domain::db::Db;
use secrecy::ExposeSecret as _;

use crate::config::Settings;
use crate::run::bind;
use crate::site::Site;
use crate::wiring::{Backing, StartError};

/// A clock further from the database's is not to be trusted (PUBLISHING §2, rule 2).
const SKEW_MS: i64 = 2_000;
/// Below this, uploads will soon fail.
const DISK_BYTES: u64 = 2_000_000_000;

/// What a check found.
enum Finding {
    Fine(String),
    /// Works, but somebody should know.
    Note(String),
    Wrong(String),
}

/// Looks at everything and fails if something is wrong.
pub async fn run(settings: &Settings) -> ExitCode {
    let mut findings = vec![
        ("daybill", Finding::Fine(env!("CARGO_PKG_VERSION").to_owned())),
        ("disk", disk(&settings.data)),
        ("port", port(settings).await),
        ("site", site(settings)),
        ("ffmpeg", tools().await),
    ];
    findings.extend(services(settings).await);
    let mut is_wrong = false;
    for (name, finding) in findings {
        let (word, text) = match finding {
            Finding::Fine(text) => ("ok", text),
            Finding::Note(text) => ("note", text),
            Finding::Wrong(text) => {
                is_wrong = true;
                ("wrong", text)
            }
        };
        println!("{word:<6} {name:<12} {text}");
    }
    if is_wrong { ExitCode::from(1) } else { ExitCode::SUCCESS }
}

fn disk(data: &Path) -> Finding {
    // The folder may not be there yet; its nearest parent is on the same disk.
    let here = data.ancestors().find(|path| path.exists()).unwrap_or(Path::new("."));
    match rustix::fs::statvfs(here) {
        Ok(disk) => {
            let free = disk.f_bavail.saturating_mul(disk.f_frsize);
            let words = format!("{} GB free for {}", free / 1_000_000_000, data.display());
            if free < DISK_BYTES {
                Finding::Wrong(format!("{words}; 2 GB are the least"))
            } else {
                Finding::Fine(words)
            }
        }
        Err(error) => Finding::Wrong(format!("{} cannot be looked at: {error}", here.display())),
    }
}

async fn port(settings: &Settings) -> Finding {
    match bind(settings.net.listen).await {
        Ok(_) => Finding::Fine(format!("{} is free", settings.net.listen)),
        Err(error) => Finding::Note(error.line()),
    }
}

fn site(settings: &Settings) -> Finding {
    match Site::open(&settings.site) {
        Ok(site) if site.assets.fonts.is_empty() => {
            Finding::Wrong(format!("{} holds no fonts; build it anew", settings.site.display()))
        }
        Ok(site) => Finding::Fine(format!("{}, {} fonts", settings.site.display(), site.assets.fonts.len())),
        Err(error) => Finding::Wrong(error.to_string()),
    }
}

async fn tools() -> Finding {
    match render::Tools::find().await {
        Ok(tools) if tools.is_sealed() => Finding::Fine("found, sealed off by bubblewrap".to_owned()),
        Ok(_) => {
            Finding::Note("found; install `bubblewrap` to seal it off from files and network".to_owned())
        }
        Err(error) => Finding::Wrong(error.to_string()),
    }
}

async fn services(settings: &Settings) -> Vec<(&'static str, Finding)> {
    let backing = match Backing::start(settings).await {
        Ok(backing) => backing,
        Err(StartError::Embedded(busy @ embedded::Error::Busy { .. })) => {
            return vec![("services", Finding::Note(format!("{busy}; a running Daybill is fine")))];
        }
        Err(error) => return vec![("services", Finding::Wrong(error.to_string()))],
    };
    let findings = vec![("database", database(&backing).await), ("redis", redis(&backing).await)];
    backing.stop().await;
    findings
}

async fn database(backing: &Backing) -> Finding {
    let url = backing.database_url.expose_secret();
    if let Err(error) = domain::db::check_settings(url, domain::db::Worth::Kept).await {
        return Finding::Wrong(error.to_string());
    }
    let db = match Db::connect(url, 1).await {
        Ok(db) => db,
        Err(error) => return Finding::Wrong(format!("no connection: {error}")),
    };
    let clock = adapters::clock::SystemClock::new();
    let found = db.now().await;
    let here = publishing::Clock::now(&clock);
    db.close().await;
    match found {
        Ok(there) => {
            let skew_ms = (here.as_millisecond() - there.as_millisecond()).abs();
            if skew_ms > SKEW_MS {
                Finding::Wrong(format!(
                    "answers, but its clock differs from ours by {skew_ms} ms; set both by NTP"
                ))
            } else {
                Finding::Fine(format!("answers; clocks differ by {skew_ms} ms"))
            }
        }
        Err(error) => Finding::Wrong(format!("does not answer: {error}")),
    }
}

async fn redis(backing: &Backing) -> Finding {
    let clock = std::sync::Arc::new(adapters::clock::SystemClock::new());
    let url = backing.redis_url.expose_secret();
    match jobs::Queue::open(url, clock, jobs::queue::Settings::default()) {
        Ok(queue) if queue.answers().await => Finding::Fine("answers".to_owned()),
        Ok(_) => Finding::Note("does not answer; publishing goes on without it, a little later".to_owned()),
        Err(error) => Finding::Wrong(error.to_string()),
    }
}
