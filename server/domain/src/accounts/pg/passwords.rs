//! Passwords as hashes.

use jiff::Timestamp as Instant;
use jiff_sqlx::ToSqlx as _;
use model::UserId;
use sqlx::PgConnection;

use crate::accounts::passwords::Hashed;
use crate::accounts::sign_in::Found;
use crate::accounts::sign_up::Pending;

pub(in crate::accounts) async fn insert_password(
    conn: &mut PgConnection,
    user: UserId,
    password: &Hashed,
    now: Instant,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into password_hashes (user_id, phc, pepper_id, set_at) values ($1, $2, $3, $4)",
        user.0,
        password.phc,
        password.pepper_id,
        now.to_sqlx() as _
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(in crate::accounts) async fn update_password(
    conn: &mut PgConnection,
    user: UserId,
    password: &Hashed,
    now: Instant,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update password_hashes set phc = $2, pepper_id = $3, set_at = $4 where user_id = $1",
        user.0,
        password.phc,
        password.pepper_id,
        now.to_sqlx() as _
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The account of an address with its password; while it is not verified, with the one it asked for last.
pub(in crate::accounts) async fn find_credentials(
    conn: &mut PgConnection,
    email: &str,
) -> sqlx::Result<Option<Found>> {
    let row = sqlx::query!(
        r#"select u.id as "user: UserId",
                  u.verified_at is not null as "is_verified!",
                  coalesce(p.name, u.name) as "name!",
                  coalesce(h.phc, p.phc) as phc,
                  coalesce(h.pepper_id, p.pepper_id) as pepper_id
           from users u
           left join password_hashes h on h.user_id = u.id
           left join lateral (
               select v.name, v.phc, v.pepper_id from email_verifications v
               where v.user_id = u.id and u.verified_at is null
               order by v.created_at desc limit 1
           ) p on true
           where u.email = $1"#,
        email
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.and_then(|row| {
        let password = Hashed { phc: row.phc?, pepper_id: row.pepper_id? };
        Some(Found {
            user: row.user,
            is_verified: row.is_verified,
            pending: Pending { name: row.name, password },
        })
    }))
}
