//! Links that prove an address.

use jiff::Timestamp as Instant;
use jiff_sqlx::{Timestamp, ToSqlx as _};
use model::UserId;
use sqlx::PgConnection;

use crate::accounts::passwords::Hashed;
use crate::accounts::sign_up::Pending;

pub(in crate::accounts) struct Link {
    pub(in crate::accounts) user: UserId,
    pub(in crate::accounts) is_verified: bool,
    pub(in crate::accounts) pending: Pending,
    pub(in crate::accounts) expires_at: Instant,
    pub(in crate::accounts) used_at: Option<Instant>,
}

pub(in crate::accounts) async fn insert_link(
    conn: &mut PgConnection,
    token_hash: &[u8],
    user: UserId,
    pending: &Pending,
    now: Instant,
    expires_at: Instant,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into email_verifications (token_hash, user_id, name, phc, pepper_id, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        token_hash,
        user.0,
        pending.name,
        pending.password.phc,
        pending.password.pepper_id,
        now.to_sqlx() as _,
        expires_at.to_sqlx() as _
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(in crate::accounts) async fn count_links_since(
    conn: &mut PgConnection,
    user: UserId,
    since: Instant,
) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from email_verifications where user_id = $1 and created_at > $2"#,
        user.0,
        since.to_sqlx() as _
    )
    .fetch_one(conn)
    .await
}

/// The link with its person, both locked: of two clicks at once the second finds it used.
pub(in crate::accounts) async fn lock_link(
    conn: &mut PgConnection,
    token_hash: &[u8],
) -> sqlx::Result<Option<Link>> {
    let row = sqlx::query!(
        r#"select v.user_id as "user: UserId", v.name, v.phc, v.pepper_id,
                  v.expires_at as "expires_at: Timestamp", v.used_at as "used_at: Timestamp",
                  u.verified_at is not null as "is_verified!"
           from users u join email_verifications v on v.user_id = u.id
           where v.token_hash = $1
           for update"#,
        token_hash
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| Link {
        user: row.user,
        is_verified: row.is_verified,
        pending: Pending { name: row.name, password: Hashed { phc: row.phc, pepper_id: row.pepper_id } },
        expires_at: row.expires_at.to_jiff(),
        used_at: row.used_at.map(Timestamp::to_jiff),
    }))
}

pub(in crate::accounts) async fn update_link_used(
    conn: &mut PgConnection,
    token_hash: &[u8],
    now: Instant,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update email_verifications set used_at = $2 where token_hash = $1",
        token_hash,
        now.to_sqlx() as _
    )
    .execute(conn)
    .await?;
    Ok(())
}
