//! The snapshot a worker gets of its delivery.

use std::collections::BTreeMap;

use jiff_sqlx::Timestamp as At;
use model::{ChannelId, DeliveryState, Platform, PostId, StepId, StepOutcome};
use publishing::{Fence, Job, Media, Owner, Step, StoreError};

use super::{steps, trouble};
use crate::Domain;
use crate::db::TenantTx;

/// Reads the delivery with content, file and steps, and opens what is sealed.
pub(crate) async fn read(domain: &Domain, tx: &mut TenantTx, fence: Fence) -> Result<Job, StoreError> {
    let row = sqlx::query!(
        r#"select d.state as "state: DeliveryState", d.since as "since: At", d.due_at as "due_at: At",
                  d.late_limit_at as "late_limit_at: At", d.attempts, d.looks,
                  d.post_id as "post: PostId", d.channel_id as "channel: ChannelId",
                  c.platform as "platform: Platform", c.remote_account, p.content, p.late_policy,
                  a.storage_key as "storage_key?", a.mime as "mime?", a.size_bytes as "size_bytes?",
                  a.sha256 as "sha256?", a.duration_ms as "duration_ms?",
                  clock_timestamp() as "now!: At"
             from deliveries d
             join posts p on p.id = d.post_id
             join channels c on c.id = d.channel_id
             left join assets a on a.id = p.asset_id
            where d.id = $1"#,
        fence.delivery.0
    )
    .fetch_one(tx.conn())
    .await
    .map_err(trouble)?;
    let media = match (row.storage_key, row.mime, row.size_bytes, row.sha256) {
        (Some(key), Some(mime), Some(size), Some(sha256)) => Some(Media {
            key,
            mime,
            size_bytes: u64::try_from(size).unwrap_or_default(),
            sha256,
            duration_ms: row.duration_ms.and_then(|ms| u64::try_from(ms).ok()),
        }),
        _ => None,
    };
    let content = serde_json::from_value(row.content)
        .map_err(|error| StoreError::Guard(format!("the content of {} cannot be read: {error}", row.post)))?;
    let steps = read_steps(domain, tx, &fence).await?;
    Ok(Job {
        fence,
        post: row.post,
        channel: row.channel,
        platform: row.platform,
        remote_account: row.remote_account,
        state: row.state,
        content,
        media,
        due_at: row.due_at.to_jiff(),
        late_limit_at: row.late_limit_at.to_jiff(),
        skip_when_late: row.late_policy == "skip",
        since: row.since.to_jiff(),
        attempts: u32::try_from(row.attempts).unwrap_or_default(),
        looks: u32::try_from(row.looks).unwrap_or_default(),
        steps,
        now: row.now.to_jiff(),
    })
}

async fn read_steps(domain: &Domain, tx: &mut TenantTx, fence: &Fence) -> Result<Vec<Step>, StoreError> {
    let rows = sqlx::query!(
        r#"select id as "id: StepId", part, kind, idx, irreversible, outcome as "outcome: StepOutcome", ids,
                  secrets, expires_at as "expires_at: At", begun_at as "begun_at: At",
                  deadline_at as "deadline_at: At", owner
             from steps where delivery_id = $1 and outcome <> 'refuted' order by seq"#,
        fence.delivery.0
    )
    .fetch_all(tx.conn())
    .await
    .map_err(trouble)?;
    let mut read = Vec::with_capacity(rows.len());
    for row in rows {
        let secrets = match row.secrets {
            Some(sealed) => steps::open_secrets(domain, tx, row.id, &sealed).await?,
            None => BTreeMap::new(),
        };
        read.push(Step {
            id: row.id,
            part: row.part,
            kind: row.kind,
            index: u32::try_from(row.idx).unwrap_or_default(),
            irreversible: row.irreversible,
            outcome: row.outcome,
            ids: serde_json::from_value(row.ids).unwrap_or_default(),
            secrets,
            expires_at: row.expires_at.map(At::to_jiff),
            begun_at: row.begun_at.to_jiff(),
            deadline_at: Some(row.deadline_at.to_jiff()),
            owner: Owner { id: row.owner },
        });
    }
    Ok(read)
}
