//! [`publishing::Store`] over PostgreSQL.

use std::time::Duration;

use async_trait::async_trait;
use model::StepId;
use publishing::{
    Fence, Gate, Hint, Job, NewStep, Owner, StepEnd, Store, StoreError, Transition, crash_point,
};

use super::pg;
use super::pg::trouble;
use crate::db::{DbRole, TenantTx};
use crate::{Domain, new_id};

/// The memory of publishing, acting as the role `worker`.
#[derive(Clone)]
pub struct PgStore {
    domain: Domain,
}

impl PgStore {
    pub fn new(domain: &Domain) -> Self {
        Self { domain: domain.clone() }
    }

    async fn enter(&self, fence: &Fence) -> Result<TenantTx, StoreError> {
        self.domain.db.tenant_as(DbRole::Worker, fence.workspace).await.map_err(trouble)
    }

    async fn system(&self) -> Result<crate::db::SystemTx, StoreError> {
        self.domain.db.system(DbRole::Worker).await.map_err(trouble)
    }
}

#[async_trait]
impl Store for PgStore {
    async fn claim(&self, limit: u32) -> Result<Vec<Hint>, StoreError> {
        let mut tx = self.system().await?;
        let hints = pg::claim::claim(tx.conn(), limit).await.map_err(trouble)?;
        crash_point!("K04");
        tx.commit().await.map_err(trouble)?;
        Ok(hints)
    }

    async fn unheard(&self, limit: u32) -> Result<Vec<Hint>, StoreError> {
        let mut tx = self.system().await?;
        pg::claim::unheard(tx.conn(), limit).await.map_err(trouble)
    }

    async fn take(&self, hint: Hint, owner: &Owner, lease: Duration) -> Result<Option<Job>, StoreError> {
        let mut tx = self.system().await?;
        let workspace = pg::claim::workspace(tx.conn(), hint.delivery).await.map_err(trouble)?;
        let Some(workspace) = workspace else { return Ok(None) };
        let fence = Fence { delivery: hint.delivery, epoch: hint.epoch, workspace };
        let mut tx = tx.enter(workspace).await.map_err(trouble)?;
        if !pg::claim::take(tx.conn(), &fence, owner, lease).await.map_err(trouble)? {
            return Ok(None);
        }
        let job = pg::job::read(&self.domain, &mut tx, fence).await?;
        tx.commit().await.map_err(trouble)?;
        crash_point!("K10");
        Ok(Some(job))
    }

    async fn extend(&self, fence: &Fence, lease: Duration) -> Result<(), StoreError> {
        let mut tx = self.enter(fence).await?;
        if !pg::claim::extend(tx.conn(), fence, lease).await.map_err(trouble)? {
            return Err(StoreError::Lost);
        }
        tx.commit().await.map_err(trouble)
    }

    async fn begin(&self, fence: &Fence, owner: &Owner, step: &NewStep) -> Result<StepId, StoreError> {
        let mut tx = self.enter(fence).await?;
        pg::settle::lock(tx.conn(), fence).await?;
        let id = StepId(new_id(&self.domain));
        pg::steps::insert(tx.conn(), id, fence, owner, step).await.map_err(trouble)?;
        tx.commit().await.map_err(trouble)?;
        Ok(id)
    }

    async fn finish(&self, fence: &Fence, end: StepEnd) -> Result<(), StoreError> {
        let mut tx = self.enter(fence).await?;
        pg::settle::lock(tx.conn(), fence).await?;
        // The same end again is an answer to COMMIT that got lost: it is written already.
        if pg::steps::outcome(tx.conn(), fence, end.step).await? == end.outcome {
            return Ok(());
        }
        pg::steps::end(&self.domain, &mut tx, fence, &end).await?;
        tx.commit().await.map_err(trouble)
    }

    async fn open_gate(&self, fence: &Fence, owner: &Owner, step: &NewStep) -> Result<Gate, StoreError> {
        let mut tx = self.enter(fence).await?;
        if let Some(closed) = pg::gate::closed(tx.conn(), fence).await? {
            return Ok(closed);
        }
        let id = StepId(new_id(&self.domain));
        pg::steps::insert(tx.conn(), id, fence, owner, step).await.map_err(trouble)?;
        if let Err(error) = pg::gate::enter(tx.conn(), fence, owner, step.timeout).await {
            // Another delivery of the channel was faster than our look at the slot.
            return if pg::gate::is_slot_taken(&error) { Ok(pg::gate::busy()) } else { Err(trouble(error)) };
        }
        crash_point!("K28");
        tx.commit().await.map_err(trouble)?;
        Ok(Gate::Go(id))
    }

    async fn settle(
        &self,
        fence: &Fence,
        end: Option<StepEnd>,
        change: Transition,
    ) -> Result<(), StoreError> {
        let mut tx = self.enter(fence).await?;
        let now = pg::settle::lock(tx.conn(), fence).await?;
        if let Some(end) = &end {
            let already = pg::steps::outcome(tx.conn(), fence, end.step).await? == end.outcome;
            if already && now == change.to {
                return Ok(());
            }
            pg::steps::end(&self.domain, &mut tx, fence, end).await?;
        } else if now == change.to && now.is_final() {
            return Ok(());
        }
        pg::settle::change(&self.domain, &mut tx, fence, now, end.is_some(), &change).await?;
        crash_point!("K35");
        tx.commit().await.map_err(trouble)?;
        crash_point!("K36");
        Ok(())
    }

    async fn beat(&self, owner: &Owner) -> Result<(), StoreError> {
        let mut tx = self.system().await?;
        pg::claim::beat(tx.conn(), owner).await.map_err(trouble)?;
        tx.commit().await.map_err(trouble)
    }

    async fn release_dead(&self, dead: &[Owner]) -> Result<u64, StoreError> {
        let mut tx = self.system().await?;
        let freed = pg::claim::release_dead(tx.conn(), dead).await.map_err(trouble)?;
        tx.commit().await.map_err(trouble)?;
        Ok(freed)
    }

    async fn owners(&self) -> Result<Vec<Owner>, StoreError> {
        let mut tx = self.system().await?;
        pg::claim::owners(tx.conn()).await.map_err(trouble)
    }
}
