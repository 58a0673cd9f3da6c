//! What others do to deliveries: people cancel them, channels come and go, authors are told.

use std::time::Duration;

use model::{ChannelId, DeliveryId, DeliveryState, PostId};
use publishing::{Reason, StoreError};
use sqlx::PgConnection;

use super::trouble;
use crate::Domain;
use crate::db::TenantTx;
use crate::notify::{self, NewMail};

/// Puts everything that waits for a channel on hold. Each gets a new epoch, so that a worker in the middle
/// of it writes no more; what was prepared with the old access is worthless.
pub(crate) async fn block_waiting(
    conn: &mut PgConnection,
    channel: ChannelId,
    reason: &Reason,
) -> Result<u64, sqlx::Error> {
    let blocked = sqlx::query_scalar!(
        "update deliveries
            set state = 'blocked', since = clock_timestamp(), epoch = epoch + 1, looks = 0, hinted_at = null,
                lease_owner = null, lease_until = null, next_action_at = late_limit_at,
                reason_code = $2, reason_words = $3
          where channel_id = $1 and state in ('scheduled', 'preparing', 'staged')
         returning id",
        channel.0,
        reason.code,
        reason.words
    )
    .fetch_all(&mut *conn)
    .await?;
    sqlx::query!(
        "update steps
            set outcome = 'refuted', note = $2, ended_at = coalesce(ended_at, clock_timestamp())
          where delivery_id = any($1) and not irreversible and outcome <> 'refuted'",
        &blocked,
        reason.words
    )
    .execute(conn)
    .await?;
    Ok(u64::try_from(blocked.len()).unwrap_or(u64::MAX))
}

/// Lets go what a channel held up, as far as it is not too late; the rest becomes missed by itself.
pub(crate) async fn resume_blocked(
    conn: &mut PgConnection,
    channel: ChannelId,
    lead: Duration,
) -> Result<u64, sqlx::Error> {
    let resumed = sqlx::query!(
        "update deliveries
            set state = 'scheduled', since = clock_timestamp(), epoch = epoch + 1, looks = 0, hinted_at = null,
                next_action_at = greatest(clock_timestamp(), due_at - make_interval(secs => $2)),
                reason_code = null, reason_words = null
          where channel_id = $1 and state = 'blocked' and late_limit_at > clock_timestamp()",
        channel.0,
        lead.as_secs_f64(),
    )
    .execute(conn)
    .await?;
    Ok(resumed.rows_affected())
}

/// A delivery about to be canceled, locked.
pub(crate) struct Cancelable {
    pub post: PostId,
    pub state: DeliveryState,
}

/// Locks a delivery of the workspace.
pub(crate) async fn find_locked(
    conn: &mut PgConnection,
    delivery: DeliveryId,
) -> Result<Option<Cancelable>, sqlx::Error> {
    sqlx::query_as!(
        Cancelable,
        r#"select post_id as "post: PostId", state as "state: DeliveryState" from deliveries
            where id = $1 for no key update"#,
        delivery.0
    )
    .fetch_optional(conn)
    .await
}

/// Takes a delivery off the calendar for good; a worker in the middle of preparing it writes no more.
pub(crate) async fn cancel(conn: &mut PgConnection, delivery: DeliveryId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update steps
            set outcome = 'refuted', note = 'canceled', ended_at = coalesce(ended_at, clock_timestamp())
          where delivery_id = $1 and not irreversible and outcome <> 'refuted'",
        delivery.0
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "update deliveries
            set state = 'canceled', since = clock_timestamp(), epoch = epoch + 1, looks = 0, hinted_at = null,
                lease_owner = null, lease_until = null, next_action_at = null,
                reason_code = 'canceled', reason_words = null
          where id = $1",
        delivery.0
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Tells the author that a delivery needs them, once for each such state.
pub(super) async fn mail_author(
    domain: &Domain,
    tx: &mut TenantTx,
    delivery: DeliveryId,
    state: DeliveryState,
    reason: Option<&Reason>,
) -> Result<(), StoreError> {
    let author = sqlx::query!(
        r#"select u.email, d.post_id as "post: PostId", c.handle, d.epoch
             from deliveries d
             join posts p on p.id = d.post_id
             join channels c on c.id = d.channel_id
             join users u on u.id = p.author
            where d.id = $1"#,
        delivery.0
    )
    .fetch_optional(tx.conn())
    .await
    .map_err(trouble)?;
    let Some(author) = author else { return Ok(()) };
    let subject = match state {
        DeliveryState::Parked => "Is this post live? We cannot tell",
        DeliveryState::Missed => "A post missed its time",
        DeliveryState::Blocked => "A post is on hold",
        _ => "A post could not be published",
    };
    let mail = NewMail {
        to: author.email,
        kind: format!("delivery_{}", state.as_str()),
        subject: format!("{subject} (@{})", author.handle),
        body: format!(
            "{}\n\nSee what happened and what you can do:\n{}/posts/{}\n",
            super::settle::words(reason),
            domain.public_url,
            author.post
        ),
    };
    let key = format!("delivery:{}:{}:{}", delivery.0, state.as_str(), author.epoch);
    notify::mail_once(domain, tx.conn(), &key, &mail).await.map_err(trouble)
}
