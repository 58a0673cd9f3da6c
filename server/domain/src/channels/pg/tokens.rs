//! The only SQL over token pairs and their refreshes.

use std::time::Duration;

use model::{ChannelHealth, ChannelId, Evidence, Platform, StepOutcome, WorkspaceId};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::db::TenantTx;

/// A channel with its pair, locked.
pub(crate) struct Locked {
    pub platform: Platform,
    pub handle: String,
    pub health: ChannelHealth,
    pub words: Option<String>,
    pub connected_by_email: Option<String>,
    pub pair: Option<Pair>,
}

/// A sealed pair.
pub(crate) struct Pair {
    pub generation: i32,
    pub access: Vec<u8>,
    pub refresh: Option<Vec<u8>>,
    /// How long the access token still lives, and how long it lived at first, in seconds.
    pub left: f64,
    pub life: f64,
}

/// A pair to be written.
pub(crate) struct NewPair {
    pub generation: i32,
    pub access: Vec<u8>,
    pub refresh: Option<Vec<u8>>,
    pub life: Duration,
    pub refresh_life: Option<Duration>,
}

/// What was tried with a generation's refresh token.
pub(crate) struct Past {
    /// Seconds past the deadline of a refresh under way (of any generation); below 0 it may still end.
    pub open_for: Option<f64>,
    /// Refreshes of this generation whose end nobody knows.
    pub unknown: i64,
    /// Seconds since the last refusal of this generation, and its words.
    pub rested: Option<f64>,
    pub note: Option<String>,
}

/// Whose channel it is. Runs over all workspaces.
pub(crate) async fn workspace(
    conn: &mut PgConnection,
    channel: ChannelId,
) -> Result<Option<WorkspaceId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select workspace_id as "workspace: WorkspaceId" from channels where id = $1"#,
        channel.0
    )
    .fetch_optional(conn)
    .await
}

/// Locks the channel and reads its pair; only the role `worker` may.
pub(crate) async fn lock(conn: &mut PgConnection, channel: ChannelId) -> Result<Option<Locked>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select c.platform as "platform: Platform", c.handle, c.health as "health: ChannelHealth",
                  c.health_words, (select email from users u where u.id = c.connected_by) as email
             from channels c where c.id = $1 for no key update of c"#,
        channel.0
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(row) = row else { return Ok(None) };
    // A statement of its own: it begins after the lock is held, so it sees what the last holder committed.
    let pair = sqlx::query_as!(
        Pair,
        r#"select generation, access_sealed as access, refresh_sealed as "refresh?",
                  extract(epoch from access_expires_at - clock_timestamp())::double precision as "left!",
                  access_life_seconds as life
             from channel_tokens where channel_id = $1"#,
        channel.0
    )
    .fetch_optional(conn)
    .await?;
    Ok(Some(Locked {
        platform: row.platform,
        handle: row.handle,
        health: row.health,
        words: row.health_words,
        connected_by_email: row.email,
        pair,
    }))
}

pub(crate) async fn generation(
    conn: &mut PgConnection,
    channel: ChannelId,
) -> Result<Option<i32>, sqlx::Error> {
    // Over the log too: doubts about a generation of before a disconnect are none about the new pair.
    sqlx::query_scalar!(
        "select greatest((select generation from channel_tokens where channel_id = $1),
                         (select max(generation) from token_refreshes where channel_id = $1))",
        channel.0
    )
    .fetch_one(conn)
    .await
}

