//! The only SQL over channels and consent screens; tokens are next door.

pub(crate) mod tokens;

use jiff::tz::TimeZone;
use jiff_sqlx::Timestamp as At;
use model::{BrandId, ChannelHealth, ChannelId, ChannelView, Platform, SessionId, UserId};
use publishing::Connected;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::db::TenantTx;
use crate::posts::words;

/// A channel as stored, with the number of deliveries that wait for it.
pub(crate) struct ChannelRow {
    pub id: ChannelId,
    pub brand: BrandId,
    pub platform: Platform,
    pub name: String,
    pub handle: String,
    pub health: ChannelHealth,
    pub scopes: Vec<String>,
    pub connected_at: At,
    pub scheduled: i64,
}

impl ChannelRow {
    pub(crate) fn view(self, zone: &TimeZone) -> ChannelView {
        ChannelView {
            id: self.id,
            platform: self.platform,
            name: self.name,
            handle: self.handle,
            health: self.health,
            permissions: self.scopes,
            scheduled: self.scheduled,
            connected_on: words::day(self.connected_at.to_jiff(), zone),
        }
    }
}

pub(crate) async fn list(conn: &mut PgConnection, brand: BrandId) -> Result<Vec<ChannelRow>, sqlx::Error> {
    sqlx::query_as!(
        ChannelRow,
        r#"select c.id as "id: ChannelId", c.brand_id as "brand: BrandId", c.platform as "platform: Platform",
                  c.name, c.handle, c.health as "health: ChannelHealth", c.scopes,
                  c.connected_at as "connected_at: At",
                  (select count(*) from deliveries d where d.channel_id = c.id
                      and d.state in ('scheduled', 'preparing', 'staged', 'blocked')) as "scheduled!"
             from channels c where c.brand_id = $1
            order by array_position(array['connected', 'broken', 'disconnected'], c.health), c.name, c.id"#,
        brand.0
    )
    .fetch_all(conn)
    .await
}

pub(crate) async fn find(
    conn: &mut PgConnection,
    channel: ChannelId,
) -> Result<Option<ChannelRow>, sqlx::Error> {
    sqlx::query_as!(
        ChannelRow,
        r#"select c.id as "id: ChannelId", c.brand_id as "brand: BrandId", c.platform as "platform: Platform",
                  c.name, c.handle, c.health as "health: ChannelHealth", c.scopes,
                  c.connected_at as "connected_at: At",
                  (select count(*) from deliveries d where d.channel_id = c.id
                      and d.state in ('scheduled', 'preparing', 'staged', 'blocked')) as "scheduled!"
             from channels c where c.id = $1"#,
        channel.0
    )
    .fetch_optional(conn)
    .await
}

/// Keeps the channel as it is until the transaction ends, without keeping out rows that refer to it.
pub(super) async fn lock(conn: &mut PgConnection, channel: ChannelId) -> Result<Option<()>, sqlx::Error> {
    let row = sqlx::query!("select id from channels where id = $1 for no key update", channel.0)
        .fetch_optional(conn)
        .await?;
    Ok(row.map(|_| ()))
}

/// Keeps the channel's health as it is while a post is written; says it.
pub(crate) async fn health_for_share(
    conn: &mut PgConnection,
    channel: ChannelId,
) -> Result<Option<ChannelHealth>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select health as "health: ChannelHealth" from channels where id = $1 for share"#,
        channel.0
    )
    .fetch_optional(conn)
    .await
}

pub(super) async fn is_committing(conn: &mut PgConnection, channel: ChannelId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from deliveries where channel_id = $1 and state = 'committing') as "is!""#,
        channel.0
    )
    .fetch_one(conn)
    .await
}

pub(super) async fn update_health(
    conn: &mut PgConnection,
    channel: ChannelId,
    health: ChannelHealth,
    words: Option<&str>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update channels set health = $2, health_words = $3 where id = $1",
        channel.0,
        health as ChannelHealth,
        words
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes a freshly consented account; the same account again keeps its row. Returns the row's id.
pub(super) async fn upsert(
    tx: &mut TenantTx,
    fresh: ChannelId,
    brand: BrandId,
    by: UserId,
    platform: Platform,
    connected: &Connected,
) -> Result<ChannelId, sqlx::Error> {
    let workspace = tx.workspace();
    sqlx::query_scalar!(
        r#"insert into channels (id, workspace_id, brand_id, platform, remote_account, name, handle, avatar_url,
                                 scopes, connected_by)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
               on conflict on constraint channels_account_once do update
              set name = excluded.name, handle = excluded.handle, avatar_url = excluded.avatar_url,
                  scopes = excluded.scopes, connected_by = excluded.connected_by, connected_at = now(),
                  health = 'connected', health_words = null
           returning id as "id: ChannelId""#,
        fresh.0,
        workspace.0,
        brand.0,
        platform.as_str(),
        connected.remote_account,
        connected.name,
        connected.handle,
        connected.avatar_url,
        &connected.tokens.scopes,
        by.0
    )
    .fetch_one(tx.conn())
    .await
}

/// A consent screen somebody is sent to.
pub(super) struct NewState<'a> {
    pub id: Uuid,
    pub hash: Vec<u8>,
    pub session: SessionId,
    pub brand: BrandId,
    pub platform: Platform,
    pub redirect_uri: &'a str,
    pub verifier: &'a [u8],
}

/// Writes a way out, good for ten minutes, and clears away old ones.
pub(super) async fn insert_state(tx: &mut TenantTx, state: &NewState<'_>) -> Result<(), sqlx::Error> {
    let workspace = tx.workspace();
    sqlx::query!("delete from oauth_states where expires_at < clock_timestamp() - interval '1 day'")
        .execute(tx.conn())
        .await?;
    sqlx::query!(
        "insert into oauth_states (id, workspace_id, state_hash, session_id, brand_id, platform, redirect_uri,
                                   verifier_sealed, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, clock_timestamp() + interval '10 minutes')",
        state.id,
        workspace.0,
        state.hash,
        state.session.0,
        state.brand.0,
        state.platform.as_str(),
        state.redirect_uri,
        state.verifier
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// A consent screen somebody came back from.
pub(super) struct TakenState {
    pub id: Uuid,
    pub brand: BrandId,
    pub redirect_uri: String,
    pub verifier: Vec<u8>,
    pub is_fresh: bool,
}

/// Uses a state up.
pub(super) async fn take_state(
    conn: &mut PgConnection,
    hash: &[u8],
    session: SessionId,
    platform: Platform,
) -> Result<Option<TakenState>, sqlx::Error> {
    sqlx::query_as!(
        TakenState,
        r#"delete from oauth_states where state_hash = $1 and session_id = $2 and platform = $3
           returning id, brand_id as "brand: BrandId", redirect_uri, verifier_sealed as verifier,
                     expires_at > clock_timestamp() as "is_fresh!""#,
        hash,
        session.0,
        platform.as_str()
    )
    .fetch_optional(conn)
    .await
}
