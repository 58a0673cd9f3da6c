//! A world for one test: a [`Domain`] over a database, a folder, a clock and chance of its own.

use std::sync::Arc;

use adapters::storage::Storage;
use domain::accounts::Passwords;
use domain::db::Db;
use domain::media::MediaTools;
use domain::notify::{self, KeepMails, Mail};
use domain::vault::Vault;
use domain::{Domain, Parts};
use publishing::{Clock, Http, Platforms, Rng};
use sqlx::PgConnection;
use tempfile::TempDir;

use crate::postgres::Database;
use crate::{FrozenClock, NoNetwork, NoTools, SeededRng};

/// Connections per pool; tests that race use more tasks than that.
const CONNECTIONS: u32 = 8;

/// What one test acts in. Dropping removes its database and files.
pub struct TestWorld {
    pub domain: Domain,
    pub clock: Arc<FrozenClock>,
    // Files after the domain, the database last: it drops those who are still connected.
    _folder: TempDir,
    database: Database,
}

/// Chooses the outside of a world; what is not chosen is not there.
pub struct Builder {
    seed: u64,
    clock: FrozenClock,
    http: Arc<dyn Http>,
    platforms: Platforms,
    tools: Arc<dyn MediaTools>,
    public_url: String,
}

impl TestWorld {
    /// A world without network, platforms and media tools.
    pub async fn start() -> Self {
        Self::builder().start().await
    }

    pub fn builder() -> Builder {
        Builder {
            seed: 1,
            clock: FrozenClock::default(),
            http: Arc::new(NoNetwork),
            platforms: Platforms::default(),
            tools: Arc::new(NoTools),
            public_url: "https://daybill.test".to_owned(),
        }
    }

    /// The address of the database, for a program under test.
    pub fn database_url(&self) -> String {
        self.database.url()
    }

    /// A connection as the owner of the tables, outside pools and roles. Row-level security holds for it too.
    pub async fn login(&self) -> PgConnection {
        self.database.connect().await
    }

    /// Runs statements as the owner of the tables.
    pub async fn sql(&self, statements: &str) {
        let mut login = self.login().await;
        let done = sqlx::raw_sql(sqlx::AssertSqlSafe(statements)).execute(&mut login).await;
        if let Err(error) = done {
            panic!("`{statements}` failed: {error}");
        }
    }

    /// Lets mails that are due go out, and returns all that went out so far, newest first.
    pub async fn mails(&self) -> Vec<Mail> {
        notify::relay(&self.domain, &KeepMails::new(&self.domain)).await.expect("mails can be relayed");
        notify::recent(&self.domain, 1000).await.expect("kept mails can be read")
    }
}

impl Builder {
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    #[must_use]
    pub fn clock(mut self, clock: FrozenClock) -> Self {
        self.clock = clock;
        self
    }

    #[must_use]
    pub fn http(mut self, http: impl Http + 'static) -> Self {
        self.http = Arc::new(http);
        self
    }

    #[must_use]
    pub fn platforms(mut self, platforms: Platforms) -> Self {
        self.platforms = platforms;
        self
    }

    #[must_use]
    pub fn tools(mut self, tools: impl MediaTools + 'static) -> Self {
        self.tools = Arc::new(tools);
        self
    }

    #[must_use]
    pub fn public_url(mut self, url: &str) -> Self {
        url.trim_end_matches('/').clone_into(&mut self.public_url);
        self
    }

    pub async fn start(self) -> TestWorld {
        let database = Database::make().await;
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let clock = Arc::new(self.clock);
        let rng: Arc<dyn Rng> = Arc::new(SeededRng::new(self.seed));
        let db = Db::connect(&database.url(), CONNECTIONS).await.expect("the database was just made");
        let domain = Domain::new(Parts {
            db,
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            vault: Vault::from_key([7; 32], Arc::clone(&rng)),
            rng,
            passwords: Passwords::for_tests(),
            http: self.http,
            platforms: self.platforms,
            files: Arc::new(Storage::local(folder.path()).expect("the folder was just made")),
            tools: self.tools,
            public_url: self.public_url,
        });
        TestWorld { domain, clock, _folder: folder, database }
    }
}
