//! The one irreversible call: gate, intent, call, verdict.

use std::collections::BTreeMap;
use std::time::Duration;

use model::{DeliveryState, Evidence, StepId, StepOutcome};
use tracing::warn;

use crate::answer::{Answer, CallLog, Class, Refusal};
use crate::crash_point;
use crate::executor::{Hand, LEASE_MARGIN};
use crate::platform::{Committed, Cx, Next, StepPlan};
use crate::prepare::TOKEN_MARGIN;
use crate::store::{Gate, NewStep, Reason, StepEnd, StoreError, Then, Transition};
use crate::verdict;
use crate::verify::FIRST_LOOK;

/// With less than this left until the deadline an irreversible call is not even begun.
const LEAST_TIME: Duration = Duration::from_secs(10);
/// How long an outcome is held in memory while the database is away.
const HOLD_OUTCOME: Duration = Duration::from_mins(1);

impl Hand<'_> {
    /// From `staged`: makes the call when the gate opens.
    pub(crate) async fn commit(&mut self) -> Result<DeliveryState, StoreError> {
        if self.is_too_late() {
            return self.too_late().await;
        }
        let Next::Commit(plan) = self.entry.platform.next(&self.job) else {
            return self.start_over(None, "incomplete", None).await;
        };
        if self.job.expires_at().is_some_and(|at| at <= self.now()) {
            return self.start_over(None, "expired", None).await;
        }
        let token = match self.executor.tokens.access(self.job.channel, plan.timeout + TOKEN_MARGIN).await {
            Ok(token) => token,
            Err(trouble) => return self.no_token(&trouble).await,
        };
        let step = NewStep {
            part: 0,
            kind: plan.kind.clone(),
            index: plan.index,
            words: plan.words.clone(),
            irreversible: true,
            timeout: plan.timeout,
        };
        // The deadline in the database counts from inside this call, ours from before it: ours is earlier.
        let asked = self.executor.clock.monotonic();
        let id = match self.executor.store.open_gate(&self.job.fence, &self.executor.owner, &step).await? {
            Gate::Go(id) => id,
            Gate::TooLate => return self.too_late().await,
            Gate::Wait { again_in, reason } => {
                let mut change = Transition::to(DeliveryState::Staged, Then::In(again_in));
                change.reason = reason;
                return self.settle(None, change).await;
            }
        };
        self.job.state = DeliveryState::Committing;
        crash_point!("K29");
        let spent = self.executor.clock.monotonic().saturating_sub(asked);
        let left = plan.timeout.saturating_sub(spent);
        let answer = if left < LEAST_TIME.min(plan.timeout / 2) {
            not_begun()
        } else {
            let cx = Cx { http: &*self.executor.http, blobs: &*self.executor.blobs, token: &token };
            let plan = StepPlan { timeout: left, ..plan };
            self.entry.platform.commit(&cx, &self.job, &plan).await
        };
        crash_point!("K34");
        self.conclude(id, answer).await
    }

    /// Evidence to outcome to next state, in one transaction.
    async fn conclude(
        &mut self,
        step: StepId,
        answer: Answer<Committed>,
    ) -> Result<DeliveryState, StoreError> {
        let Answer { outcome, evidence, log } = answer;
        let can = self.entry.platform.capabilities();
        let mut proof = verdict::of_commit(evidence, can);
        let (committed, refusal) = match outcome {
            Ok(committed) => (committed, None),
            Err(refusal) => (Committed::default(), Some(refusal)),
        };
        // "Success" without a value, or a dead upload address, proves nothing: look before anything else.
        let unclear = refusal.as_ref().is_some_and(|r| matches!(r.class, Class::Ambiguous | Class::Expired));
        if (proof == StepOutcome::Confirmed && refusal.is_some())
            || (unclear && !matches!(evidence, Evidence::E0 | Evidence::E1))
        {
            proof = StepOutcome::Unknown;
        }
        let change = match proof {
            StepOutcome::Confirmed => match &committed.live {
                Some(live) => {
                    let mut change = Transition::to(DeliveryState::Published, Then::Never);
                    change.remote_id.clone_from(&live.remote_id);
                    change.url.clone_from(&live.url);
                    change
                }
                None => Transition::to(DeliveryState::Confirming, Then::In(can.poll.0)),
            },
            StepOutcome::Refuted => {
                let refusal = refusal.clone().unwrap_or_else(|| {
                    Refusal::new(Class::Retry, "not_sent", "The call did not reach the platform. Trying again.")
                });
                self.after_refuted_commit(&refusal).await
            }
            StepOutcome::Unknown | StepOutcome::Intent => {
                Transition::to(DeliveryState::Verifying, Then::In(FIRST_LOOK)).because(Reason::new(
                    "unknown",
                    "The platform's answer did not arrive, so it may be live. Looking before anything is tried again.",
                ))
            }
        };
        let end = StepEnd {
            step,
            outcome: proof,
            evidence,
            note: refusal.map(|r| r.message),
            ids: committed.ids,
            secrets: BTreeMap::new(),
            expires_in: None,
            log,
        };
        self.settle_persistently(end, change).await
    }

    /// It is proved that nothing happened: the next try, or the end.
    async fn after_refuted_commit(&mut self, refusal: &Refusal) -> Transition {
        let reason = Reason::new(refusal.code.clone(), refusal.message.clone());
        let mut change = match refusal.class {
            Class::Permanent => Transition::to(DeliveryState::Failed, Then::Never),
            Class::Reconnect => Transition::to(DeliveryState::Blocked, Then::AtLateLimit),
            Class::Refresh => match self.executor.tokens.refused(self.job.channel).await {
                Ok(()) => Transition::to(DeliveryState::Staged, Then::In(Duration::from_secs(1))),
                Err(_) => Transition::to(DeliveryState::Blocked, Then::AtLateLimit),
            },
            Class::Retry | Class::RateLimited | Class::Expired | Class::Ambiguous => Transition::to(
                DeliveryState::Staged,
                Then::In(refusal.retry_after.unwrap_or_else(|| self.backoff())),
            ),
        };
        change.counts_as_attempt = true;
        change.because(reason)
    }

    /// An outcome of an irreversible call is too dear to be dropped because the database blinks.
    async fn settle_persistently(
        &mut self,
        end: StepEnd,
        change: Transition,
    ) -> Result<DeliveryState, StoreError> {
        let begun = self.executor.clock.monotonic();
        let mut end = Some(end);
        loop {
            let copy = end.as_ref().map(again);
            match self.settle(end.take(), change.clone()).await {
                Err(StoreError::Unavailable(cause))
                    if self.executor.clock.monotonic().saturating_sub(begun) < HOLD_OUTCOME =>
                {
                    warn!(delivery.id = %self.job.fence.delivery, %cause, "Holding an outcome until the database answers");
                    end = copy;
                    self.executor.clock.sleep(Duration::from_millis(500)).await;
                }
                other => return other,
            }
        }
    }

    /// `committing` was claimed, so the intent's deadline has passed or its sender is proved dead: nobody
    /// can say what became of the call.
    pub(crate) async fn sender_is_gone(&mut self) -> Result<DeliveryState, StoreError> {
        let Some(step) = self.job.irreversible() else {
            // The guard does not let this state exist; leave it to people rather than guess.
            return self.settle(None, Transition::to(DeliveryState::Verifying, Then::In(FIRST_LOOK))).await;
        };
        let id = step.id;
        let end = StepEnd {
            step: id,
            outcome: StepOutcome::Unknown,
            evidence: Evidence::E3,
            note: Some("The process that made the call is gone; what it saw is lost.".to_owned()),
            ids: BTreeMap::new(),
            secrets: BTreeMap::new(),
            expires_in: None,
            log: CallLog::default(),
        };
        self.executor.store.extend(&self.job.fence, LEASE_MARGIN).await?;
        let change = Transition::to(DeliveryState::Verifying, Then::In(FIRST_LOOK)).because(Reason::new(
            "unknown",
            "We were interrupted during the call, so it may be live. Looking before anything is tried again.",
        ));
        self.settle(Some(end), change).await
    }
}

/// The call was not begun: too little time was left to end it before its deadline.
fn not_begun() -> Answer<Committed> {
    Answer {
        outcome: Err(Refusal::new(
            Class::Retry,
            "too_slow",
            "Recording the intent took too long; the call was not begun. Trying again.",
        )),
        evidence: Evidence::E0,
        log: CallLog::default(),
    }
}

/// `StepEnd` holds secrets and is deliberately not `Clone`; an outcome to be written again has none.
fn again(end: &StepEnd) -> StepEnd {
    StepEnd {
        step: end.step,
        outcome: end.outcome,
        evidence: end.evidence,
        note: end.note.clone(),
        ids: end.ids.clone(),
        secrets: BTreeMap::new(),
        expires_in: end.expires_in,
        log: end.log.clone(),
    }
}
