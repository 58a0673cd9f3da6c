//! A database per test, copied from one that was migrated once.
//!
//! The cluster comes from `DAYBILL_TEST_PG` (the address of any database in it, for the login `daybill`),
//! which the set-up script of nextest sets for a whole run. Without it the first world of a process starts
//! a throw-away cluster and the last one stops it, so nothing is left behind either way.

use std::env;
use std::str::FromStr as _;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Weak};

use embedded::{Kind, Postgres};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, PgConnection};
use tempfile::TempDir;
use tokio::sync::Mutex;
use url::Url;

/// A database of one test. Dropping removes it.
pub(crate) struct Database {
    name: String,
    cluster: Arc<Cluster>,
}

impl Database {
    pub(crate) async fn make() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let cluster = Cluster::find().await;
        let template = template(&cluster).await;
        let name = format!("test_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let mut login = cluster.connect("daybill").await;
        run(&mut login, &format!("create database {name} template {template}")).await;
        login.close().await.expect("the cluster is up");
        Self { name, cluster }
    }

    pub(crate) fn url(&self) -> String {
        self.cluster.url(&self.name)
    }

    /// As the login itself, who owns the tables.
    pub(crate) async fn connect(&self) -> PgConnection {
        self.cluster.connect(&self.name).await
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let (cluster, name) = (Arc::clone(&self.cluster), self.name.clone());
        // A thread and a runtime of its own: a test's runtime may be the one that is unwinding.
        let removed = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime can be made").block_on(async {
                let mut login = cluster.connect("daybill").await;
                run(&mut login, &format!("drop database if exists {name} with (force)")).await;
            });
        });
        if removed.join().is_err() {
            eprintln!("the database {} of a test stays behind in its cluster", self.name);
        }
    }
}

struct Cluster {
    /// The address of database `daybill`.
    url: Url,
    _own: Option<Own>,
}

/// Dropped in this order: first the server, then its folder.
struct Own {
    _server: Postgres,
    _dir: TempDir,
}

impl Cluster {
    async fn find() -> Arc<Self> {
        static RUNNING: Mutex<Weak<Cluster>> = Mutex::const_new(Weak::new());
        let mut running = RUNNING.lock().await;
        if let Some(cluster) = running.upgrade() {
            return cluster;
        }
        let cluster = Arc::new(match env::var("DAYBILL_TEST_PG") {
            Ok(url) => Self { url: url.parse().expect("DAYBILL_TEST_PG is an address"), _own: None },
            Err(_) => Self::start().await,
        });
        *running = Arc::downgrade(&cluster);
        cluster
    }

    async fn start() -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder can be made");
        let server = match Postgres::start(dir.path(), Kind::ThrowAway).await {
            Ok(server) => server,
            Err(error) => panic!("no PostgreSQL for this test: {error}"),
        };
        let url = server.url("daybill").parse().expect("embedded gives addresses");
        Self { url, _own: Some(Own { _server: server, _dir: dir }) }
    }

    fn url(&self, database: &str) -> String {
        let mut url = self.url.clone();
        url.set_path(database);
        url.into()
    }

    async fn connect(&self, database: &str) -> PgConnection {
        let options = PgConnectOptions::from_str(&self.url(database)).expect("embedded gives addresses");
        options.connect().await.expect("the cluster of the test run answers")
    }
}

/// The name of the migrated database to copy. Made by whoever comes first; others wait. It gets its name
/// when it is complete, so that one left half-made by a killed test is not taken for it.
async fn template(cluster: &Cluster) -> String {
    let name = format!("schema_{}", domain::db::schema_id());
    let mut login = cluster.connect("daybill").await;
    run(&mut login, "select pg_advisory_lock(7310)").await;
    let is_there: bool = sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
        .bind(&name)
        .fetch_one(&mut login)
        .await
        .expect("the cluster of the test run answers");
    if !is_there {
        let draft = format!("{name}_draft");
        run(&mut login, &format!("drop database if exists {draft} with (force)")).await;
        run(&mut login, &format!("create database {draft}")).await;
        domain::db::migrate(&cluster.url(&draft)).await.expect("the migrations run on an empty database");
        run(&mut login, &format!("alter database {draft} rename to {name}")).await;
    }
    // Closing gives the lock back.
    login.close().await.expect("the cluster is up");
    name
}

async fn run(login: &mut PgConnection, sql: &str) {
    let done = sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(login).await;
    if let Err(error) = done {
        panic!("`{sql}` failed: {error}");
    }
}
