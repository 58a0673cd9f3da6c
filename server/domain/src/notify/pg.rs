//! The outbox and the mails that were kept.

use jiff::Timestamp as Instant;
use jiff_sqlx::{Timestamp, ToSqlx as _};
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use super::Mail;

pub(super) struct Due {
    pub(super) id: Uuid,
    pub(super) payload: Value,
    pub(super) created_at: Instant,
    /// This one included.
    pub(super) tries: i32,
}

pub(super) async fn insert(
    conn: &mut PgConnection,
    id: Uuid,
    topic: &str,
    key: &str,
    payload: &Value,
    now: Instant,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into outbox (id, topic, key, payload, created_at, next_at) values ($1, $2, $3, $4, $5, $5)
         on conflict (key) do nothing",
        id,
        topic,
        key,
        payload,
        now.to_sqlx() as _
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes rows that are due; nobody else takes them before `until`.
pub(super) async fn claim(
    conn: &mut PgConnection,
    topic: &str,
    now: Instant,
    until: Instant,
    limit: i64,
) -> sqlx::Result<Vec<Due>> {
    let rows = sqlx::query!(
        r#"update outbox set next_at = $3, tries = tries + 1
           where id in (
               select id from outbox where topic = $1 and done_at is null and next_at <= $2
               order by next_at limit $4 for update skip locked
           )
           returning id, payload, created_at as "created_at: Timestamp", tries"#,
        topic,
        now.to_sqlx() as _,
        until.to_sqlx() as _,
        limit
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Due {
            id: row.id,
            payload: row.payload,
            created_at: row.created_at.to_jiff(),
            tries: row.tries,
        })
        .collect())
}

/// Ends a row and empties its payload: links in mails are keys to accounts.
pub(super) async fn finish(
    conn: &mut PgConnection,
    id: Uuid,
    now: Instant,
    trouble: Option<&str>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update outbox set done_at = $2, trouble = $3, payload = '{}' where id = $1",
        id,
        now.to_sqlx() as _,
        trouble
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn update_next(
    conn: &mut PgConnection,
    id: Uuid,
    next: Instant,
    trouble: &str,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update outbox set next_at = $2, trouble = $3 where id = $1",
        id,
        next.to_sqlx() as _,
        trouble
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn insert_mail(conn: &mut PgConnection, mail: &Mail, now: Instant) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into mails (id, to_address, kind, subject, body, sent_at) values ($1, $2, $3, $4, $5, $6)
         on conflict (id) do nothing",
        mail.id,
        mail.to,
        mail.kind,
        mail.subject,
        mail.body,
        now.to_sqlx() as _
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn list_mails(conn: &mut PgConnection, limit: i64) -> sqlx::Result<Vec<Mail>> {
    let rows = sqlx::query!(
        r#"select id, to_address, kind, subject, body, sent_at as "sent_at: Timestamp"
           from mails order by sent_at desc, id desc limit $1"#,
        limit
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Mail {
            id: row.id,
            to: row.to_address,
            kind: row.kind,
            subject: row.subject,
            body: row.body,
            at: row.sent_at.to_jiff(),
        })
        .collect())
}
