//! Histories by seed (README §8): workers die, stand still and race, the queue drops and doubles, the
//! database blinks, the platform does every fault of the evidence lattice; then all heals, and the
//! platform's own feed is the judge.
//!
//! `SIM_SEEDS=20000 cargo nextest run -p publishing --test sim` runs more of them; a failure names its seed.

mod memory;
mod world;

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use model::{ChannelId, DeliveryId, DeliveryState};
use publishing::{Executor, Owner, Platforms};
use tokio::task::JoinSet;
use uuid::Uuid;

use memory::Memory;
use world::{BadQueue, Dice, FakePlatform, Graves, Nothing, SimClock, SimTokens};

const DELIVERIES: u64 = 12;
const CHANNELS: u64 = 4;
const WORKERS: usize = 3;

struct World {
    store: Memory,
    platform: FakePlatform,
    clock: SimClock,
    dice: Dice,
    queue: BadQueue,
    graves: Graves,
    names: u64,
}

impl World {
    fn new(seed: u64) -> Self {
        let dice = Dice::new(seed);
        let clock = SimClock::new(dice.clone());
        Self {
            store: Memory::new(clock.clone()),
            platform: FakePlatform {
                feed: Arc::default(),
                clock: clock.clone(),
                dice: dice.clone(),
                kind: usize::try_from(seed % 2).expect("small"),
            },
            queue: BadQueue { hints: Arc::default(), clock: clock.clone(), dice: dice.clone() },
            clock,
            dice,
            graves: Graves::default(),
            names: 0,
        }
    }

    fn executor(&mut self) -> Executor {
        self.names += 1;
        let platform = Arc::new(self.platform.clone());
        Executor {
            store: Arc::new(self.store.clone()),
            hints: Arc::new(self.queue.clone()),
            platforms: Platforms::default().with(platform.clone(), platform),
            http: Arc::new(Nothing),
            blobs: Arc::new(Nothing),
            tokens: Arc::new(SimTokens { clock: self.clock.clone(), dice: self.dice.clone() }),
            census: Arc::new(self.graves.clone()),
            clock: Arc::new(self.clock.clone()),
            rng: Arc::new(self.dice.clone()),
            owner: Owner { id: format!("w{}", self.names) },
        }
    }
}

/// One process: beats, dispatches, reconciles and works on hints side by side.
async fn process(executor: Executor, queue: BadQueue) {
    let mut hands = JoinSet::new();
    let mut round = 0_u64;
    loop {
        round += 1;
        if round % 4 == 1 {
            let _ = executor.store.beat(&executor.owner).await;
        }
        if round % 10 == 1 {
            let _ = executor.reconcile_once().await;
        }
        let mut hints = match executor.dispatch_once().await {
            Ok(dispatched) => dispatched.unpushed,
            Err(_) => Vec::new(),
        };
        hints.extend(queue.hints.lock().expect("unpoisoned").drain(..));
        if round.is_multiple_of(2) {
            hints.extend(executor.store.unheard(50).await.unwrap_or_default());
        }
        for hint in hints {
            let executor = executor.clone();
            hands.spawn(async move {
                match executor.handle(hint).await {
                    Err(publishing::StoreError::Guard(why)) => Some(why),
                    _ => None,
                }
            });
        }
        while let Some(done) = hands.try_join_next() {
            if let Ok(Some(why)) = done {
                panic!("the guard had to step in: {why}");
            }
        }
        // Once all is healed the rest is waiting; no need to count it in quarter seconds.
        let tick = if queue.clock.is_healed() { 2000 } else { 500 };
        tokio::time::sleep(Duration::from_millis(tick)).await;
    }
}

fn run(seed: u64) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(history(seed))
}

