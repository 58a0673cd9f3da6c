//! Sessions.

use jiff::Timestamp as Instant;
use jiff_sqlx::{Timestamp, ToSqlx as _};
use model::{BrandId, SessionId, UserId, WorkspaceId};
use sqlx::PgConnection;

pub(in crate::accounts) struct NewSessionRow {
    pub(in crate::accounts) id: SessionId,
    pub(in crate::accounts) token_hash: [u8; 32],
    pub(in crate::accounts) user: UserId,
    pub(in crate::accounts) now: Instant,
    pub(in crate::accounts) ends_at: Instant,
    pub(in crate::accounts) ip_prefix: Option<String>,
    pub(in crate::accounts) user_agent: Option<String>,
}

pub(in crate::accounts) struct SessionRow {
    pub(in crate::accounts) id: SessionId,
    pub(in crate::accounts) user: UserId,
    pub(in crate::accounts) place: Option<(WorkspaceId, BrandId)>,
    pub(in crate::accounts) last_seen_at: Instant,
    pub(in crate::accounts) ends_at: Instant,
}

/// Adds a session; it begins where the person was last.
pub(in crate::accounts) async fn insert_session(
    conn: &mut PgConnection,
    row: &NewSessionRow,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into sessions (id, token_hash, user_id, current_workspace_id, current_brand_id,
                               created_at, last_seen_at, ends_at, ip_prefix, user_agent)
         select $1, $2, u.id, u.last_workspace_id, u.last_brand_id, $4, $4, $5, $6, $7
         from users u where u.id = $3",
        row.id.0,
        &row.token_hash,
        row.user.0,
        row.now.to_sqlx() as _,
        row.ends_at.to_sqlx() as _,
        row.ip_prefix,
        row.user_agent
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(in crate::accounts) async fn find_session(
    conn: &mut PgConnection,
    token_hash: &[u8],
) -> sqlx::Result<Option<SessionRow>> {
    let row = sqlx::query!(
        r#"select id as "id: SessionId", user_id as "user: UserId",
                  current_workspace_id as "workspace: WorkspaceId", current_brand_id as "brand: BrandId",
                  last_seen_at as "last_seen_at: Timestamp", ends_at as "ends_at: Timestamp"
           from sessions where token_hash = $1"#,
        token_hash
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| SessionRow {
        id: row.id,
        user: row.user,
        place: row.workspace.zip(row.brand),
        last_seen_at: row.last_seen_at.to_jiff(),
        ends_at: row.ends_at.to_jiff(),
    }))
}

pub(in crate::accounts) async fn update_seen(
    conn: &mut PgConnection,
    id: SessionId,
    now: Instant,
) -> sqlx::Result<()> {
    sqlx::query!("update sessions set last_seen_at = $2 where id = $1", id.0, now.to_sqlx() as _)
        .execute(conn)
        .await?;
    Ok(())
}

pub(in crate::accounts) async fn update_session_place(
    conn: &mut PgConnection,
    id: SessionId,
    workspace: WorkspaceId,
    brand: BrandId,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update sessions set current_workspace_id = $2, current_brand_id = $3 where id = $1",
        id.0,
        workspace.0,
        brand.0
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(in crate::accounts) async fn delete_session(conn: &mut PgConnection, id: SessionId) -> sqlx::Result<()> {
    sqlx::query!("delete from sessions where id = $1", id.0).execute(conn).await?;
    Ok(())
}

pub(in crate::accounts) async fn delete_ended_sessions(
    conn: &mut PgConnection,
    user: UserId,
    now: Instant,
    idle_since: Instant,
) -> sqlx::Result<()> {
    sqlx::query!(
        "delete from sessions where user_id = $1 and (ends_at <= $2 or last_seen_at <= $3)",
        user.0,
        now.to_sqlx() as _,
        idle_since.to_sqlx() as _
    )
    .execute(conn)
    .await?;
    Ok(())
}
