//! Changes of state with all that belongs to them.

use std::time::Duration;

use model::DeliveryState::{self, Blocked, Canceled, Failed, Missed, Parked, Published, Staged, Verifying};
use publishing::{Fence, Reason, StoreError, Then, Transition};
use serde_json::json;
use sqlx::PgConnection;

use super::{steps, trouble};
use crate::Domain;
use crate::audit;
use crate::db::TenantTx;

/// Whoever settles to "at the due time" after it has passed goes on at once; others wait this long.
const HEAD_START: Duration = Duration::from_secs(1);

/// Locks the delivery if the fence still holds, and says its state.
pub(crate) async fn lock(conn: &mut PgConnection, fence: &Fence) -> Result<DeliveryState, StoreError> {
    sqlx::query_scalar!(
        r#"select state as "state: DeliveryState" from deliveries
            where id = $1 and epoch = $2 for no key update"#,
        fence.delivery.0,
        fence.epoch
    )
    .fetch_optional(conn)
    .await
    .map_err(trouble)?
    .ok_or(StoreError::Lost)
}

/// Writes the new state, when to look next, and word to those who should know.
pub(crate) async fn change(
    domain: &Domain,
    tx: &mut TenantTx,
    fence: &Fence,
    from: DeliveryState,
    has_end: bool,
    change: &Transition,
) -> Result<(), StoreError> {
    let moves = from != change.to;
    if moves && change.to == Verifying && !has_end {
        steps::doubt(tx.conn(), fence).await.map_err(trouble)?;
    }
    if let Some(note) = change.abandon {
        steps::abandon(tx.conn(), fence, note).await.map_err(trouble)?;
    }
    write(tx.conn(), fence, moves, change).await.map_err(trouble)?;
    if moves {
        tell(domain, tx, fence, change).await?;
    }
    Ok(())
}

async fn write(
    conn: &mut PgConnection,
    fence: &Fence,
    moves: bool,
    change: &Transition,
) -> Result<(), sqlx::Error> {
    // Staying without a new reason keeps the old one, except in `staged`, where reasons are passing.
    let keeps_reason = !moves && change.to != Staged;
    let (then, wait) = match change.then {
        Then::In(wait) => ("in", wait),
        Then::AtDue => ("at_due", HEAD_START),
        Then::AtLateLimit => ("at_late_limit", Duration::ZERO),
        Then::Never => ("never", Duration::ZERO),
    };
    sqlx::query!(
        "update deliveries
            set state = $3,
                since = case when $4 then clock_timestamp() else since end,
                looks = case when $4 then 0 else looks + 1 end,
                attempts = attempts + case when $5 then 1 else 0 end,
                reason_code = case when $6 then coalesce($7, reason_code) else $7 end,
                reason_words = case when $6 then coalesce($8, reason_words) else $8 end,
                remote_id = coalesce($9, remote_id), url = coalesce($10, url),
                published_at = case when $3 = 'published' then clock_timestamp() else published_at end,
                lease_owner = null, lease_until = null, hinted_at = null,
                next_action_at = case $11::text
                    when 'in' then clock_timestamp() + make_interval(secs => $12)
                    when 'at_due' then case when due_at > clock_timestamp() then due_at
                                            else clock_timestamp() + make_interval(secs => $12) end
                    when 'at_late_limit' then late_limit_at
                    end
          where id = $1 and epoch = $2",
        fence.delivery.0,
        fence.epoch,
        change.to.as_str(),
        moves,
        change.counts_as_attempt,
        keeps_reason,
        change.reason.as_ref().map(|reason| reason.code.as_str()),
        change.reason.as_ref().map(|reason| reason.words.as_str()),
        change.remote_id,
        change.url,
        then,
        wait.as_secs_f64(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What people and the trail must know of; the rest is in the history.
async fn tell(
    domain: &Domain,
    tx: &mut TenantTx,
    fence: &Fence,
    change: &Transition,
) -> Result<(), StoreError> {
    if !matches!(change.to, Published | Failed | Blocked | Parked | Missed | Canceled | Verifying) {
        return Ok(());
    }
    let facts = json!({ "reason": change.reason, "remote_id": change.remote_id, "url": change.url });
    audit::append(
        tx,
        audit::Entry {
            actor: None,
            what: &format!("delivery_{}", change.to.as_str()),
            object: fence.delivery.to_string(),
            facts,
        },
    )
    .await
    .map_err(|error| StoreError::Unavailable(Box::new(error)))?;
    if matches!(change.to, Failed | Blocked | Parked | Missed) {
        super::others::mail_author(domain, tx, fence.delivery, change.to, change.reason.as_ref()).await?;
    }
    Ok(())
}

/// The reason in words, for mails and lists.
pub(crate) fn words(reason: Option<&Reason>) -> &str {
    reason.map_or("", |reason| reason.words.as_str())
}
