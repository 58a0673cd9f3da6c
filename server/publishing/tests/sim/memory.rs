//! A store in memory that keeps the same rules as the database: unique indexes, fences, and the guard.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use model::{ChannelId, DeliveryId, DeliveryState, Platform, PostId, StepId, StepOutcome, WorkspaceId};
use publishing::machine::{may_go, needs_closed_steps};
use publishing::{
    Content, Fence, Gate, Hint, Job, NewStep, Owner, Step, StepEnd, Store, StoreError, Then, Transition,
};
use uuid::Uuid;

use crate::world::SimClock;

pub struct Row {
    pub id: DeliveryId,
    pub channel: ChannelId,
    pub state: DeliveryState,
    pub epoch: i64,
    pub due_at: Timestamp,
    pub late_limit_at: Timestamp,
    pub since: Timestamp,
    pub next: Option<Timestamp>,
    pub hinted_at: Option<Timestamp>,
    pub owner: Option<Owner>,
    pub attempts: u32,
    pub looks: u32,
    pub steps: Vec<Step>,
    pub remote_id: Option<String>,
    pub reason: Option<String>,
}

#[derive(Default)]
struct Inner {
    rows: BTreeMap<DeliveryId, Row>,
    beats: BTreeMap<String, Timestamp>,
    ids: u128,
}

#[derive(Clone)]
pub struct Memory {
    inner: Arc<Mutex<Inner>>,
    clock: SimClock,
}

fn plus(at: Timestamp, time: Duration) -> Timestamp {
    at.saturating_add(SignedDuration::try_from(time).expect("short")).expect("in range")
}

fn guard(why: impl Into<String>) -> StoreError {
    StoreError::Guard(why.into())
}

impl Memory {
    pub fn new(clock: SimClock) -> Self {
        Self { inner: Arc::default(), clock }
    }

    pub fn add(&self, channel: ChannelId, due_at: Timestamp, late: Duration, lead: Duration) -> DeliveryId {
        let mut inner = self.inner.lock().expect("unpoisoned");
        inner.ids += 1;
        let id = DeliveryId(Uuid::from_u128(inner.ids));
        let now = self.clock.db_now();
        let start = due_at.saturating_sub(SignedDuration::try_from(lead).expect("short")).expect("in range");
        inner.rows.insert(
            id,
            Row {
                id,
                channel,
                state: DeliveryState::Scheduled,
                epoch: 0,
                due_at,
                late_limit_at: plus(due_at, late),
                since: now,
                next: Some(start.max(now)),
                hinted_at: None,
                owner: None,
                attempts: 0,
                looks: 0,
                steps: Vec::new(),
                remote_id: None,
                reason: None,
            },
        );
        id
    }

    /// A person cancels; refused when it is too late for that.
    pub fn cancel(&self, id: DeliveryId) -> bool {
        let mut inner = self.inner.lock().expect("unpoisoned");
        let now = self.clock.db_now();
        let row = inner.rows.get_mut(&id).expect("known");
        if !may_go(row.state, DeliveryState::Canceled) || row.state == DeliveryState::Parked {
            return false;
        }
        row.epoch += 1;
        abandon(row);
        enter(row, DeliveryState::Canceled, now);
        row.next = None;
        true
    }

    pub fn read<T>(&self, look: impl FnOnce(&BTreeMap<DeliveryId, Row>) -> T) -> T {
        look(&self.inner.lock().expect("unpoisoned").rows)
    }

    fn fenced<T>(
        &self,
        fence: &Fence,
        act: impl FnOnce(&mut Row, Timestamp) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut inner = self.inner.lock().expect("unpoisoned");
        let now = self.clock.db_now();
        let row = inner.rows.get_mut(&fence.delivery).ok_or(StoreError::Lost)?;
        if row.epoch != fence.epoch {
            return Err(StoreError::Lost);
        }
        act(row, now)
    }

    fn new_id(&self) -> StepId {
        let mut inner = self.inner.lock().expect("unpoisoned");
        inner.ids += 1;
        StepId(Uuid::from_u128(inner.ids))
    }
}

fn abandon(row: &mut Row) {
    for step in row.steps.iter_mut().filter(|s| !s.irreversible) {
        step.outcome = StepOutcome::Refuted;
    }
}

fn enter(row: &mut Row, to: DeliveryState, now: Timestamp) {
    if row.state == to {
        row.looks += 1;
    } else {
        row.state = to;
        row.since = now;
        row.looks = 0;
        row.owner = None;
    }
}

fn open_steps(row: &Row) -> bool {
    row.steps
        .iter()
        .any(|s| s.irreversible && matches!(s.outcome, StepOutcome::Intent | StepOutcome::Unknown))
}

