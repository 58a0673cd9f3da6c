//! People.

use jiff::Timestamp as Instant;
use jiff_sqlx::{Timestamp, ToSqlx as _};
use model::{BrandId, UserId, WorkspaceId};
use sqlx::PgConnection;

pub(in crate::accounts) struct UserRow {
    pub(in crate::accounts) id: UserId,
    pub(in crate::accounts) email: String,
    pub(in crate::accounts) name: String,
    pub(in crate::accounts) verified_at: Option<Instant>,
}

/// Adds a person unless the address is taken.
pub(in crate::accounts) async fn insert_user(
    conn: &mut PgConnection,
    id: UserId,
    email: &str,
    name: &str,
    now: Instant,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into users (id, email, name, created_at) values ($1, $2, $3, $4) on conflict (email) do nothing",
        id.0,
        email,
        name,
        now.to_sqlx() as _
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(in crate::accounts) async fn get_user_by_email(
    conn: &mut PgConnection,
    email: &str,
) -> sqlx::Result<UserRow> {
    let row = sqlx::query!(
        r#"select id as "id: UserId", email, name, verified_at as "verified_at: Timestamp"
           from users where email = $1"#,
        email
    )
    .fetch_one(conn)
    .await?;
    let verified_at = row.verified_at.map(Timestamp::to_jiff);
    Ok(UserRow { id: row.id, email: row.email, name: row.name, verified_at })
}

pub(in crate::accounts) async fn find_user(
    conn: &mut PgConnection,
    id: UserId,
) -> sqlx::Result<Option<UserRow>> {
    let row = sqlx::query!(
        r#"select id as "id: UserId", email, name, verified_at as "verified_at: Timestamp"
           from users where id = $1"#,
        id.0
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| UserRow {
        id: row.id,
        email: row.email,
        name: row.name,
        verified_at: row.verified_at.map(Timestamp::to_jiff),
    }))
}

pub(in crate::accounts) async fn update_verified(
    conn: &mut PgConnection,
    id: UserId,
    name: &str,
    now: Instant,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update users set verified_at = $2, name = $3 where id = $1",
        id.0,
        now.to_sqlx() as _,
        name
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(in crate::accounts) async fn lock_last_place(
    conn: &mut PgConnection,
    id: UserId,
) -> sqlx::Result<Option<(WorkspaceId, BrandId)>> {
    let row = sqlx::query!(
        r#"select last_workspace_id as "workspace: WorkspaceId", last_brand_id as "brand: BrandId"
           from users where id = $1 for update"#,
        id.0
    )
    .fetch_one(conn)
    .await?;
    Ok(row.workspace.zip(row.brand))
}

pub(in crate::accounts) async fn update_user_place(
    conn: &mut PgConnection,
    id: UserId,
    workspace: WorkspaceId,
    brand: BrandId,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update users set last_workspace_id = $2, last_brand_id = $3 where id = $1",
        id.0,
        workspace.0,
        brand.0
    )
    .execute(conn)
    .await?;
    Ok(())
}
