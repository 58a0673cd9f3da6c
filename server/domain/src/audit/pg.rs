//! The trail and its ends.

use jiff_sqlx::{Timestamp, ToSqlx as _};
use model::{UserId, WorkspaceId};
use serde_json::Value;
use sqlx::PgConnection;

use super::chain::BEGINNING;

pub(super) struct EntryRow {
    pub(super) seq: i64,
    pub(super) at: jiff::Timestamp,
    pub(super) actor: Option<UserId>,
    pub(super) what: String,
    pub(super) object: String,
    pub(super) facts: Value,
    pub(super) prev: Vec<u8>,
    pub(super) hash: Vec<u8>,
}

pub(super) struct Head {
    pub(super) seq: i64,
    pub(super) hash: Vec<u8>,
    pub(super) at: jiff::Timestamp,
}

/// Takes the next number; the row lock keeps other appends waiting until this transaction ends.
pub(super) async fn advance_head(conn: &mut PgConnection, workspace: WorkspaceId) -> sqlx::Result<Head> {
    let row = sqlx::query!(
        r#"insert into audit_heads (workspace_id, seq, hash) values ($1, 1, $2)
           on conflict (workspace_id) do update set seq = audit_heads.seq + 1
           returning seq, hash, now() as "at!: Timestamp""#,
        workspace.0,
        &BEGINNING
    )
    .fetch_one(conn)
    .await?;
    Ok(Head { seq: row.seq, hash: row.hash, at: row.at.to_jiff() })
}

pub(super) async fn update_head(
    conn: &mut PgConnection,
    workspace: WorkspaceId,
    hash: &[u8],
) -> sqlx::Result<()> {
    sqlx::query!("update audit_heads set hash = $2 where workspace_id = $1", workspace.0, hash)
        .execute(conn)
        .await?;
    Ok(())
}

pub(super) async fn find_head(conn: &mut PgConnection, workspace: WorkspaceId) -> sqlx::Result<Option<Head>> {
    let row = sqlx::query!(
        r#"select seq, hash, now() as "at!: Timestamp" from audit_heads where workspace_id = $1"#,
        workspace.0
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| Head { seq: row.seq, hash: row.hash, at: row.at.to_jiff() }))
}

pub(super) async fn insert(
    conn: &mut PgConnection,
    workspace: WorkspaceId,
    row: &EntryRow,
    hash: &[u8],
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into audit_entries (workspace_id, seq, at, actor, what, object, facts, prev, hash)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        workspace.0,
        row.seq,
        row.at.to_sqlx() as _,
        row.actor.map(|actor| actor.0),
        row.what,
        row.object,
        row.facts,
        row.prev,
        hash
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Entries after `after`, up to `end`, in order.
pub(super) async fn list(
    conn: &mut PgConnection,
    workspace: WorkspaceId,
    after: i64,
    end: i64,
    limit: i64,
) -> sqlx::Result<Vec<EntryRow>> {
    let rows = sqlx::query!(
        r#"select seq, at as "at: Timestamp", actor as "actor: UserId", what, object, facts, prev, hash
           from audit_entries where workspace_id = $1 and seq > $2 and seq <= $3 order by seq limit $4"#,
        workspace.0,
        after,
        end,
        limit
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| EntryRow {
            seq: row.seq,
            at: row.at.to_jiff(),
            actor: row.actor,
            what: row.what,
            object: row.object,
            facts: row.facts,
            prev: row.prev,
            hash: row.hash,
        })
        .collect())
}

/// Whether entries lie outside 1 to the end that the head names *now*.
pub(super) async fn has_beyond(
    conn: &mut PgConnection,
    workspace: WorkspaceId,
    end: i64,
) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"select exists (
               select from audit_entries e
               where e.workspace_id = $1
                 and (e.seq < 1 or e.seq > greatest(
                     $2, (select seq from audit_heads h where h.workspace_id = $1)))
           ) as "is!""#,
        workspace.0,
        end
    )
    .fetch_one(conn)
    .await
}
