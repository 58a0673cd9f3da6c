//! The wrapped keys of workspaces.

use model::WorkspaceId;
use sqlx::PgConnection;
use uuid::Uuid;

pub(super) struct KeyRow {
    pub(super) id: Uuid,
    pub(super) kek_id: String,
    pub(super) wrapped: Vec<u8>,
}

pub(super) async fn find(
    conn: &mut PgConnection,
    workspace: WorkspaceId,
    id: Uuid,
) -> sqlx::Result<Option<KeyRow>> {
    sqlx::query_as!(
        KeyRow,
        "select id, kek_id, wrapped from workspace_keys where workspace_id = $1 and id = $2",
        workspace.0,
        id
    )
    .fetch_optional(conn)
    .await
}

/// The key that seals new values.
pub(super) async fn find_sealing(
    conn: &mut PgConnection,
    workspace: WorkspaceId,
) -> sqlx::Result<Option<KeyRow>> {
    sqlx::query_as!(
        KeyRow,
        "select id, kek_id, wrapped from workspace_keys where workspace_id = $1 and retired_at is null",
        workspace.0
    )
    .fetch_optional(conn)
    .await
}

/// Adds a key unless the workspace has one that seals.
pub(super) async fn insert(
    conn: &mut PgConnection,
    workspace: WorkspaceId,
    id: Uuid,
    kek_id: &str,
    wrapped: &[u8],
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into workspace_keys (workspace_id, id, kek_id, wrapped, created_at)
         values ($1, $2, $3, $4, now())
         on conflict (workspace_id) where retired_at is null do nothing",
        workspace.0,
        id,
        kek_id,
        wrapped
    )
    .execute(conn)
    .await?;
    Ok(())
}
