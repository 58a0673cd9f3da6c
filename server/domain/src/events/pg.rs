//! The one statement that tells.

use sqlx::PgConnection;

pub(super) async fn notify(conn: &mut PgConnection, channel: &str, text: &str) -> sqlx::Result<()> {
    sqlx::query!("select pg_notify($1, $2)", channel, text).execute(conn).await?;
    Ok(())
}
