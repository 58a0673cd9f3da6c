//! The only SQL over posts, and what pages read of deliveries.

use jiff::Timestamp;
use jiff_sqlx::{Timestamp as At, ToSqlx as _};
use model::{AssetId, BrandId, ChannelId, DeliveryId, DeliveryState, Platform, PostId, StepOutcome, UserId};
use publishing::Content;
use serde_json::json;
use sqlx::PgConnection;

use super::times::Planned;
use crate::db::TenantTx;

/// The database's time: the only one that decides.
pub(crate) async fn now(conn: &mut PgConnection) -> Result<Timestamp, sqlx::Error> {
    let now = sqlx::query_scalar!(r#"select clock_timestamp() as "now!: At""#).fetch_one(conn).await?;
    Ok(now.to_jiff())
}

/// A post to be written.
pub(super) struct NewPost<'a> {
    pub id: PostId,
    pub brand: BrandId,
    pub author: UserId,
    pub content: &'a Content,
    pub asset: AssetId,
    pub request_key: &'a str,
    pub planned: &'a Planned,
    pub zone: &'a str,
    pub tzdb: &'a str,
    pub late_minutes: i32,
}

pub(super) async fn find_by_key(
    conn: &mut PgConnection,
    request_key: &str,
) -> Result<Option<PostId>, sqlx::Error> {
    sqlx::query_scalar!(r#"select id as "id: PostId" from posts where request_key = $1"#, request_key)
        .fetch_optional(conn)
        .await
}

/// Writes a post; false when the request key is taken. Waits for another transaction with the same key.
pub(super) async fn insert(tx: &mut TenantTx, new: &NewPost<'_>) -> Result<bool, sqlx::Error> {
    let workspace = tx.workspace();
    let rows = sqlx::query!(
        "insert into posts (id, workspace_id, brand_id, author, state, caption, content, asset_id, request_key,
                            wall_date, wall_time, zone, due_at, tzdb, time_note, late_minutes)
         values ($1, $2, $3, $4, 'scheduled', $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
             on conflict on constraint posts_request_once do nothing",
        new.id.0,
        workspace.0,
        new.brand.0,
        new.author.0,
        new.content.caption,
        json!(new.content),
        new.asset.0,
        new.request_key,
        new.planned.date.to_sqlx() as _,
        new.planned.time.to_sqlx() as _,
        new.zone,
        new.planned.due_at.to_sqlx() as _,
        new.tzdb,
        new.planned.note,
        new.late_minutes,
    )
    .execute(tx.conn())
    .await?
    .rows_affected();
    Ok(rows > 0)
}

pub(super) async fn insert_delivery(
    tx: &mut TenantTx,
    id: DeliveryId,
    post: PostId,
    channel: ChannelId,
    due_at: Timestamp,
    late_minutes: i32,
    look_at: Timestamp,
) -> Result<(), sqlx::Error> {
    let workspace = tx.workspace();
    sqlx::query!(
        "insert into deliveries (id, workspace_id, post_id, channel_id, due_at, late_limit_at, next_action_at)
         values ($1, $2, $3, $4, $5, $5::timestamptz + make_interval(mins => $6), $7)",
        id.0,
        workspace.0,
        post.0,
        channel.0,
        due_at.to_sqlx() as _,
        late_minutes,
        look_at.to_sqlx() as _,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(super) async fn brand(conn: &mut PgConnection, post: PostId) -> Result<Option<BrandId>, sqlx::Error> {
    sqlx::query_scalar!(r#"select brand_id as "brand: BrandId" from posts where id = $1"#, post.0)
        .fetch_optional(conn)
        .await
}

/// A post as stored.
pub(super) struct PostRow {
    pub brand: BrandId,
    pub caption: String,
    pub content: serde_json::Value,
    pub asset: Option<AssetId>,
    pub zone: String,
    pub time_note: Option<String>,
    pub created_at: At,
    pub author: Option<String>,
}

pub(super) async fn find(conn: &mut PgConnection, post: PostId) -> Result<Option<PostRow>, sqlx::Error> {
    sqlx::query_as!(
        PostRow,
        r#"select p.brand_id as "brand: BrandId", p.caption, p.content, p.asset_id as "asset: AssetId", p.zone,
                  p.time_note, p.created_at as "created_at: At", u.name as "author?"
             from posts p left join users u on u.id = p.author
            where p.id = $1"#,
        post.0
    )
    .fetch_optional(conn)
    .await
}

/// A delivery as pages show it.
pub(super) struct DeliveryRow {
    pub id: DeliveryId,
    pub platform: Platform,
    pub channel_name: String,
    pub channel_handle: String,
    pub state: DeliveryState,
    pub due_at: At,
    pub reason: Option<String>,
    pub url: Option<String>,
    pub committed_at: Option<At>,
    pub published_at: Option<At>,
}

pub(super) async fn deliveries(
    conn: &mut PgConnection,
    post: PostId,
) -> Result<Vec<DeliveryRow>, sqlx::Error> {
    sqlx::query_as!(
        DeliveryRow,
        r#"select d.id as "id: DeliveryId", c.platform as "platform: Platform", c.name as channel_name,
                  c.handle as channel_handle, d.state as "state: DeliveryState", d.due_at as "due_at: At",
                  d.reason_words as reason, d.url, d.committed_at as "committed_at: At",
                  d.published_at as "published_at: At"
             from deliveries d join channels c on c.id = d.channel_id
            where d.post_id = $1 order by c.platform, c.name, d.id"#,
        post.0
    )
    .fetch_all(conn)
    .await
}

/// A step as pages show it.
pub(super) struct StepRow {
    pub words: String,
    pub outcome: StepOutcome,
    pub evidence: Option<String>,
    pub note: Option<String>,
    pub log: serde_json::Value,
    pub begun_at: At,
    pub took_ms: Option<i64>,
}

pub(super) async fn steps(
    conn: &mut PgConnection,
    delivery: DeliveryId,
) -> Result<Vec<StepRow>, sqlx::Error> {
    sqlx::query_as!(
        StepRow,
        r#"select words, outcome as "outcome: StepOutcome", evidence, note, log, begun_at as "begun_at: At",
                  (extract(epoch from ended_at - begun_at) * 1000)::bigint as took_ms
             from steps where delivery_id = $1 order by seq"#,
        delivery.0
    )
    .fetch_all(conn)
    .await
}

/// A change of state as pages show it.
pub(super) struct ChangeRow {
    pub at: At,
    pub state: DeliveryState,
    pub reason: Option<String>,
}

pub(super) async fn changes(
    conn: &mut PgConnection,
    delivery: DeliveryId,
) -> Result<Vec<ChangeRow>, sqlx::Error> {
    sqlx::query_as!(
        ChangeRow,
        r#"select at as "at: At", state as "state: DeliveryState", reason_words as reason
             from state_changes where delivery_id = $1 order by seq"#,
        delivery.0
    )
    .fetch_all(conn)
    .await
}

/// A delivery in lists and on the calendar.
pub(super) struct ListRow {
    pub post: PostId,
    pub caption: String,
    pub file_name: Option<String>,
    pub platform: Platform,
    pub handle: String,
    pub state: DeliveryState,
    pub due_at: At,
}

/// Due in `from..to`, in order.
pub(super) async fn due_between(
    conn: &mut PgConnection,
    brand: BrandId,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<ListRow>, sqlx::Error> {
    sqlx::query_as!(
        ListRow,
        r#"select p.id as "post: PostId", p.caption, a.file_name as "file_name?",
                  c.platform as "platform: Platform", c.handle, d.state as "state: DeliveryState",
                  d.due_at as "due_at: At"
             from deliveries d
             join posts p on p.id = d.post_id
             join channels c on c.id = d.channel_id
             left join assets a on a.id = p.asset_id
            where p.brand_id = $1 and d.due_at >= $2 and d.due_at < $3
            order by d.due_at, p.id, c.platform"#,
        brand.0,
        from.to_sqlx() as _,
        to.to_sqlx() as _,
    )
    .fetch_all(conn)
    .await
}

/// In one of `states`: the next ones to be due first, or the latest changed first.
pub(super) async fn in_states(
    conn: &mut PgConnection,
    brand: BrandId,
    states: &[DeliveryState],
    next_first: bool,
    limit: i64,
) -> Result<Vec<ListRow>, sqlx::Error> {
    let states: Vec<String> = states.iter().map(|state| state.as_str().to_owned()).collect();
    sqlx::query_as!(
        ListRow,
        r#"select p.id as "post: PostId", p.caption, a.file_name as "file_name?",
                  c.platform as "platform: Platform", c.handle, d.state as "state: DeliveryState",
                  d.due_at as "due_at: At"
             from deliveries d
             join posts p on p.id = d.post_id
             join channels c on c.id = d.channel_id
             left join assets a on a.id = p.asset_id
            where p.brand_id = $1 and d.state = any($2)
            order by case when $3 then d.due_at end, d.since desc, d.id
            limit $4"#,
        brand.0,
        &states,
        next_first,
        limit,
    )
    .fetch_all(conn)
    .await
}

/// What a brand has come to: channels connected, posts made, posts live.
pub(super) struct Progress {
    pub has_channel: bool,
    pub has_post: bool,
    pub has_published: bool,
}

pub(super) async fn progress(conn: &mut PgConnection, brand: BrandId) -> Result<Progress, sqlx::Error> {
    sqlx::query_as!(
        Progress,
        r#"select exists (select from channels where brand_id = $1 and health = 'connected') as "has_channel!",
                  exists (select from posts where brand_id = $1) as "has_post!",
                  exists (select from deliveries d join posts p on p.id = d.post_id
                           where p.brand_id = $1 and d.state = 'published') as "has_published!""#,
        brand.0
    )
    .fetch_one(conn)
    .await
}

pub(super) async fn person(conn: &mut PgConnection, user: UserId) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!("select name from users where id = $1", user.0).fetch_optional(conn).await
}
