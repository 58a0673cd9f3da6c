//! Brands.

use jiff_sqlx::ToSqlx as _;
use model::{BrandId, BrandView, WorkspaceId};
use sqlx::PgConnection;

pub(super) async fn insert(
    conn: &mut PgConnection,
    workspace: WorkspaceId,
    brand: &BrandView,
    now: jiff::Timestamp,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into brands (workspace_id, id, name, zone, created_at) values ($1, $2, $3, $4, $5)",
        workspace.0,
        brand.id.0,
        brand.name,
        brand.zone,
        now.to_sqlx() as _
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn find(
    conn: &mut PgConnection,
    workspace: WorkspaceId,
    id: BrandId,
) -> sqlx::Result<Option<BrandView>> {
    sqlx::query_as!(
        BrandView,
        r#"select id as "id: BrandId", name, zone from brands where workspace_id = $1 and id = $2"#,
        workspace.0,
        id.0
    )
    .fetch_optional(conn)
    .await
}