fn check(row: &Row, to: DeliveryState) -> Result<(), StoreError> {
    if row.state != to && !may_go(row.state, to) {
        return Err(guard(format!("PC001 {:?} to {to:?}", row.state)));
    }
    if needs_closed_steps(to) && open_steps(row) {
        return Err(guard(format!("PC002 {to:?}")));
    }
    let confirmed =
        row.steps.iter().any(|s| s.irreversible && s.part == 0 && s.outcome == StepOutcome::Confirmed);
    if confirmed
        && !matches!(to, DeliveryState::Confirming | DeliveryState::Published | DeliveryState::Verifying)
    {
        return Err(guard(format!("PC003 {to:?}")));
    }
    Ok(())
}

fn end_step(row: &mut Row, end: StepEnd, now: Timestamp) -> Result<(), StoreError> {
    let step = row.steps.iter_mut().find(|s| s.id == end.step).ok_or_else(|| guard("no such step"))?;
    if step.outcome == StepOutcome::Refuted && end.outcome != StepOutcome::Refuted {
        return Err(guard("a refuted step came back"));
    }
    step.outcome = end.outcome;
    step.ids.extend(end.ids);
    step.secrets.extend(end.secrets);
    step.expires_at = end.expires_in.map(|life| plus(now, life)).or(step.expires_at);
    Ok(())
}

fn copy(step: &Step) -> Step {
    Step {
        id: step.id,
        part: step.part,
        kind: step.kind.clone(),
        index: step.index,
        irreversible: step.irreversible,
        outcome: step.outcome,
        ids: step.ids.clone(),
        secrets: step.secrets.clone(),
        expires_at: step.expires_at,
        begun_at: step.begun_at,
        deadline_at: step.deadline_at,
        owner: step.owner.clone(),
    }
}

#[async_trait]
impl Store for Memory {
    async fn claim(&self, limit: u32) -> Result<Vec<Hint>, StoreError> {
        self.clock.blink().await?;
        let mut inner = self.inner.lock().expect("unpoisoned");
        let now = self.clock.db_now();
        let mut hints = Vec::new();
        for row in inner.rows.values_mut().filter(|r| r.next.is_some_and(|at| at <= now)).take(limit as usize)
        {
            row.epoch += 1;
            row.hinted_at = Some(now);
            row.next = Some(plus(now, Duration::from_secs(15)));
            hints.push(Hint { delivery: row.id, epoch: row.epoch });
        }
        Ok(hints)
    }

    async fn unheard(&self, limit: u32) -> Result<Vec<Hint>, StoreError> {
        let inner = self.inner.lock().expect("unpoisoned");
        let now = self.clock.db_now();
        Ok(inner
            .rows
            .values()
            .filter(|r| r.hinted_at.is_some_and(|at| plus(at, Duration::from_secs(2)) < now))
            .take(limit as usize)
            .map(|r| Hint { delivery: r.id, epoch: r.epoch })
            .collect())
    }

    async fn take(&self, hint: Hint, owner: &Owner, lease: Duration) -> Result<Option<Job>, StoreError> {
        self.clock.blink().await?;
        let mut inner = self.inner.lock().expect("unpoisoned");
        let now = self.clock.db_now();
        let Some(row) = inner.rows.get_mut(&hint.delivery) else { return Ok(None) };
        if row.epoch != hint.epoch || row.hinted_at.is_none() {
            return Ok(None);
        }
        row.hinted_at = None;
        row.next = Some(plus(now, lease));
        for step in row.steps.iter_mut().filter(|s| !s.irreversible && s.outcome == StepOutcome::Intent) {
            step.outcome = StepOutcome::Refuted;
        }
        if row.state == DeliveryState::Scheduled {
            enter(row, DeliveryState::Preparing, now);
        }
        row.owner = Some(owner.clone());
        Ok(Some(Job {
            fence: Fence { delivery: row.id, epoch: row.epoch, workspace: WorkspaceId(Uuid::nil()) },
            post: PostId(row.id.0),
            channel: row.channel,
            platform: Platform::Tiktok,
            remote_account: row.channel.to_string(),
            state: row.state,
            content: Content { caption: row.id.to_string(), ..Content::default() },
            media: None,
            due_at: row.due_at,
            late_limit_at: row.late_limit_at,
            skip_when_late: false,
            since: row.since,
            attempts: row.attempts,
            looks: row.looks,
            steps: row.steps.iter().filter(|s| s.outcome != StepOutcome::Refuted).map(copy).collect(),
            now,
        }))
    }

    async fn extend(&self, fence: &Fence, lease: Duration) -> Result<(), StoreError> {
        self.clock.blink().await?;
        self.fenced(fence, |row, now| {
            row.next = Some(plus(now, lease));
            Ok(())
        })
    }

