//! The attempts log: intents before calls, ends after them.

use std::collections::BTreeMap;

use model::{StepId, StepOutcome};
use publishing::{Fence, NewStep, Owner, StepEnd, StoreError};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use sqlx::PgConnection;

use super::trouble;
use crate::Domain;
use crate::db::TenantTx;
use crate::vault::Place4;

/// Where a step's sealed values lie; it is sealed once and never replaced.
fn place(step: StepId) -> Place4 {
    Place4 { table: "steps", column: "secrets", row: step.0, generation: 0 }
}

/// Writes the intent.
pub(crate) async fn insert(
    conn: &mut PgConnection,
    id: StepId,
    fence: &Fence,
    owner: &Owner,
    step: &NewStep,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into steps (id, workspace_id, delivery_id, part, seq, kind, idx, words, irreversible, owner, epoch,
                            deadline_at)
         values ($1, $2, $3, $4,
                 (select coalesce(max(seq), 0) + 1 from steps where delivery_id = $3),
                 $5, $6, $7, $8, $9, $10, clock_timestamp() + make_interval(secs => $11))",
        id.0,
        fence.workspace.0,
        fence.delivery.0,
        step.part,
        step.kind,
        i32::try_from(step.index).unwrap_or(i32::MAX),
        step.words,
        step.irreversible,
        owner.id,
        fence.epoch,
        step.timeout.as_secs_f64(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// How the step stands; a step that is not this delivery's is a bug of the caller.
pub(crate) async fn outcome(
    conn: &mut PgConnection,
    fence: &Fence,
    step: StepId,
) -> Result<StepOutcome, StoreError> {
    sqlx::query_scalar!(
        r#"select outcome as "outcome: StepOutcome" from steps where id = $1 and delivery_id = $2"#,
        step.0,
        fence.delivery.0
    )
    .fetch_optional(conn)
    .await
    .map_err(trouble)?
    .ok_or_else(|| StoreError::Guard(format!("{step} is no step of {}", fence.delivery)))
}

/// Writes the end of a step. A later end adds its log and changes the verdict; what was refuted stays so.
pub(crate) async fn end(
    domain: &Domain,
    tx: &mut TenantTx,
    fence: &Fence,
    end: &StepEnd,
) -> Result<(), StoreError> {
    let secrets = seal_secrets(domain, tx, end).await?;
    let log = json!([{ "outcome": end.outcome, "evidence": end.evidence, "call": end.log }]);
    let rows = sqlx::query!(
        "update steps
            set outcome = $3, evidence = $4, note = coalesce($5, note), ids = ids || $6,
                secrets = coalesce($7, secrets), log = log || $8,
                ended_at = coalesce(ended_at, clock_timestamp()),
                expires_at = coalesce(clock_timestamp() + make_interval(secs => $9), expires_at)
          where id = $1 and delivery_id = $2",
        end.step.0,
        fence.delivery.0,
        end.outcome as StepOutcome,
        end.evidence.as_str(),
        end.note,
        json!(end.ids),
        secrets,
        log,
        end.expires_in.map(|life| life.as_secs_f64()),
    )
    .execute(tx.conn())
    .await
    .map_err(trouble)?
    .rows_affected();
    if rows == 0 {
        return Err(StoreError::Guard(format!("{} is no step of {}", end.step, fence.delivery)));
    }
    if let Some(publish_id) = end.ids.get("publish_id") {
        sqlx::query!("update deliveries set publish_id = $2 where id = $1", fence.delivery.0, publish_id)
            .execute(tx.conn())
            .await
            .map_err(trouble)?;
    }
    Ok(())
}

/// Closes reversible steps whose fruit is worthless.
pub(crate) async fn abandon(conn: &mut PgConnection, fence: &Fence, note: &str) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update steps
            set outcome = 'refuted', note = $2, ended_at = coalesce(ended_at, clock_timestamp())
          where delivery_id = $1 and not irreversible and outcome <> 'refuted'",
        fence.delivery.0,
        note
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A call whose fate nobody will learn any more counts as unknown, also if it was once accepted.
pub(crate) async fn doubt(conn: &mut PgConnection, fence: &Fence) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update steps set outcome = 'unknown', ended_at = coalesce(ended_at, clock_timestamp())
          where delivery_id = $1 and irreversible and part = 0 and outcome in ('intent', 'confirmed')",
        fence.delivery.0
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn seal_secrets(
    domain: &Domain,
    tx: &mut TenantTx,
    end: &StepEnd,
) -> Result<Option<Vec<u8>>, StoreError> {
    if end.secrets.is_empty() {
        return Ok(None);
    }
    let plain: BTreeMap<&str, &str> =
        end.secrets.iter().map(|(name, value)| (name.as_str(), value.expose_secret())).collect();
    let plain = SecretString::from(json!(plain).to_string());
    domain
        .vault
        .seal(tx, place(end.step), &plain)
        .await
        .map(Some)
        .map_err(|error| StoreError::Unavailable(Box::new(error)))
}

/// Opens the sealed values of a step.
pub(crate) async fn open_secrets(
    domain: &Domain,
    tx: &mut TenantTx,
    step: StepId,
    sealed: &[u8],
) -> Result<BTreeMap<String, SecretString>, StoreError> {
    let plain = domain
        .vault
        .open(tx, place(step), sealed)
        .await
        .map_err(|error| StoreError::Unavailable(Box::new(error)))?;
    let values: BTreeMap<String, String> = serde_json::from_str(plain.expose_secret())
        .map_err(|_| StoreError::Guard(format!("the sealed values of {step} cannot be read")))?;
    Ok(values.into_iter().map(|(name, value)| (name, SecretString::from(value))).collect())
}