/// Writes a pair over whatever was there. Names no column of `excluded`: that would be reading it, which pages
/// may not.
pub(crate) async fn upsert(tx: &mut TenantTx, channel: ChannelId, pair: &NewPair) -> Result<(), sqlx::Error> {
    let workspace = tx.workspace();
    sqlx::query!(
        "insert into channel_tokens (channel_id, workspace_id, generation, access_sealed, refresh_sealed,
                                     access_expires_at, access_life_seconds, refresh_expires_at)
         values ($1, $2, $3, $4, $5, clock_timestamp() + make_interval(secs => $6), $6,
                 clock_timestamp() + make_interval(secs => $7))
             on conflict on constraint channel_tokens_pkey do update
            set generation = $3, access_sealed = $4, refresh_sealed = $5,
                access_expires_at = clock_timestamp() + make_interval(secs => $6), access_life_seconds = $6,
                refresh_expires_at = clock_timestamp() + make_interval(secs => $7), refreshed_at = now()",
        channel.0,
        workspace.0,
        pair.generation,
        pair.access,
        pair.refresh,
        pair.life.as_secs_f64(),
        pair.refresh_life.map(|life| life.as_secs_f64()),
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Replaces the pair by its successor.
pub(crate) async fn update(
    conn: &mut PgConnection,
    channel: ChannelId,
    pair: &NewPair,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update channel_tokens
            set generation = $2, access_sealed = $3, refresh_sealed = $4,
                access_expires_at = clock_timestamp() + make_interval(secs => $5), access_life_seconds = $5,
                refresh_expires_at = coalesce(clock_timestamp() + make_interval(secs => $6), refresh_expires_at),
                refreshed_at = clock_timestamp()
          where channel_id = $1",
        channel.0,
        pair.generation,
        pair.access,
        pair.refresh,
        pair.life.as_secs_f64(),
        pair.refresh_life.map(|life| life.as_secs_f64()),
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(crate) async fn delete(conn: &mut PgConnection, channel: ChannelId) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from channel_tokens where channel_id = $1", channel.0).execute(conn).await?;
    Ok(())
}

/// The platform took the access token no more. One that was refreshed a moment ago is kept: the refused
/// one was its predecessor.
pub(crate) async fn expire(conn: &mut PgConnection, channel: ChannelId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update channel_tokens set access_expires_at = least(access_expires_at, clock_timestamp())
          where channel_id = $1 and refreshed_at < clock_timestamp() - interval '5 s'",
        channel.0
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What is known of refreshes.
pub(crate) async fn past(
    conn: &mut PgConnection,
    channel: ChannelId,
    generation: i32,
) -> Result<Past, sqlx::Error> {
    // 15 s of grace: an answer that came at the deadline is still being written.
    sqlx::query_as!(
        Past,
        r#"select
             (select extract(epoch from clock_timestamp() - deadline_at - interval '15 s')::double precision
                from token_refreshes where channel_id = $1 and outcome = 'intent') as open_for,
             (select count(*) from token_refreshes
               where channel_id = $1 and generation = $2 and outcome = 'unknown') as "unknown!",
             extract(epoch from clock_timestamp() - last.ended_at)::double precision as rested,
             last.note as "note?"
           from (select 1) as one
           left join lateral (
             select ended_at, note from token_refreshes
              where channel_id = $1 and generation = $2 and outcome = 'refuted'
              order by ended_at desc limit 1) as last on true"#,
        channel.0,
        generation
    )
    .fetch_one(conn)
    .await
}

/// Writes the intent; false when another refresh of the channel is under way.
pub(crate) async fn begin(
    tx: &mut TenantTx,
    intent: Uuid,
    channel: ChannelId,
    generation: i32,
    deadline: Duration,
) -> Result<bool, sqlx::Error> {
    let workspace = tx.workspace();
    let rows = sqlx::query!(
        "insert into token_refreshes (id, workspace_id, channel_id, generation, deadline_at)
         values ($1, $2, $3, $4, clock_timestamp() + make_interval(secs => $5))
             on conflict (channel_id) where outcome = 'intent' do nothing",
        intent,
        workspace.0,
        channel.0,
        generation,
        deadline.as_secs_f64(),
    )
    .execute(tx.conn())
    .await?
    .rows_affected();
    Ok(rows > 0)
}

pub(crate) async fn end(
    conn: &mut PgConnection,
    intent: Uuid,
    outcome: StepOutcome,
    evidence: Evidence,
    note: Option<&str>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update token_refreshes set outcome = $2, evidence = $3, note = $4, ended_at = clock_timestamp()
          where id = $1",
        intent,
        outcome as StepOutcome,
        evidence.as_str(),
        note
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A refresh whose caller is gone: nobody knows its end.
pub(crate) async fn doubt_open(conn: &mut PgConnection, channel: ChannelId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update token_refreshes
            set outcome = 'unknown', evidence = 'E3', note = 'the process that asked is gone',
                ended_at = clock_timestamp()
          where channel_id = $1 and outcome = 'intent'",
        channel.0
    )
    .execute(conn)
    .await?;
    Ok(())
}
