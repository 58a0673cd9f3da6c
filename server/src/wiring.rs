//! Puts the program together out of settings: services, domain, platforms, worker, routes.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use adapters::clock::{OsRng, SystemClock};
use adapters::http::{Destinations, HttpClient};
use adapters::platforms::tiktok::{self, Tiktok};
use adapters::storage::Storage;
use domain::accounts::Passwords;
use domain::channels::TokenKeeper;
use domain::db::{self, Db, Worth};
use domain::delivery::PgStore;
use domain::events::Events;
use domain::media::{Files, StoredBlobs};
use domain::vault::{self, Vault};
use domain::{Domain, Parts};
use hmac::{Hmac, KeyInit as _, Mac as _};
use jobs::{Queue, Worker};
use leptos::prelude::LeptosOptions;
use publishing::{Clock, Executor, Platforms, Rng};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::census::ProcCensus;
use crate::config::Settings;
use crate::http::health::Health;
use crate::media_tools::FfmpegTools;
use crate::router::{Public, Web};
use crate::site::{Site, SiteError};

/// Connections of each pool.
const CONNECTIONS: u32 = 16;
/// Passwords hashed at the same time; each takes 64 MiB.
const HASHES: usize = 4;
/// The sandbox's app, as its contract names it.
const SANDBOX_KEY: &str = "sandbox";
const SANDBOX_SECRET: &str = "sandbox-secret";

/// Which work this process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Role {
    /// Pages and publishing.
    All,
    /// Pages only.
    Web,
    /// Publishing only; still answers `/healthz` and `/readyz`.
    Worker,
}

impl Role {
    pub fn publishes(self) -> bool {
        self != Self::Web
    }
}

