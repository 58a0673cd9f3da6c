//! Looking: what became of a call that was taken (confirming), and of one nobody can vouch for (verifying).

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::SignedDuration;
use model::{DeliveryState, Evidence, StepOutcome};

use crate::answer::{Answer, CallLog, Class, Refusal};
use crate::crash_point;
use crate::executor::Hand;
use crate::platform::{Cx, Idempotency, Live, Progress};
use crate::prepare::TOKEN_MARGIN;
use crate::store::{Reason, StepEnd, StoreError, Then, Transition};

/// Looks after an unknown outcome: at +15 s, +60 s, +5 min, +15 min (README §2); platform lists lag.
const LOOKS: [Duration; 4] =
    [Duration::from_secs(15), Duration::from_mins(1), Duration::from_mins(5), Duration::from_mins(15)];
/// When the first look happens.
pub(crate) const FIRST_LOOK: Duration = LOOKS[0];
/// After its deadline a sender may at most be late by this: its HTTP layer refuses to write.
const SENDER_SILENT: Duration = Duration::from_mins(1);
/// A look's own time limit.
const LOOK_TIMEOUT: Duration = Duration::from_secs(10);

impl Hand<'_> {
    /// The platform took it and works on.
    pub(crate) async fn confirm(&mut self) -> Result<DeliveryState, StoreError> {
        let (progress, evidence, log) = match self.look().await? {
            Looked::Saw { progress, evidence, log } => (progress, evidence, log),
            Looked::Blind(reason) => {
                let change = Transition { reason: Some(reason), ..self.poll_again() };
                return self.settle(None, change).await;
            }
        };
        crash_point!("K39");
        match progress {
            Progress::Live(live) => self.adopt(live, evidence, log).await,
            Progress::Failed { refusal, may_retry } => self.it_failed(refusal, may_retry, log).await,
            Progress::Processing | Progress::Incomplete | Progress::NotFound => {
                let change = self.poll_again();
                self.settle(None, change).await
            }
        }
    }

    /// The next poll, slower each time; past the platform's own limit it is a case for verifying.
    fn poll_again(&self) -> Transition {
        let can = self.entry.platform.capabilities();
        let (first, last) = can.poll;
        let age = self.now().duration_since(self.job.since);
        if age > SignedDuration::try_from(can.confirm_limit).unwrap_or(SignedDuration::MAX) {
            return Transition::to(DeliveryState::Verifying, Then::In(Duration::ZERO)).because(Reason::new(
                "no_status",
                "The platform took it but never said what became of it. Looking once more.",
            ));
        }
        let wait = first.saturating_mul(1 << (self.job.looks / 4).min(10)).min(last);
        Transition::to(DeliveryState::Confirming, Then::In(wait))
    }

    /// Nobody can say whether the call took effect: look, adopt, prove absence, or park.
    pub(crate) async fn verify(&mut self) -> Result<DeliveryState, StoreError> {
        let looked = self.look().await?;
        crash_point!("K41");
        let (progress, evidence, log) = match looked {
            Looked::Saw { progress, evidence, log } => (progress, evidence, log),
            Looked::Blind(reason) => return self.look_again_or_park(Some(reason)).await,
        };
        match progress {
            Progress::Live(live) => self.adopt(live, evidence, log).await,
            Progress::Processing => {
                let end = self.end(
                    StepOutcome::Confirmed,
                    evidence,
                    "The platform shows that it has everything.",
                    log,
                );
                let poll = self.entry.platform.capabilities().poll.0;
                self.settle(end, Transition::to(DeliveryState::Confirming, Then::In(poll))).await
            }
            Progress::Failed { refusal, may_retry } => self.it_failed(refusal, may_retry, log).await,
            Progress::Incomplete | Progress::NotFound => {
                if self.absence_is_proved(&progress) {
                    let end = self.end(
                        StepOutcome::Refuted,
                        Evidence::E5,
                        "Looked for it: the platform does not have it, and the first sender can send no more.",
                        log,
                    );
                    let mut change =
                        Transition::to(DeliveryState::Staged, Then::In(Duration::ZERO)).because(Reason::new(
                            "not_there",
                            "It is proved that the first try did not reach the platform. Trying again.",
                        ));
                    change.counts_as_attempt = true;
                    return self.settle(end, change).await;
                }
                self.look_again_or_park(None).await
            }
        }
    }

    /// Absence needs three things: enough looks, a platform whose look is proof, and a silent sender.
    fn absence_is_proved(&self, progress: &Progress) -> bool {
        let can = self.entry.platform.capabilities();
        let Some(step) = self.job.irreversible() else { return false };
        // Where the call only completes an object whose id we hold, doing it again cannot make a second
        // post, and "incomplete" is said of that very object: two looks are enough.
        let needed = match (can.idempotency, progress) {
            (Idempotency::SetState, Progress::Incomplete) => 2,
            _ => u32::try_from(LOOKS.len()).unwrap_or(u32::MAX),
        };
        let silent = step.outcome == StepOutcome::Unknown && step.owner == self.executor.owner
            || self.executor.census.is_dead(&step.owner)
            || step.deadline_at.is_some_and(|deadline| {
                self.now().duration_since(deadline)
                    > SignedDuration::try_from(SENDER_SILENT).unwrap_or(SignedDuration::MAX)
            });
        can.absence_is_proof && silent && self.job.looks + 1 >= needed
    }

    /// The next look of the window, or a person decides.
    async fn look_again_or_park(&mut self, blind: Option<Reason>) -> Result<DeliveryState, StoreError> {
        let made = usize::try_from(self.job.looks).unwrap_or(usize::MAX).saturating_add(1);
        if let Some(at) = LOOKS.get(made) {
            let age = Duration::try_from(self.now().duration_since(self.job.since)).unwrap_or_default();
            let mut change = Transition::to(DeliveryState::Verifying, Then::In(at.saturating_sub(age)));
            change.reason = blind;
            return self.settle(None, change).await;
        }
        let change = Transition::to(DeliveryState::Parked, Then::Never).because(Reason::new(
            "undecided",
            "We cannot tell whether this is live: the platform's answer got lost and looking did not settle it. \
             Look at the account yourself, then say whether it is there.",
        ));
        self.settle(None, change).await
    }

    /// It is there: take over its id.
    async fn adopt(
        &mut self,
        live: Live,
        evidence: Evidence,
        log: CallLog,
    ) -> Result<DeliveryState, StoreError> {
        let end = self.end(StepOutcome::Confirmed, evidence, "The platform shows it.", log);
        let mut change = Transition::to(DeliveryState::Published, Then::Never);
        change.remote_id = live.remote_id;
        change.url = live.url;
        self.settle(end, change).await
    }

    /// The platform itself says that it failed: that closes the step.
    async fn it_failed(
        &mut self,
        refusal: Refusal,
        may_retry: bool,
        log: CallLog,
    ) -> Result<DeliveryState, StoreError> {
        let end = self.end(StepOutcome::Refuted, Evidence::E5, &refusal.message, log);
        let reason = Reason::new(refusal.code.clone(), refusal.message.clone());
        let mut change = if may_retry {
            let mut change = Transition::to(
                DeliveryState::Scheduled,
                Then::In(refusal.retry_after.unwrap_or_else(|| self.backoff())),
            );
            change.abandon = Some("the platform failed it");
            change.counts_as_attempt = true;
            change
        } else if refusal.class == Class::Reconnect && self.job.state == DeliveryState::Confirming {
            let mut change = Transition::to(DeliveryState::Blocked, Then::AtLateLimit);
            change.abandon = Some("access was removed");
            change
        } else {
            Transition::to(DeliveryState::Failed, Then::Never)
        };
        change.reason = Some(reason);
        self.settle(end, change).await
    }

    /// One look at the platform. Troubles of the look itself say nothing about the delivery.
    async fn look(&mut self) -> Result<Looked, StoreError> {
        let mut refreshed = false;
        loop {
            let token = match self.executor.tokens.access(self.job.channel, LOOK_TIMEOUT + TOKEN_MARGIN).await
            {
                Ok(token) => token,
                Err(trouble) => return Ok(Looked::Blind(Self::token_reason(&trouble))),
            };
            let cx = Cx { http: &*self.executor.http, blobs: &*self.executor.blobs, token: &token };
            let Answer { outcome, evidence, log } = self.entry.platform.look(&cx, &self.job).await;
            match outcome {
                Ok(progress) => return Ok(Looked::Saw { progress, evidence, log }),
                Err(refusal) if refusal.class == Class::Refresh && !refreshed => {
                    refreshed = true;
                    if let Err(trouble) = self.executor.tokens.refused(self.job.channel).await {
                        return Ok(Looked::Blind(Self::token_reason(&trouble)));
                    }
                }
                Err(refusal) => return Ok(Looked::Blind(Reason::new(refusal.code, refusal.message))),
            }
        }
    }

    /// The end of the open (or once confirmed) irreversible step.
    fn end(&self, outcome: StepOutcome, evidence: Evidence, note: &str, log: CallLog) -> Option<StepEnd> {
        self.job.irreversible().map(|step| StepEnd {
            step: step.id,
            outcome,
            evidence,
            note: Some(note.to_owned()),
            ids: BTreeMap::new(),
            secrets: BTreeMap::new(),
            expires_in: None,
            log,
        })
    }
}

/// What a look brought.
enum Looked {
    Saw {
        progress: Progress,
        evidence: Evidence,
        log: CallLog,
    },
    /// The look itself did not work.
    Blind(Reason),
}