async fn history(seed: u64) -> String {
    let mut world = World::new(seed);
    let mut canceled = Vec::new();
    let lead = Duration::from_mins(15);
    let ids: Vec<DeliveryId> = (0..DELIVERIES)
        .map(|_| {
            let channel = ChannelId(Uuid::from_u128(1 + u128::from(world.dice.up_to(CHANNELS))));
            let due = world.clock.db_now()
                + SignedDuration::from_secs(i64::try_from(world.dice.up_to(1200)).expect("small"));
            let late = Duration::from_secs(600 + world.dice.up_to(7200));
            world.store.add(channel, due, late, lead)
        })
        .collect();

    let mut workers: Vec<(String, tokio::task::JoinHandle<()>)> = Vec::new();
    // Three quarters of an hour of trouble.
    let end = world.clock.db_now() + SignedDuration::from_secs(2700);
    while world.clock.db_now() < end {
        while workers.len() < WORKERS {
            let executor = world.executor();
            workers.push((executor.owner.id.clone(), tokio::spawn(process(executor, world.queue.clone()))));
        }
        tokio::time::sleep(Duration::from_millis(500 + world.dice.up_to(40_000))).await;
        if world.dice.sometimes(400) {
            let at = usize::try_from(world.dice.up_to(WORKERS as u64)).expect("small");
            let (name, task) = workers.swap_remove(at);
            assert_alive(task, seed).await;
            // Sometimes nobody can prove the death, as with a worker on another host.
            if world.dice.sometimes(700) {
                world.graves.0.lock().expect("unpoisoned").insert(name);
            }
        }
        if world.dice.sometimes(30) {
            world.queue.hints.lock().expect("unpoisoned").clear();
        }
        if world.dice.sometimes(20) {
            let id = ids[usize::try_from(world.dice.up_to(DELIVERIES)).expect("small")];
            if world.store.cancel(id) {
                canceled.push(id);
            }
        }
    }
    world.clock.heal();
    for _ in 0..48 * 60 {
        tokio::time::sleep(Duration::from_mins(1)).await;
        if world.store.read(|rows| rows.values().all(|row| row.state.is_at_rest())) {
            break;
        }
    }
    for (_, task) in workers {
        assert_alive(task, seed).await;
    }
    judge(&world, &ids, &canceled, seed)
}

/// Kills a worker; if it ended by itself it had found the guard stepping in.
async fn assert_alive(task: tokio::task::JoinHandle<()>, seed: u64) {
    task.abort();
    if let Err(error) = task.await
        && error.is_panic()
    {
        panic!("seed {seed}: a worker panicked: {error}");
    }
}

fn judge(world: &World, ids: &[DeliveryId], canceled: &[DeliveryId], seed: u64) -> String {
    let feed = world.platform.feed.lock().expect("unpoisoned");
    let mut ends = String::new();
    world.store.read(|rows| {
        for id in ids {
            let row = &rows[id];
            let live = feed.live.get(id).map_or(&[][..], Vec::as_slice);
            assert!(live.len() <= 1, "seed {seed}: I1: {id} is live {} times", live.len());
            assert!(
                row.state.is_at_rest(),
                "seed {seed}: I2: {id} ended as {:?} (next {:?}, reason {:?})",
                row.state,
                row.next,
                row.reason
            );
            match row.state {
                DeliveryState::Published => {
                    assert_eq!(live.len(), 1, "seed {seed}: I3: {id} published, not live");
                }
                DeliveryState::Failed | DeliveryState::Missed | DeliveryState::Canceled => {
                    assert!(live.is_empty(), "seed {seed}: I3/I5: {id} is {:?} but live", row.state);
                }
                _ => {}
            }
            assert!(live.iter().all(|at| *at >= row.due_at), "seed {seed}: I4: {id} was early");
            assert!(!canceled.contains(id) || row.state == DeliveryState::Canceled, "seed {seed}: I5: {id}");
            ends.push_str(match row.state {
                DeliveryState::Published => "p",
                DeliveryState::Parked => "k",
                DeliveryState::Failed => "f",
                DeliveryState::Missed => "m",
                _ => "c",
            });
        }
    });
    ends
}

#[test]
fn nothing_twice_nothing_lost_nothing_early_in_any_history() {
    let seeds: u64 = std::env::var("SIM_SEEDS").ok().and_then(|n| n.parse().ok()).unwrap_or(300);
    let from: u64 = std::env::var("SIM_FROM").ok().and_then(|n| n.parse().ok()).unwrap_or(0);
    let mut ends = String::new();
    for seed in from..from + seeds {
        ends.push_str(&run(seed));
    }
    let count = |letter| ends.chars().filter(|c| *c == letter).count();
    println!(
        "{seeds} histories, {} deliveries: {} published, {} missed, {} failed, {} canceled, {} parked",
        ends.len(),
        count('p'),
        count('m'),
        count('f'),
        count('c'),
        count('k')
    );
    assert!(count('p') * 2 > ends.len(), "most deliveries must still get out");
}