/// Why the program cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("the private service did not start: {0}")]
    Embedded(#[from] embedded::Error),
    #[error("DATABASE_URL: {0}")]
    Database(#[source] db::SetupError),
    #[error("DATABASE_URL: the database cannot be used")]
    Pools(#[source] sqlx::Error),
    #[error("REDIS_URL: {0}")]
    Redis(#[from] jobs::BadAddress),
    #[error("DAYBILL_KEYS: {0}")]
    Keys(#[from] vault::VaultError),
    #[error("DAYBILL_KEYS: {} cannot be read", path.display())]
    KeyFile { path: PathBuf, source: std::io::Error },
    #[error("DAYBILL_DATA: {} cannot be made", path.display())]
    Data { path: PathBuf, source: std::io::Error },
    #[error(transparent)]
    Site(#[from] SiteError),
    #[error(transparent)]
    Sandbox(#[from] sandbox::OpenError),
    #[error(transparent)]
    Http(#[from] adapters::http::ClientError),
    #[error("videos cannot be looked into: {0}")]
    Tools(#[from] render::Missing),
    #[error("STORAGE_URL: the folder cannot be used")]
    Storage(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// PostgreSQL and Redis, private ones as far as nobody names others. They end with this value.
pub struct Backing {
    pub database_url: SecretString,
    pub redis_url: SecretString,
    postgres: Option<embedded::Postgres>,
    redis: Option<embedded::Redis>,
}

impl Backing {
    /// Starts what is missing.
    pub async fn start(settings: &Settings) -> Result<Self, StartError> {
        let named = &settings.services;
        let (postgres, redis) = tokio::try_join!(
            async {
                match named.database {
                    Some(_) => Ok(None),
                    None => {
                        embedded::Postgres::start(&settings.data, embedded::Kind::Durable).await.map(Some)
                    }
                }
            },
            async {
                match named.redis {
                    Some(_) => Ok(None),
                    None => embedded::Redis::start(&settings.data).await.map(Some),
                }
            },
        )?;
        let database_url = match (&named.database, &postgres) {
            (Some(url), _) => url.clone(),
            (None, Some(postgres)) => postgres.url("daybill").into(),
            (None, None) => unreachable!("one of the two was chosen above"),
        };
        let redis_url = match (&named.redis, &redis) {
            (Some(url), _) => url.clone(),
            (None, Some(redis)) => redis.url().into(),
            (None, None) => unreachable!("one of the two was chosen above"),
        };
        Ok(Self { database_url, redis_url, postgres, redis })
    }

    /// Brings the schema up to date and refuses a database that would lose commits.
    pub async fn migrate(&self) -> Result<(), StartError> {
        let url = self.database_url.expose_secret();
        db::check_settings(url, Worth::Kept).await.map_err(StartError::Database)?;
        db::migrate(url).await.map_err(StartError::Database)
    }

    /// Stops the private services and waits for them.
    pub async fn stop(self) {
        if let Some(redis) = self.redis {
            redis.stop().await;
        }
        if let Some(postgres) = self.postgres {
            postgres.stop().await;
        }
    }
}

/// The program, put together and not yet running.
pub struct Program {
    pub web: Web,
    pub worker: Option<Worker>,
    /// Wakes the dispatcher when something was scheduled.
    pub wake: Arc<Notify>,
}

/// What the program is put together from besides settings.
pub struct Ground {
    /// The address that is really listened on.
    pub bound: SocketAddr,
    pub role: Role,
    pub clock: Arc<dyn Clock>,
    pub rng: Arc<dyn Rng>,
    /// `None`: as in production.
    pub passwords: Option<Passwords>,
    pub stop: CancellationToken,
}

impl Ground {
    /// The system's own clock and chance, and passwords as in production.
    pub fn real(bound: SocketAddr, role: Role, stop: CancellationToken) -> Self {
        Self { bound, role, clock: Arc::new(SystemClock::new()), rng: Arc::new(OsRng), passwords: None, stop }
    }
}

/// Builds everything over a migrated database. Must be called inside a tokio runtime.
pub async fn build(settings: &Settings, backing: &Backing, ground: Ground) -> Result<Program, StartError> {
    let Ground { bound, role, clock, rng, passwords, stop } = ground;
    make_dir(&settings.data)?;
    let site = Arc::new(Site::open(&settings.site)?);
    let key_file = settings.key_file();
    if settings.keys.is_none() && !key_file.exists() {
        vault::make_key_file(&key_file)?;
    }
    let vault = Vault::from_file(&key_file, Arc::clone(&rng))?;
    let passwords = match passwords {
        Some(light) => light,
        None => Passwords::new(pepper(&key_file)?, HASHES),
    };

    let public_url = settings.net.url.clone().unwrap_or_else(|| local_url(bound));
    let origin = public_url.as_str().trim_end_matches('/').to_owned();
    let world = if settings.sandbox { Some(open_sandbox(settings, &origin).await?) } else { None };
    let addresses = Addresses { origin: &origin, loopback: loopback(bound) };
    let outside = outside(settings, &addresses);

    let database_url = backing.database_url.expose_secret();
    let db = Db::connect(database_url, CONNECTIONS).await.map_err(StartError::Pools)?;
    let events = Events::listen(database_url).await.map_err(StartError::Pools)?;
    make_dir(&settings.storage.folder)?;
    let files: Arc<dyn Files> = Arc::new(
        Storage::local(&settings.storage.folder).map_err(|error| StartError::Storage(error.into()))?,
    );
    let http = Arc::new(HttpClient::platform(Arc::clone(&clock), outside.destinations)?);
    let domain = Domain::new(Parts {
        db,
        clock: Arc::clone(&clock),
        rng: Arc::clone(&rng),
        vault,
        passwords,
        http: Arc::clone(&http) as _,
        platforms: outside.platforms.clone(),
        files: Arc::clone(&files),
        tools: Arc::new(FfmpegTools(render::Tools::find().await?)),
        public_url: origin.clone(),
    });

    let queue =
        Queue::open(backing.redis_url.expose_secret(), Arc::clone(&clock), jobs::queue::Settings::default())?;
    let (queue, wake) = (Arc::new(queue), Arc::new(Notify::new()));
    let census = ProcCensus::new();
    let worker = role.publishes().then(|| {
        let executor = Executor {
            store: Arc::new(PgStore::new(&domain)),
            hints: Arc::clone(&queue) as _,
            platforms: outside.platforms,
            http,
            blobs: Arc::new(StoredBlobs(files)),
            tokens: Arc::new(TokenKeeper { domain: domain.clone() }),
            owner: census.owner(),
            census: Arc::new(census),
            clock,
            rng,
        };
        Worker::new(Arc::new(executor), Arc::clone(&queue), Arc::clone(&wake))
    });
    let health = Health { queue, pulse: worker.as_ref().map(Worker::pulse) };
    let web = Web {
        domain,
        events,
        site,
        sandbox: world,
        public: Arc::new(Public {
            secure: public_url.scheme() == "https",
            consent_origins: outside.consent_origins,
            origin,
        }),
        health,
        stop,
        options: LeptosOptions::builder().output_name("app").build(),
    };
    Ok(Program { web, worker, wake })
}

fn make_dir(path: &Path) -> Result<(), StartError> {
    std::fs::create_dir_all(path).map_err(|source| StartError::Data { path: path.to_owned(), source })
}

/// The secret that is mixed into password hashes, derived from the installation's key: whoever steals the
/// database alone cannot try passwords against it.
fn pepper(key_file: &Path) -> Result<SecretString, StartError> {
    let text = std::fs::read_to_string(key_file)
        .map_err(|source| StartError::KeyFile { path: key_file.to_owned(), source })?;
    let mut mac =
        Hmac::<Sha256>::new_from_slice(text.trim().as_bytes()).expect("HMAC takes keys of any length");
    mac.update(b"daybill password pepper v1");
    Ok(hex::encode(mac.finalize().into_bytes()).into())
}

async fn open_sandbox(settings: &Settings, origin: &str) -> Result<sandbox::World, StartError> {
    let public_url = parse(&format!("{origin}/sandbox"));
    let options = sandbox::Options { public_url, state_dir: Some(settings.data.join("sandbox")) };
    Ok(sandbox::World::open(options).await?)
}

struct Addresses<'a> {
    origin: &'a str,
    /// How this process reaches itself.
    loopback: Url,
}

/// The platforms, and where calls may go.
struct Outside {
    platforms: Platforms,
    destinations: Destinations,
    consent_origins: Vec<String>,
}

fn outside(settings: &Settings, addresses: &Addresses) -> Outside {
    let config = match &settings.tiktok {
        Some(app) => tiktok::Config {
            client_key: app.client_key.clone(),
            client_secret: app.client_secret.clone(),
            authorize_url: app.authorize_url.clone(),
            api_url: app.api_url.clone(),
        },
        None if settings.sandbox => tiktok::Config {
            client_key: SANDBOX_KEY.to_owned(),
            client_secret: SANDBOX_SECRET.into(),
            authorize_url: parse(&format!("{}/sandbox/tiktok/v2/auth/authorize/", addresses.origin)),
            api_url: parse(&format!("{}sandbox/tiktok", addresses.loopback)),
        },
        None => {
            return Outside {
                platforms: Platforms::default(),
                destinations: Destinations::default(),
                consent_origins: Vec::new(),
            };
        }
    };
    let mut destinations = Destinations::default().origin(&config.api_url);
    if settings.tiktok.is_none() {
        // The sandbox gives upload addresses that begin with its public one.
        destinations = destinations.origin(&parse(addresses.origin));
    } else if config.api_url.host_str().is_some_and(|host| host.ends_with(".tiktokapis.com")) {
        destinations = destinations.under(".tiktokapis.com");
    }
    let consent = config.authorize_url.origin().ascii_serialization();
    let consent_origins = if consent == addresses.origin { Vec::new() } else { vec![consent] };
    let tiktok = Arc::new(Tiktok::new(config));
    Outside {
        platforms: Platforms::default().with(Arc::clone(&tiktok) as _, tiktok),
        destinations,
        consent_origins,
    }
}

/// What people type when no address is set.
fn local_url(bound: SocketAddr) -> Url {
    parse(&format!("http://localhost:{}", bound.port()))
}

/// How the process reaches itself when it listens on `bound`.
pub(crate) fn loopback(bound: SocketAddr) -> Url {
    let ip = match bound.ip() {
        ip if !ip.is_unspecified() => ip,
        std::net::IpAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
        std::net::IpAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
    };
    parse(&format!("http://{}/", SocketAddr::new(ip, bound.port())))
}

fn parse(text: &str) -> Url {
    Url::parse(text).expect("an address made of checked parts is valid")
}

/// How long a stop may take: the worker's drain and a little for the rest.
pub const STOP_WITHIN: Duration = Duration::from_secs(jobs::DRAIN.as_secs() + 5);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_reaches_itself_wherever_it_listens() {
        for (bound, expected) in [
            ("0.0.0.0:3000", "http://127.0.0.1:3000/"),
            ("[::]:3000", "http://[::1]:3000/"),
            ("127.0.0.1:4000", "http://127.0.0.1:4000/"),
            ("10.0.0.7:80", "http://10.0.0.7/"),
        ] {
            assert_eq!(loopback(bound.parse().unwrap()).as_str(), expected);
        }
    }
}
