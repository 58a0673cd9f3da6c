//! Deliveries in PostgreSQL: the memory of publishing, and what other features may do to deliveries.
//!
//! The core decides (crate `publishing`); this folder keeps. All SQL is in `pg/`.

mod error;
pub(crate) mod pg;
mod store;

pub use error::DeliveryError;
pub use store::PgStore;

use crate::Domain;
use crate::db::DbRole;

/// How far dispatch is behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClaimHealth {
    /// Age of the oldest row that could be claimed and is not; `None` when nothing waits.
    pub oldest_claimable_ms: Option<i64>,
}

/// What `/readyz` asks: is anything due that nobody claims?
pub async fn health(domain: &Domain) -> Result<ClaimHealth, DeliveryError> {
    let mut tx = domain.db.system(DbRole::Worker).await.map_err(DeliveryError::Store)?;
    let oldest_claimable_ms = pg::claim::oldest_ms(tx.conn()).await.map_err(DeliveryError::Store)?;
    Ok(ClaimHealth { oldest_claimable_ms })
}
