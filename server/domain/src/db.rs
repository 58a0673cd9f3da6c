//! The way to PostgreSQL: two pools with their roles, and the only types that hand out an executor.
//!
//! How a `pg.rs` is written (`notify/pg.rs` and `accounts/pg/` are models):
//! - Functions take `conn: &mut PgConnection` (a use case passes `tx.conn()`), return `sqlx::Result`, and
//!   use `sqlx::query!` / `query_as!` / `query_scalar!` with the SQL in lower case.
//! - Times out: name the column's type, `select created_at as "created_at: Timestamp"`, where
//!   `use jiff_sqlx::{Timestamp, ToSqlx as _}`; then `row.created_at.to_jiff()`. Nullable and `returning`
//!   columns the same way; computed ones need `!` or `?`: `max(at) as "at?: Timestamp"`.
//! - Times in: `at.to_sqlx() as _` (an `Option`: `at.map(|at| at.to_sqlx()) as _`); `as _` tells the macro
//!   not to check against a type it does not know.
//! - Our types: `id as "id: UserId"`, `role as "role: Role"`; in: `user.0`, `role.as_str()`.
//! - A `TenantTx` sees its workspace only, yet each query names `workspace_id` too: the plan is better
//!   and a forgotten policy harms less. `WorkspaceId` comes from `tx.workspace()`.
//! - After a change: `cargo sqlx prepare` is done by `cargo xtask prepare`.

use std::str::FromStr;
use std::time::Duration;

use model::{AppError, ErrorKind, WorkspaceId};
use sha2::{Digest as _, Sha256};
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _, PgPool, Postgres, Transaction};

/// Pages and the API act as `app`, dispatcher and workers as `worker`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DbRole {
    App,
    Worker,
}

impl DbRole {
    fn sql(self) -> &'static str {
        match self {
            Self::App => "set role app",
            Self::Worker => "set role worker",
        }
    }
}

/// Both pools. Private to this crate: use cases get a [`TenantTx`] or a [`SystemTx`].
#[derive(Clone)]
pub struct Db {
    app: PgPool,
    worker: PgPool,
}

impl Db {
    /// Connects both pools; `max` connections each.
    pub async fn connect(url: &str, max: u32) -> Result<Self, sqlx::Error> {
        Ok(Self { app: pool(url, DbRole::App, max).await?, worker: pool(url, DbRole::Worker, max).await? })
    }

    pub(crate) fn pool(&self, role: DbRole) -> &PgPool {
        match role {
            DbRole::App => &self.app,
            DbRole::Worker => &self.worker,
        }
    }

    /// A transaction that sees one workspace and nothing else.
    pub(crate) async fn tenant(&self, workspace: WorkspaceId) -> Result<TenantTx, sqlx::Error> {
        self.tenant_as(DbRole::App, workspace).await
    }

    pub(crate) async fn tenant_as(
        &self,
        role: DbRole,
        workspace: WorkspaceId,
    ) -> Result<TenantTx, sqlx::Error> {
        self.system(role).await?.enter(workspace).await
    }

    /// A transaction over tables that belong to no workspace (users, sessions, mails) or, as `worker`,
    /// over the columns the dispatcher may see of all.
    pub(crate) async fn system(&self, role: DbRole) -> Result<SystemTx, sqlx::Error> {
        Ok(SystemTx { tx: self.pool(role).begin().await? })
    }

    /// Whether PostgreSQL answers.
    pub async fn answers(&self) -> bool {
        sqlx::query_scalar!("select 1 as \"one!\"").fetch_one(&self.app).await.is_ok()
    }

    /// The database's time, by which everything that is due is judged.
    pub async fn now(&self) -> Result<jiff::Timestamp, sqlx::Error> {
        let ms =
            sqlx::query_scalar!(r#"select (extract(epoch from clock_timestamp()) * 1000)::bigint as "ms!""#)
                .fetch_one(&self.app)
                .await?;
        jiff::Timestamp::from_millisecond(ms).map_err(|error| sqlx::Error::Decode(error.into()))
    }

    /// Closes all connections.
    pub async fn close(&self) {
        self.app.close().await;
        self.worker.close().await;
    }
}

async fn pool(url: &str, role: DbRole, max: u32) -> Result<PgPool, sqlx::Error> {
    let options = PgConnectOptions::from_str(url)?
        .application_name(match role {
            DbRole::App => "daybill app",
            DbRole::Worker => "daybill worker",
        })
        // PUBLISHING §2, rule 14.
        .options([
            ("lock_timeout", "2s"),
            ("statement_timeout", "15s"),
            ("idle_in_transaction_session_timeout", "10s"),
        ]);
    PgPoolOptions::new()
        .max_connections(max)
        .acquire_timeout(Duration::from_secs(5))
        .after_connect(move |connection, _| {
            Box::pin(async move {
                connection.execute(role.sql()).await?;
                Ok(())
            })
        })
        .connect_with(options)
        .await
}

/// A transaction inside one workspace: row-level security shows its rows only.
pub struct TenantTx {
    tx: Transaction<'static, Postgres>,
    workspace: WorkspaceId,
}

impl TenantTx {
    pub fn workspace(&self) -> WorkspaceId {
        self.workspace
    }

    pub(crate) fn conn(&mut self) -> &mut sqlx::PgConnection {
        &mut self.tx
    }

