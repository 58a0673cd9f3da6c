//! May the one irreversible call be made now? Everything is asked in the transaction that writes its intent.

use std::time::Duration;

use jiff_sqlx::Timestamp as At;
use model::{ChannelId, DeliveryState, Platform};
use publishing::{Fence, Gate, Owner, Reason, StoreError};
use sqlx::PgConnection;

use super::trouble;

/// How soon a stopped delivery asks again.
const STOPPED: Duration = Duration::from_secs(30);
/// How soon a delivery asks again whose channel is busy.
const BUSY: Duration = Duration::from_secs(1);
/// An answer that comes at the very deadline can still be written by its owner.
const GRACE: Duration = Duration::from_secs(5);

/// Locks the delivery and says what stands in the way, if anything.
pub(crate) async fn closed(conn: &mut PgConnection, fence: &Fence) -> Result<Option<Gate>, StoreError> {
    let row = sqlx::query!(
        r#"select d.state as "state: DeliveryState", d.channel_id as "channel: ChannelId",
                  d.due_at as "due_at: At", d.late_limit_at as "late_limit_at: At",
                  c.platform as "platform: Platform", clock_timestamp() as "now!: At"
             from deliveries d join channels c on c.id = d.channel_id
            where d.id = $1 and d.epoch = $2
              for no key update of d"#,
        fence.delivery.0,
        fence.epoch
    )
    .fetch_optional(&mut *conn)
    .await
    .map_err(trouble)?
    .ok_or(StoreError::Lost)?;
    if row.state != DeliveryState::Staged {
        return Err(StoreError::Guard(format!(
            "{} is {} and not staged",
            fence.delivery,
            row.state.as_str()
        )));
    }
    let (now, due_at) = (row.now.to_jiff(), row.due_at.to_jiff());
    if now < due_at {
        let again_in = Duration::try_from(due_at.duration_since(now)).unwrap_or_default();
        return Ok(Some(Gate::Wait { again_in, reason: None }));
    }
    if now > row.late_limit_at.to_jiff() {
        return Ok(Some(Gate::TooLate));
    }
    if let Some(words) = stopped(&mut *conn, fence, row.channel, row.platform).await.map_err(trouble)? {
        return Ok(Some(Gate::Wait { again_in: STOPPED, reason: Some(Reason::new("stopped", words)) }));
    }
    let is_busy = sqlx::query_scalar!(
        r#"select exists (select from deliveries where channel_id = $1 and state = 'committing') as "busy!""#,
        row.channel.0
    )
    .fetch_one(conn)
    .await
    .map_err(trouble)?;
    Ok(is_busy.then(busy))
}

/// The first kill switch that is on, in words.
async fn stopped(
    conn: &mut PgConnection,
    fence: &Fence,
    channel: ChannelId,
    platform: Platform,
) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "select words from kill_switches
          where (scope, key) in (('global', ''), ('platform', $1), ('workspace', $2), ('channel', $3))
          limit 1",
        platform.as_str(),
        fence.workspace.0.to_string(),
        channel.0.to_string(),
    )
    .fetch_optional(conn)
    .await
}

/// Enters `committing`; the intent is already written in this transaction.
pub(crate) async fn enter(
    conn: &mut PgConnection,
    fence: &Fence,
    owner: &Owner,
    timeout: Duration,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update deliveries
            set state = 'committing', since = clock_timestamp(), committed_at = clock_timestamp(), looks = 0,
                reason_code = null, reason_words = null, hinted_at = null, lease_owner = $3,
                lease_until = clock_timestamp() + make_interval(secs => $4),
                next_action_at = clock_timestamp() + make_interval(secs => $4)
          where id = $1 and epoch = $2",
        fence.delivery.0,
        fence.epoch,
        owner.id,
        (timeout + GRACE).as_secs_f64(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Another delivery of the channel holds its slot.
pub(crate) fn busy() -> Gate {
    Gate::Wait { again_in: BUSY, reason: None }
}

/// Two gates of one channel opened at once; the index let one through.
pub(crate) fn is_slot_taken(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(sqlx::error::DatabaseError::constraint)
        == Some("one_committing_per_channel")
}