    async fn begin(&self, fence: &Fence, owner: &Owner, step: &NewStep) -> Result<StepId, StoreError> {
        self.clock.blink().await?;
        assert!(!step.irreversible, "irreversible steps go through the gate");
        let id = self.new_id();
        self.fenced(fence, |row, now| {
            row.steps.push(new_step(id, step, owner, now));
            Ok(id)
        })
    }

    async fn finish(&self, fence: &Fence, end: StepEnd) -> Result<(), StoreError> {
        self.clock.blink().await?;
        self.fenced(fence, |row, now| end_step(row, end, now))
    }

    async fn open_gate(&self, fence: &Fence, owner: &Owner, step: &NewStep) -> Result<Gate, StoreError> {
        self.clock.blink().await?;
        let id = self.new_id();
        let busy = self.read(|rows| {
            let channel = rows.get(&fence.delivery).map(|r| r.channel);
            rows.values().any(|r| {
                r.state == DeliveryState::Committing && Some(r.channel) == channel && r.id != fence.delivery
            })
        });
        let gate = self.fenced(fence, |row, now| {
            if row.state != DeliveryState::Staged {
                return Err(StoreError::Lost);
            }
            if now < row.due_at {
                let wait = Duration::try_from(row.due_at.duration_since(now)).expect("ahead");
                return Ok(Gate::Wait { again_in: wait, reason: None });
            }
            if now > row.late_limit_at {
                return Ok(Gate::TooLate);
            }
            if busy {
                return Ok(Gate::Wait { again_in: Duration::from_secs(1), reason: None });
            }
            if row
                .steps
                .iter()
                .any(|s| s.irreversible && s.part == step.part && s.outcome != StepOutcome::Refuted)
            {
                return Err(guard("one_live_irreversible"));
            }
            row.steps.push(new_step(id, step, owner, now));
            enter(row, DeliveryState::Committing, now);
            row.owner = Some(owner.clone());
            row.next = Some(plus(now, step.timeout));
            Ok(Gate::Go(id))
        })?;
        // The COMMIT went through, its answer may still get lost.
        self.clock.lost_answer()?;
        Ok(gate)
    }

    async fn settle(
        &self,
        fence: &Fence,
        end: Option<StepEnd>,
        change: Transition,
    ) -> Result<(), StoreError> {
        self.clock.blink().await?;
        self.fenced(fence, |row, now| {
            if let Some(end) = end {
                end_step(row, end, now)?;
            }
            if change.abandon.is_some() {
                abandon(row);
            }
            check(row, change.to)?;
            enter(row, change.to, now);
            row.attempts += u32::from(change.counts_as_attempt);
            row.reason = change.reason.map(|r| r.code);
            row.remote_id = change.remote_id.or(row.remote_id.take());
            row.next = match change.then {
                Then::In(wait) => Some(plus(now, wait)),
                Then::AtDue => Some(row.due_at.max(now)),
                Then::AtLateLimit => Some(row.late_limit_at),
                Then::Never => None,
            };
            Ok(())
        })
    }

    async fn beat(&self, owner: &Owner) -> Result<(), StoreError> {
        let now = self.clock.db_now();
        self.inner.lock().expect("unpoisoned").beats.insert(owner.id.clone(), now);
        Ok(())
    }

    async fn release_dead(&self, dead: &[Owner]) -> Result<u64, StoreError> {
        let mut inner = self.inner.lock().expect("unpoisoned");
        let now = self.clock.db_now();
        let inner = &mut *inner;
        let mut freed = 0;
        for row in inner.rows.values_mut() {
            let Some(owner) = &row.owner else { continue };
            let proved = dead.contains(owner);
            let silent = inner.beats.get(&owner.id).is_none_or(|at| plus(*at, Duration::from_secs(10)) < now);
            if proved || (silent && row.state != DeliveryState::Committing) {
                row.owner = None;
                if row.next.is_some() {
                    row.next = Some(now);
                    freed += 1;
                }
            }
        }
        Ok(freed)
    }

    async fn owners(&self) -> Result<Vec<Owner>, StoreError> {
        Ok(self.read(|rows| rows.values().filter_map(|r| r.owner.clone()).collect()))
    }
}

fn new_step(id: StepId, step: &NewStep, owner: &Owner, now: Timestamp) -> Step {
    Step {
        id,
        part: step.part,
        kind: step.kind.clone(),
        index: step.index,
        irreversible: step.irreversible,
        outcome: StepOutcome::Intent,
        ids: BTreeMap::new(),
        secrets: BTreeMap::new(),
        expires_at: None,
        begun_at: now,
        deadline_at: Some(plus(now, step.timeout)),
        owner: owner.clone(),
    }
}
