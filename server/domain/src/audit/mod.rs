//! The trail of what was done: append only, hash-chained per workspace.
//!
//! `audit::append(&mut tx, Entry { … })` belongs in the same transaction as the act. Database rights and a
//! trigger keep rows from being changed; the chain shows it when somebody gets past both.

mod chain;
mod pg;
#[cfg(test)]
mod tests;

use model::{UserId, WorkspaceId};
use serde_json::Value;

use crate::Domain;
use crate::db::TenantTx;

/// One thing that was done.
#[derive(Debug, Clone)]
pub struct Entry<'a> {
    /// `None`: the product itself.
    pub actor: Option<UserId>,
    /// Past tense: `channel_connected`.
    pub what: &'a str,
    /// The id of what it was done to, with its prefix.
    pub object: String,
    /// What else is worth knowing. Never a secret, never a person's data.
    pub facts: Value,
}

/// A chain without a flaw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    pub entries: i64,
}

/// Why a chain could not be confirmed.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    /// The first entry that does not fit: changed, moved, missing, or put in between.
    #[error("the audit trail is broken at entry {at}")]
    At { at: i64 },
    #[error("failed to read the audit trail")]
    Store(#[source] sqlx::Error),
}

/// Appends to the trail of the transaction's workspace. Waits for other appends to the same trail, so it
/// belongs near the end of a transaction.
pub async fn append(tx: &mut TenantTx, entry: Entry<'_>) -> Result<(), sqlx::Error> {
    let workspace = tx.workspace();
    let head = pg::advance_head(tx.conn(), workspace).await?;
    let row = pg::EntryRow {
        seq: head.seq,
        at: head.at,
        actor: entry.actor,
        what: entry.what.to_owned(),
        object: entry.object,
        facts: entry.facts,
        prev: head.hash,
        hash: Vec::new(),
    };
    let hash = chain::hash(workspace, &row);
    pg::insert(tx.conn(), workspace, &row, &hash).await?;
    pg::update_head(tx.conn(), workspace, &hash).await
}

/// Reads the whole trail of a workspace and checks each link and its end.
pub async fn verify(domain: &Domain, workspace: WorkspaceId) -> Result<Verified, Broken> {
    let mut tx = domain.db.tenant(workspace).await.map_err(Broken::Store)?;
    walk(&mut tx).await
}

async fn walk(tx: &mut TenantTx) -> Result<Verified, Broken> {
    const PAGE: i64 = 1000;
    let workspace = tx.workspace();
    // Read first, so that entries appended meanwhile are not taken for ones without an end.
    let head = pg::find_head(tx.conn(), workspace).await.map_err(Broken::Store)?;
    let end = head.as_ref().map_or(0, |head| head.seq);
    let mut link = chain::BEGINNING.to_vec();
    let mut seen = 0;
    loop {
        let page = pg::list(tx.conn(), workspace, seen, end, PAGE).await.map_err(Broken::Store)?;
        if page.is_empty() {
            break;
        }
        for row in page {
            let is_next = row.seq == seen + 1 && row.prev == link;
            if !is_next || chain::hash(workspace, &row) != *row.hash {
                return Err(Broken::At { at: seen + 1 });
            }
            seen = row.seq;
            link = row.hash;
        }
    }
    if seen != end || head.is_some_and(|head| head.hash != link) {
        return Err(Broken::At { at: seen + 1 });
    }
    // An entry beyond the end, or any entry where there is no end.
    if pg::has_beyond(tx.conn(), workspace, end).await.map_err(Broken::Store)? {
        return Err(Broken::At { at: end + 1 });
    }
    Ok(Verified { entries: seen })
}
