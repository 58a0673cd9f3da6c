//! Everything that can be undone: token, upload, containers. Ends in `staged`.

use std::time::Duration;

use jiff::SignedDuration;
use model::{DeliveryState, StepOutcome};

use crate::answer::{Answer, Class, Refusal};
use crate::crash_point;
use crate::executor::{Hand, LEASE_MARGIN};
use crate::platform::{Cx, Next, Prepared, StepPlan, TokenTrouble};
use crate::store::{NewStep, Reason, Step, StepEnd, StoreError, Then, Transition};

/// A token must outlive the step it is used for by this much.
pub(crate) const TOKEN_MARGIN: Duration = Duration::from_mins(1);

impl Hand<'_> {
    /// Takes preparing steps until only the commit is left; goes on to it when the time has come.
    pub(crate) async fn prepare(&mut self) -> Result<DeliveryState, StoreError> {
        loop {
            if self.is_too_late() {
                return self.too_late().await;
            }
            if self.job.expires_at().is_some_and(|at| at <= self.now()) {
                return self.start_over(None, "expired", None).await;
            }
            match self.entry.platform.next(&self.job) {
                Next::Impossible(refusal) => return self.refuse(None, &refusal).await,
                Next::Commit(_) => {
                    crash_point!("K27");
                    self.settle(None, Transition::to(DeliveryState::Staged, Then::AtDue)).await?;
                    if self.now() < self.job.due_at {
                        return Ok(DeliveryState::Staged);
                    }
                    return self.commit().await;
                }
                Next::Prepare(plan) => {
                    if let Some(rests) = self.take_step(&plan).await? {
                        return Ok(rests);
                    }
                }
            }
        }
    }

    /// One preparing step: intent, call, record. `Some` when the delivery has to wait now.
    async fn take_step(&mut self, plan: &StepPlan) -> Result<Option<DeliveryState>, StoreError> {
        let token = match self.executor.tokens.access(self.job.channel, plan.timeout + TOKEN_MARGIN).await {
            Ok(token) => token,
            Err(trouble) => return self.no_token(&trouble).await.map(Some),
        };
        let store = &self.executor.store;
        store.extend(&self.job.fence, plan.timeout + LEASE_MARGIN).await?;
        let step = NewStep {
            part: 0,
            kind: plan.kind.clone(),
            index: plan.index,
            words: plan.words.clone(),
            irreversible: false,
            timeout: plan.timeout,
        };
        let id = store.begin(&self.job.fence, &self.executor.owner, &step).await?;
        crash_point!("K16");
        let cx = Cx { http: &*self.executor.http, blobs: &*self.executor.blobs, token: &token };
        let Answer { outcome, evidence, log } = self.entry.platform.prepare(&cx, &self.job, plan).await;
        crash_point!("K17");
        let mut end = StepEnd {
            step: id,
            outcome: StepOutcome::Refuted,
            evidence,
            note: None,
            ids: std::collections::BTreeMap::new(),
            secrets: std::collections::BTreeMap::new(),
            expires_in: None,
            log,
        };
        match outcome {
            Ok(Prepared { ids, secrets, expires_in }) => {
                end.outcome = StepOutcome::Confirmed;
                end.ids.clone_from(&ids);
                end.secrets.clone_from(&secrets);
                end.expires_in = expires_in;
                store.finish(&self.job.fence, end).await?;
                crash_point!("K18");
                let now = self.now();
                self.job.steps.push(Step {
                    id,
                    part: 0,
                    kind: plan.kind.clone(),
                    index: plan.index,
                    irreversible: false,
                    outcome: StepOutcome::Confirmed,
                    ids,
                    secrets,
                    expires_at: expires_in
                        .and_then(|life| SignedDuration::try_from(life).ok())
                        .and_then(|life| now.checked_add(life).ok()),
                    begun_at: now,
                    deadline_at: None,
                    owner: self.executor.owner.clone(),
                });
                Ok(None)
            }
            Err(refusal) => {
                end.note = Some(refusal.message.clone());
                self.meet(end, &refusal).await
            }
        }
    }

    /// Decides what follows a refused preparing step. Everything here is reversible, so an unknown
    /// outcome is as harmless as a refuted one.
    async fn meet(&mut self, end: StepEnd, refusal: &Refusal) -> Result<Option<DeliveryState>, StoreError> {
        match refusal.class {
            Class::Permanent => self.refuse(Some(end), refusal).await.map(Some),
            Class::Reconnect => {
                let reason = Reason::new(refusal.code.clone(), refusal.message.clone());
                self.block(Some(end), reason).await.map(Some)
            }
            Class::Expired => self.start_over(Some(end), "expired", Some(self.backoff())).await.map(Some),
            Class::Refresh if !self.refreshed => {
                self.refreshed = true;
                self.executor.store.finish(&self.job.fence, end).await?;
                match self.executor.tokens.refused(self.job.channel).await {
                    Ok(()) => Ok(None),
                    Err(trouble) => self.no_token(&trouble).await.map(Some),
                }
            }
            Class::RateLimited => {
                let wait = refusal.retry_after.unwrap_or_else(|| self.backoff());
                self.again_or_hold(end, wait, refusal).await.map(Some)
            }
            Class::Retry | Class::Refresh | Class::Ambiguous => {
                let wait = refusal.retry_after.unwrap_or_else(|| self.backoff());
                let mut change = Transition::to(DeliveryState::Scheduled, Then::In(wait))
                    .because(Reason::new(refusal.code.clone(), refusal.message.clone()));
                change.counts_as_attempt = true;
                self.settle(Some(end), change).await.map(Some)
            }
        }
    }

    /// A limit that ends within the late policy is waited for; one that does not puts the delivery on hold.
    async fn again_or_hold(
        &mut self,
        end: StepEnd,
        wait: Duration,
        refusal: &Refusal,
    ) -> Result<DeliveryState, StoreError> {
        let reason = Reason::new(refusal.code.clone(), refusal.message.clone());
        let then = SignedDuration::try_from(wait).ok().and_then(|wait| self.now().checked_add(wait).ok());
        if then.is_none_or(|then| then > self.job.late_limit_at) {
            return self.block(Some(end), reason).await;
        }
        let mut change = Transition::to(DeliveryState::Scheduled, Then::In(wait)).because(reason);
        change.counts_as_attempt = true;
        self.settle(Some(end), change).await
    }

    /// The platform proved that it will never take this.
    pub(crate) async fn refuse(
        &mut self,
        end: Option<StepEnd>,
        refusal: &Refusal,
    ) -> Result<DeliveryState, StoreError> {
        let change = Transition::to(DeliveryState::Failed, Then::Never)
            .because(Reason::new(refusal.code.clone(), refusal.message.clone()));
        self.settle(end, change).await
    }

    /// What was prepared is worthless: back to the beginning.
    pub(crate) async fn start_over(
        &mut self,
        end: Option<StepEnd>,
        note: &'static str,
        wait: Option<Duration>,
    ) -> Result<DeliveryState, StoreError> {
        let mut change = Transition::to(DeliveryState::Scheduled, Then::In(wait.unwrap_or_default()));
        change.abandon = Some(note);
        change.counts_as_attempt = wait.is_some();
        self.settle(end, change).await
    }

    /// No token: a person is needed, or time.
    pub(crate) async fn no_token(&mut self, trouble: &TokenTrouble) -> Result<DeliveryState, StoreError> {
        let reason = Self::token_reason(trouble);
        match trouble {
            TokenTrouble::Reconnect(_) => self.block(None, reason).await,
            TokenTrouble::Later(_) => {
                let back = if self.job.state == DeliveryState::Staged {
                    DeliveryState::Staged
                } else {
                    DeliveryState::Scheduled
                };
                let mut change = Transition::to(back, Then::In(self.backoff())).because(reason);
                change.counts_as_attempt = true;
                self.settle(None, change).await
            }
        }
    }
}
