//! Workspaces and memberships.

use jiff_sqlx::ToSqlx as _;
use model::{Role, UserId, WorkspaceId};
use sqlx::PgConnection;

pub(super) async fn insert(
    conn: &mut PgConnection,
    id: WorkspaceId,
    name: &str,
    creator: UserId,
    now: jiff::Timestamp,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into workspaces (id, name, created_by, created_at) values ($1, $2, $3, $4)",
        id.0,
        name,
        creator.0,
        now.to_sqlx() as _
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn insert_member(
    conn: &mut PgConnection,
    workspace: WorkspaceId,
    user: UserId,
    role: Role,
    now: jiff::Timestamp,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into memberships (workspace_id, user_id, role, created_at) values ($1, $2, $3, $4)",
        workspace.0,
        user.0,
        role.as_str(),
        now.to_sqlx() as _
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn find_role(
    conn: &mut PgConnection,
    workspace: WorkspaceId,
    user: UserId,
) -> sqlx::Result<Option<Role>> {
    sqlx::query_scalar!(
        r#"select role as "role: Role" from memberships where workspace_id = $1 and user_id = $2"#,
        workspace.0,
        user.0
    )
    .fetch_optional(conn)
    .await
}

pub(super) async fn get_name(conn: &mut PgConnection, workspace: WorkspaceId) -> sqlx::Result<String> {
    sqlx::query_scalar!("select name from workspaces where id = $1", workspace.0).fetch_one(conn).await
}
