//! Hints through Redis, by apalis. The only file that knows apalis.
//!
//! apalis is transport and nothing else: it never owns time, retries, uniqueness or results. The set-up is
//! that of PUBLISHING §1, and `tests/apalis.rs` holds every behaviour it leans on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use apalis::prelude::{
    BackendExt as _, Monitor, ParallelizeExt as _, TaskBuilder, TaskSink as _, WorkerBuilder,
    WorkerBuilderExt as _,
};
use apalis_redis::{Config, ConnectionManager, RedisStorage};
use async_trait::async_trait;
use futures::future::BoxFuture;
use publishing::{Clock, Hint, Hints, HintsError};
use redis::aio::ConnectionManagerConfig;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Begins every key; a queue lives for one day.
const PREFIX: &str = "daybill:hints.v1";

/// A worker that is asked to stop hands over its handlers after this.
const STOP_WITHIN: Duration = Duration::from_secs(20);

/// What is done with a hint. Never fails: the database, not the queue, knows about retries.
pub type Handler = Arc<dyn Fn(Hint) -> BoxFuture<'static, ()> + Send + Sync>;

/// How the queue is run. The default is for production; tests shorten the waits.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How often a worker says that it lives.
    pub heartbeat: Duration,
    /// So many silent intervals later its hints go to others.
    pub missed: usize,
    /// How often a worker looks for hints.
    pub poll: Duration,
    /// Hints taken at a time.
    pub batch: usize,
    /// For so long the same hint is not taken twice; whole seconds.
    pub same_hint: Duration,
    /// So many hints wait at most; `fetch_next` breaks for good near 8,000.
    pub waiting: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            heartbeat: Duration::from_secs(5),
            missed: 4,
            poll: Duration::from_millis(100),
            batch: 64,
            same_hint: Duration::from_mins(10),
            waiting: 4_000,
        }
    }
}