    pub(crate) async fn commit(self) -> Result<(), sqlx::Error> {
        self.tx.commit().await
    }
}

/// A transaction outside workspaces; with row-level security it sees no row of any.
pub struct SystemTx {
    tx: Transaction<'static, Postgres>,
}

impl SystemTx {
    pub(crate) fn conn(&mut self) -> &mut sqlx::PgConnection {
        &mut self.tx
    }

    pub(crate) async fn commit(self) -> Result<(), sqlx::Error> {
        self.tx.commit().await
    }

    /// Goes on inside one workspace, in the same transaction. There is no way back: what a workspace may
    /// see is decided once per transaction.
    pub(crate) async fn enter(self, workspace: WorkspaceId) -> Result<TenantTx, sqlx::Error> {
        let mut tx = self.tx;
        sqlx::query!("select set_config('app.workspace_id', $1, true)", workspace.0.to_string())
            .fetch_one(&mut *tx)
            .await?;
        Ok(TenantTx { tx, workspace })
    }
}

/// Why the database cannot be used as it is.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    #[error("failed to reach the database")]
    Connect(#[source] sqlx::Error),
    #[error("failed to bring the database up to date")]
    Migrate(#[source] sqlx::migrate::MigrateError),
    #[error("failed to read the settings of the database")]
    Settings(#[source] sqlx::Error),
    #[error(
        "PostgreSQL runs with {0}=off: a crash would lose commits, and with them the proof of what was sent"
    )]
    NotDurable(&'static str),
    #[error("the login `{0}` passes row-level security (superuser or bypassrls); use one that does not")]
    TooPowerful(String),
    #[error("PostgreSQL {0} is too old; 15 or newer is needed")]
    TooOld(i32),
}

/// What the data in a database is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worth {
    /// Commits must survive a crash.
    Kept,
    /// A test's; speed is worth more.
    ThrowAway,
}

static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations");

/// Names the schema of this program: two programs with the same migrations have the same.
pub fn schema_id() -> String {
    let mut hash = Sha256::new();
    for migration in MIGRATIONS.iter() {
        hash.update(migration.version.to_be_bytes());
        hash.update(&migration.checksum);
    }
    hex::encode(&hash.finalize()[..8])
}

/// Brings the schema up to date, as the login itself, who owns the tables. Programs that start at the same
/// time take turns. Safe to run again.
pub async fn migrate(url: &str) -> Result<(), SetupError> {
    // A migration that waits for a lock makes everybody behind it wait too; better it fails and is
    // repeated (migrations/README.md).
    let mut connection = PgConnectOptions::from_str(url)
        .map_err(SetupError::Connect)?
        .application_name("daybill migrate")
        .options([("lock_timeout", "10s")])
        .connect()
        .await
        .map_err(SetupError::Connect)?;
    MIGRATIONS.run(&mut connection).await.map_err(SetupError::Migrate)?;
    connection.close().await.map_err(SetupError::Connect)
}

/// The start check: refuses a database that would forget commits or a login that sees all rows.
pub async fn check_settings(url: &str, worth: Worth) -> Result<(), SetupError> {
    let mut connection = PgConnectOptions::from_str(url)
        .map_err(SetupError::Connect)?
        .application_name("daybill check")
        .connect()
        .await
        .map_err(SetupError::Connect)?;
    let found = sqlx::query!(
        r#"select current_setting('fsync') = 'off' as "no_fsync!",
                  current_setting('synchronous_commit') = 'off' as "no_sync_commit!",
                  current_setting('full_page_writes') = 'off' as "no_page_writes!",
                  current_setting('server_version_num')::int as "version!",
                  session_user::text as "login!",
                  (select rolsuper or rolbypassrls from pg_roles where rolname = session_user) as "sees_all!""#
    )
    .fetch_one(&mut connection)
    .await
    .map_err(SetupError::Settings)?;
    connection.close().await.map_err(SetupError::Settings)?;
    if found.version < 150_000 {
        return Err(SetupError::TooOld(found.version / 10_000));
    }
    if found.sees_all {
        return Err(SetupError::TooPowerful(found.login));
    }
    if worth == Worth::Kept {
        let risks = [
            ("fsync", found.no_fsync),
            ("synchronous_commit", found.no_sync_commit),
            ("full_page_writes", found.no_page_writes),
        ];
        if let Some((setting, _)) = risks.into_iter().find(|(_, is_off)| *is_off) {
            return Err(SetupError::NotDurable(setting));
        }
    }
    Ok(())
}

/// What to tell a person when the database failed under a use case. The transaction is gone with it.
pub(crate) fn store_failed(error: &sqlx::Error) -> AppError {
    use sqlx::Error::{Io, PoolClosed, PoolTimedOut, Protocol, Tls, WorkerCrashed};
    let is_away = match error {
        Io(_) | Tls(_) | Protocol(_) | PoolTimedOut | PoolClosed | WorkerCrashed => true,
        // 57: the server is going down or cancels; 53: out of something; 55P03: lock_timeout.
        sqlx::Error::Database(error) => error
            .code()
            .is_some_and(|code| code.starts_with("57") || code.starts_with("53") || code == "55P03"),
        _ => false,
    };
    if is_away {
        AppError::new(
            ErrorKind::Unavailable,
            "The database does not answer in time. This was not saved; everything saved before is safe. Try \
             again in a minute.",
        )
    } else {
        AppError::internal(String::new())
    }
}
