//! Tries to sign in, by address.

use jiff::Timestamp as Instant;
use jiff_sqlx::{Timestamp, ToSqlx as _};
use sqlx::PgConnection;

pub(in crate::accounts) struct Tries {
    pub(in crate::accounts) tries: i32,
    pub(in crate::accounts) blocked_until: Instant,
}

/// The counter of an address, made if missing, locked. Begins anew if the last try was before `forget`.
pub(in crate::accounts) async fn lock_tries(
    conn: &mut PgConnection,
    email_hash: &[u8],
    now: Instant,
    forget: Instant,
) -> sqlx::Result<Tries> {
    let row = sqlx::query!(
        r#"insert into sign_in_throttle (email_hash, tries, first_try_at, last_try_at, blocked_until)
           values ($1, 0, $2, $2, $2)
           on conflict (email_hash) do update
               set tries = case when sign_in_throttle.last_try_at < $3 then 0 else sign_in_throttle.tries end
           returning tries, blocked_until as "blocked_until: Timestamp""#,
        email_hash,
        now.to_sqlx() as _,
        forget.to_sqlx() as _
    )
    .fetch_one(conn)
    .await?;
    Ok(Tries { tries: row.tries, blocked_until: row.blocked_until.to_jiff() })
}

pub(in crate::accounts) async fn update_tries(
    conn: &mut PgConnection,
    email_hash: &[u8],
    tries: i32,
    now: Instant,
    blocked_until: Instant,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update sign_in_throttle set tries = $2, last_try_at = $3, blocked_until = $4 where email_hash = $1",
        email_hash,
        tries,
        now.to_sqlx() as _,
        blocked_until.to_sqlx() as _
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(in crate::accounts) async fn delete_tries(
    conn: &mut PgConnection,
    email_hash: &[u8],
) -> sqlx::Result<()> {
    sqlx::query!("delete from sign_in_throttle where email_hash = $1", email_hash).execute(conn).await?;
    Ok(())
}

/// Forgets counters nobody has touched since; a few at a time, so that no try waits for it.
pub(in crate::accounts) async fn delete_old_tries(
    conn: &mut PgConnection,
    before: Instant,
) -> sqlx::Result<()> {
    sqlx::query!(
        "delete from sign_in_throttle where email_hash in (
             select email_hash from sign_in_throttle where last_try_at < $1 order by last_try_at
             limit 50 for update skip locked
         )",
        before.to_sqlx() as _
    )
    .execute(conn)
    .await?;
    Ok(())
}
