//! What changed, told to open pages at once: PostgreSQL's `NOTIFY`, heard on one connection and spread
//! inside the process.
//!
//! Notifications are hints: they may get lost while the connection is down. [`Events::gaps`] counts up
//! then, and whoever shows live state reads it anew.

mod pg;

use std::sync::Arc;
use std::time::Duration;

use model::{DeliveryId, PostId, WorkspaceId};
use sqlx::PgConnection;
use sqlx::postgres::PgListener;
use tokio::sync::{broadcast, watch};
use tokio::task::AbortHandle;
use uuid::Uuid;

const CHANNEL: &str = "changes";
/// Notifications that wait for a slow reader; one that lags more is told so and reads anew.
const WAITING: usize = 1024;

/// A delivery has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    pub workspace: WorkspaceId,
    pub post: PostId,
    pub delivery: DeliveryId,
}

/// Tells everybody, once the transaction of `conn` is committed; never if it is not.
pub async fn tell(conn: &mut PgConnection, change: Change) -> Result<(), sqlx::Error> {
    pg::notify(conn, CHANNEL, &change.to_text()).await
}

impl Change {
    fn to_text(self) -> String {
        format!("{} {} {}", self.workspace.0, self.post.0, self.delivery.0)
    }

    fn parse(text: &str) -> Option<Self> {
        let mut ids = text.split(' ').map(Uuid::try_parse);
        let change = Self {
            workspace: WorkspaceId(ids.next()?.ok()?),
            post: PostId(ids.next()?.ok()?),
            delivery: DeliveryId(ids.next()?.ok()?),
        };
        ids.next().is_none().then_some(change)
    }
}

/// Hears changes and spreads them. Cheap to clone; listening ends with the last clone.
#[derive(Clone)]
pub struct Events {
    changes: broadcast::Sender<Change>,
    gaps: watch::Receiver<u64>,
    _listening: Arc<Listening>,
}

struct Listening(AbortHandle);

impl Drop for Listening {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Events {
    /// Listens on a connection of its own. Fails if there is none to be had now; one that breaks later is
    /// made again.
    pub async fn listen(url: &str) -> Result<Self, sqlx::Error> {
        let mut listener = PgListener::connect(url).await?;
        listener.listen(CHANNEL).await?;
        let (changes, _) = broadcast::channel(WAITING);
        let (gap, gaps) = watch::channel(0);
        let task = tokio::spawn(hear(listener, changes.clone(), gap));
        Ok(Self { changes, gaps, _listening: Arc::new(Listening(task.abort_handle())) })
    }

    /// Changes from now on, of all workspaces: whoever passes them on filters by the reader's.
    pub fn subscribe(&self) -> broadcast::Receiver<Change> {
        self.changes.subscribe()
    }

    /// Counts up whenever changes may have been missed.
    pub fn gaps(&self) -> watch::Receiver<u64> {
        self.gaps.clone()
    }
}

async fn hear(mut listener: PgListener, changes: broadcast::Sender<Change>, gap: watch::Sender<u64>) {
    let mut is_down = false;
    loop {
        match listener.try_recv().await {
            Ok(Some(notification)) => {
                is_down = false;
                if let Some(change) = Change::parse(notification.payload()) {
                    // Nobody listens: no page is open.
                    let _ = changes.send(change);
                }
            }
            // The connection broke; the next call makes a new one and listens again.
            Ok(None) => gap.send_modify(|count| *count += 1),
            Err(error) => {
                if !is_down {
                    tracing::warn!(%error, "Lost the connection that hears changes; trying again each second");
                }
                is_down = true;
                gap.send_modify(|count| *count += 1);
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_reads_back_and_other_texts_are_left_alone() {
        let change = Change {
            workspace: WorkspaceId(Uuid::from_u128(1)),
            post: PostId(Uuid::from_u128(2)),
            delivery: DeliveryId(Uuid::from_u128(3)),
        };
        assert_eq!(Change::parse(&change.to_text()), Some(change));
        assert_eq!(Change::parse("hello"), None);
        assert_eq!(Change::parse(&format!("{} x", change.to_text())), None);
    }
}