/// `REDIS_URL` cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the address of Redis cannot be used")]
pub struct BadAddress(#[from] redis::RedisError);

/// The queue of hints. Opening never waits for Redis, and a Redis that is away costs nothing but speed.
pub struct Queue {
    connection: ConnectionManager,
    settings: Settings,
    clock: Arc<dyn Clock>,
    /// Told once when Redis goes and once when it comes back.
    is_away: AtomicBool,
    /// Until then, by the monotonic clock, nothing is pushed.
    resting_until_ms: AtomicU64,
}

impl Queue {
    /// Must be called inside a tokio runtime.
    pub fn open(url: &str, clock: Arc<dyn Clock>, settings: Settings) -> Result<Self, BadAddress> {
        // redis-rs gives up on an answer after 500 ms by default, and that ends a worker.
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(Duration::from_secs(2)))
            .set_response_timeout(Some(Duration::from_secs(5)))
            .set_number_of_retries(1)
            .set_max_delay(Duration::from_millis(200));
        let connection = ConnectionManager::new_lazy_with_config(redis::Client::open(url)?, config)?;
        Ok(Self {
            connection,
            settings,
            clock,
            is_away: AtomicBool::new(false),
            resting_until_ms: AtomicU64::new(0),
        })
    }

    /// Whether Redis answers now.
    pub async fn answers(&self) -> bool {
        let mut connection = self.connection.clone();
        let ping = redis::cmd("PING");
        let asked = ping.query_async::<String>(&mut connection);
        matches!(tokio::time::timeout(Duration::from_secs(1), asked).await, Ok(Ok(_)))
    }

    /// Takes hints until `stop`. A worker that dies (Redis flushed, restarted, stalled) is followed by one
    /// under a new name: the old name stays registered and would be refused.
    ///
    /// Every worker has a `Monitor` of its own, which catches its panics; restarting by the monitor itself
    /// knows no pause and would spin while Redis is away.
    pub async fn work(&self, handler: Handler, stop: CancellationToken) {
        let mut pause = FIRST_PAUSE;
        while !stop.is_cancelled() {
            let day = self.today();
            self.forget_old_days(&day).await;
            let began = self.clock.monotonic();
            let Err(error) = self.shift(&day, Arc::clone(&handler), &stop).await else { continue };
            if self.clock.monotonic().saturating_sub(began) > Duration::from_secs(10) {
                pause = FIRST_PAUSE;
            }
            tracing::debug!(%error, "A queue worker ended; another follows in {pause:?}");
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = stop.cancelled() => {}
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// One worker on the queue of one day, until the day is over, it fails, or all stops.
    async fn shift(&self, day: &str, handler: Handler, stop: &CancellationToken) -> Result<(), String> {
        let storage = self.storage(day);
        let poll = self.settings.poll;
        let monitor = Monitor::new().register(move |_| {
            let handler = Arc::clone(&handler);
            WorkerBuilder::new(worker_name())
                .backend(storage.clone().poll_with_interval(poll))
                .parallelize(tokio::spawn)
                .catch_panic()
                .build(move |hint: Hint| handler(hint))
        });
        let context = monitor.context();
        let mut running = std::pin::pin!(monitor.run());
        tokio::select! {
            ended = &mut running => return ended.map_err(|error| error.to_string()),
            () = self.end_of(day) => {}
            () = stop.cancelled() => {}
        }
        if let Err(error) = context.shutdown() {
            tracing::debug!(%error, "The queue worker had already stopped");
        }
        match tokio::time::timeout(STOP_WITHIN, running).await {
            Ok(Err(error)) => tracing::debug!(%error, "The queue worker stopped with an error"),
            Ok(Ok(())) => {}
            Err(_) => tracing::warn!("The queue worker did not stop within {STOP_WITHIN:?}"),
        }
        Ok(())
    }

    async fn end_of(&self, day: &str) {
        while self.today() == day {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    fn storage(&self, day: &str) -> RedisStorage<Hint> {
        let config = Config::default()
            .queue(queue_name(day))
            .batch_size(self.settings.batch)
            .heartbeat_interval(self.settings.heartbeat)
            .missed_heartbeats(self.settings.missed)
            .idempotency_ttl(Some(self.settings.same_hint));
        RedisStorage::new(self.connection.clone()).with_config(config)
    }

    fn today(&self) -> String {
        self.clock.now().strftime("%Y-%m-%d").to_string()
    }

    /// Finished tasks stay for ever in Redis, and `vacuum` blocks it; so yesterday's queue goes as a whole.
    /// The day before stays a while: another machine's clock may still be there.
    async fn forget_old_days(&self, today: &str) {
        if let Err(error) = self.try_forget_old_days(today).await {
            tracing::debug!(%error, "Old queues were not deleted");
        }
    }

    async fn try_forget_old_days(&self, today: &str) -> Result<(), redis::RedisError> {
        let mut connection = self.connection.clone();
        let oldest_kept = self.clock.now() - Duration::from_hours(24);
        let yesterday = oldest_kept.strftime("%Y-%m-%d").to_string();
        let mut cursor = 0_u64;
        loop {
            let (next, keys): (u64, Vec<String>) = redis::cmd("SCAN")
                .arg(cursor)
                .arg("MATCH")
                .arg(format!("{PREFIX}:*"))
                .arg("COUNT")
                .arg(1_000)
                .query_async(&mut connection)
                .await?;
            let mut unlink = redis::cmd("UNLINK");
            let mut count = 0;
            for key in keys {
                let day = day_of(&key);
                if day.is_some_and(|day| day < yesterday.as_str() && day < today) {
                    unlink.arg(key);
                    count += 1;
                }
            }
            if count > 0 {
                unlink.query_async::<u64>(&mut connection).await?;
            }
            if next == 0 {
                return Ok(());
            }
            cursor = next;
        }
    }

    async fn try_push(&self, hints: &[Hint]) -> Result<(), String> {
        let mut storage = self.storage(&self.today());
        let config = storage.get_config();
        let mut count = redis::pipe();
        count.cmd("ZCARD").arg(config.scheduled_jobs_set());
        count.cmd("LLEN").arg(config.active_jobs_list());
        let mut connection = self.connection.clone();
        let (scheduled, active): (usize, usize) =
            count.query_async(&mut connection).await.map_err(|error| error.to_string())?;
        if scheduled + active + hints.len() > self.settings.waiting {
            return Err(format!("{} hints wait already", scheduled + active));
        }
        let tasks = hints.iter().map(|hint| {
            let key = format!("{}:{}", hint.delivery.0.simple(), hint.epoch);
            TaskBuilder::new(*hint).idempotency_key(key).build()
        });
        let mut tasks = futures::stream::iter(tasks.collect::<Vec<_>>());
        storage.push_all(&mut tasks).await.map_err(|error| error.to_string())
    }
}

/// Between two lives of a worker.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// After a push that Redis did not answer.
const REST: Duration = Duration::from_secs(2);

#[async_trait]
impl Hints for Queue {
    /// Refuses at once while Redis is away or too many hints wait; the caller has another lane.
    async fn push(&self, hints: &[Hint]) -> Result<(), HintsError> {
        if hints.is_empty() {
            return Ok(());
        }
        let now = self.clock.monotonic();
        if millis(now) < self.resting_until_ms.load(Ordering::Relaxed) {
            return Err(HintsError("Redis did not answer a moment ago".to_owned()));
        }
        let pushed = tokio::time::timeout(Duration::from_secs(2), self.try_push(hints)).await;
        let trouble = match pushed {
            Ok(Ok(())) => {
                if self.is_away.swap(false, Ordering::Relaxed) {
                    tracing::info!("Redis takes hints again");
                }
                return Ok(());
            }
            Ok(Err(trouble)) => trouble,
            Err(_) => "no answer within 2 s".to_owned(),
        };
        self.resting_until_ms.store(millis(now + REST), Ordering::Relaxed);
        if !self.is_away.swap(true, Ordering::Relaxed) {
            tracing::warn!(trouble, "Redis does not take hints; publishing goes on without it");
        }
        Err(HintsError(trouble))
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn queue_name(day: &str) -> String {
    format!("{PREFIX}:{day}")
}

/// The day in a key such as `daybill:hints.v1:2026-11-22:scheduled`.
fn day_of(key: &str) -> Option<&str> {
    key.strip_prefix(PREFIX)?.strip_prefix(':')?.split(':').next()
}

/// A name that was never used: a name seen lately is refused, and a shared one is never found dead.
fn worker_name() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    format!("worker-{}-{}-{}", host.trim(), std::process::id(), unique())
}

/// Enough to tell two workers of one process start apart, and two starts with the same process id.
fn unique() -> String {
    use std::hash::{BuildHasher as _, RandomState};
    let (high, low) = (RandomState::new().hash_one(0), RandomState::new().hash_one(1));
    Uuid::from_u64_pair(high, low).simple().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_of_a_key_is_found_and_strangers_are_left_alone() {
        assert_eq!(day_of(&format!("{}:meta:01J", queue_name("2026-11-22"))), Some("2026-11-22"));
        assert_eq!(day_of("daybill:other"), None);
    }

    #[test]
    fn two_workers_never_share_a_name() {
        assert_ne!(worker_name(), worker_name());
    }
}
