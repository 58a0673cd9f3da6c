//! What apalis 1.0 with apalis-redis 1.0 must keep doing for us (PUBLISHING §1). An upgrade that changes one
//! of these is seen here first. Each test has a Redis of its own.

#![allow(clippy::disallowed_methods, reason = "measures a real queue with real time")]

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jobs::queue::{Handler, Queue, Settings};
use model::DeliveryId;
use publishing::{Clock, Hint, Hints as _};
use redis::aio::MultiplexedConnection;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread")]
async fn a_pushed_hint_arrives_within_half_a_second() {
    let redis = Redis::start().await;
    let (queue, seen) = (redis.queue(Settings::default()), Seen::default());
    let _worker = Working::start(&queue, seen.handler());
    queue.push(&[hint(0)]).await.expect("Redis takes the first hint");
    seen.wait_for(1).await;
    for n in 1..=10 {
        let began = Instant::now();
        queue.push(&[hint(n)]).await.expect("Redis takes hints");
        seen.wait_for(usize::try_from(n).unwrap() + 1).await;
        assert!(began.elapsed() < Duration::from_millis(500), "hint {n} took {:?}", began.elapsed());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flush_ends_the_worker_and_the_next_one_under_a_new_name_takes_hints() {
    let redis = Redis::start().await;
    let (queue, seen) = (redis.queue(Settings::default()), Seen::default());
    let _worker = Working::start(&queue, seen.handler());
    let first = redis.worker_name().await;
    redis.command(&["FLUSHALL"]).await;
    let second = redis.worker_name().await;
    assert_ne!(first, second);
    queue.push(&[hint(1)]).await.expect("Redis takes hints");
    seen.wait_for(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hint_in_the_hands_of_a_killed_worker_goes_to_one_of_another_name() {
    let redis = Redis::start().await;
    let settings = Settings { heartbeat: Duration::from_secs(1), missed: 2, ..Settings::default() };
    let (killed, survivor) = (redis.queue(settings.clone()), redis.queue(settings));
    let (taken, seen) = (Seen::default(), Seen::default());
    let stuck = Working::start(&killed, taken.never_done());
    killed.push(&[hint(1)]).await.expect("Redis takes hints");
    taken.wait_for(1).await;
    stuck.kill().await;
    let _worker = Working::start(&survivor, seen.handler());
    seen.wait_for(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_clean_stop_the_next_worker_takes_hints_at_once() {
    let redis = Redis::start().await;
    let (queue, seen) = (redis.queue(Settings::default()), Seen::default());
    let worker = Working::start(&queue, seen.handler());
    queue.push(&[hint(1)]).await.expect("Redis takes hints");
    seen.wait_for(1).await;
    let began = Instant::now();
    worker.stop().await;
    let _next = Working::start(&queue, seen.handler());
    queue.push(&[hint(2)]).await.expect("Redis takes hints");
    seen.wait_for(2).await;
    assert!(began.elapsed() < Duration::from_secs(3), "it took {:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hint_whose_handler_panics_is_not_tried_again_and_the_worker_lives_on() {
    let redis = Redis::start().await;
    let (queue, seen) = (redis.queue(Settings::default()), Seen::default());
    let _worker = Working::start(&queue, seen.panics_at(1));
    let name = redis.worker_name().await;
    queue.push(&[hint(1)]).await.expect("Redis takes hints");
    seen.wait_for(1).await;
    queue.push(&[hint(2)]).await.expect("Redis takes hints");
    seen.wait_for(2).await;
    // A retry would be due after one second.
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    assert_eq!(seen.count(1), 1);
    assert_eq!(redis.worker_name().await, name);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_hint_is_taken_once_within_its_time_and_again_after_it() {
    let redis = Redis::start().await;
    let settings = Settings { same_hint: Duration::from_secs(2), ..Settings::default() };
    let (queue, seen) = (redis.queue(settings), Seen::default());
    let _worker = Working::start(&queue, seen.handler());
    for _ in 0..3 {
        queue.push(&[hint(1)]).await.expect("Redis takes hints");
    }
    queue.push(&[hint(2)]).await.expect("Redis takes hints");
    seen.wait_for(2).await;
    assert_eq!((seen.count(1), seen.count(2)), (1, 1));
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    queue.push(&[hint(1)]).await.expect("Redis takes hints");
    seen.wait_for(3).await;
    assert_eq!(seen.count(1), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn handlers_run_side_by_side_and_are_acknowledged() {
    let redis = Redis::start().await;
    let (queue, seen) = (redis.queue(Settings::default()), Seen::default());
    let _worker = Working::start(&queue, seen.takes(Duration::from_millis(500)));
    let hints: Vec<Hint> = (1..=50).map(hint).collect();
    let began = Instant::now();
    queue.push(&hints).await.expect("Redis takes hints");
    seen.wait_for(50).await;
    assert!(began.elapsed() < Duration::from_secs(5), "one after the other: {:?}", began.elapsed());
    redis
        .until("all are acknowledged", || async {
            let done = redis.sum("SCARD", "*:done").await;
            let in_flight = redis.sum("SCARD", "*:inflight:*").await;
            (done, in_flight) == (50, 0)
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_thousand_due_hints_stay_below_the_number_that_breaks_the_queue() {
    let redis = Redis::start().await;
    let (queue, seen) = (redis.queue(Settings::default()), Seen::default());
    let mut taken = 0;
    for batch in 0..40 {
        let hints: Vec<Hint> = (0..200).map(|n| hint(batch * 200 + n)).collect();
        if queue.push(&hints).await.is_ok() {
            taken += hints.len();
        }
    }
    assert_eq!(taken, 4_000);
    let _worker = Working::start(&queue, seen.handler());
    seen.wait_for(taken).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stall_of_redis_does_not_end_the_worker() {
    let redis = Redis::start().await;
    let (queue, seen) = (redis.queue(Settings::default()), Seen::default());
    let _worker = Working::start(&queue, seen.handler());
    let name = redis.worker_name().await;
    redis.command(&["CLIENT", "PAUSE", "1200", "ALL"]).await;
    tokio::time::sleep(Duration::from_millis(1_300)).await;
    queue.push(&[hint(1)]).await.expect("Redis takes hints");
    seen.wait_for(1).await;
    assert_eq!(redis.worker_name().await, name);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_redis_is_away_pushes_are_refused_fast_and_afterwards_all_goes_on() {
    let redis = Redis::start().await;
    let (queue, seen) = (redis.queue(Settings::default()), Seen::default());
    let _worker = Working::start(&queue, seen.handler());
    queue.push(&[hint(1)]).await.expect("Redis takes hints");
    seen.wait_for(1).await;
    let redis = redis.away().await;
    for n in 2..12 {
        let began = Instant::now();
        queue.push(&[hint(n)]).await.expect_err("Redis is away");
        assert!(began.elapsed() < Duration::from_millis(2_100), "refused after {:?}", began.elapsed());
    }
    assert!(!queue.answers().await);
    let redis = redis.back().await;
    redis.until("hints are taken again", || async { queue.push(&[hint(20)]).await.is_ok() }).await;
    seen.wait_for(2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_queue_of_the_day_before_yesterday_is_deleted_whole() {
    let redis = Redis::start().await;
    let (queue, seen) = (redis.queue(Settings::default()), Seen::default());
    let worker = Working::start(&queue, seen.handler());
    queue.push(&[hint(1)]).await.expect("Redis takes hints");
    seen.wait_for(1).await;
    let today = redis.sum("EXISTS", "daybill:*:data").await;
    assert_eq!(today, 1);
    redis.days.fetch_add(2, Ordering::Relaxed);
    queue.push(&[hint(2)]).await.expect("Redis takes hints");
    seen.wait_for(2).await;
    redis
        .until("only the new day is left", || async { redis.sum("EXISTS", "daybill:*:data").await == 1 })
        .await;
    worker.stop().await;
}

fn hint(n: i64) -> Hint {
    Hint { delivery: DeliveryId(Uuid::from_u128(7)), epoch: n }
}

/// What handlers were called with, in order.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<i64>>>);

impl Seen {
    fn handler(&self) -> Handler {
        self.takes(Duration::ZERO)
    }

    fn takes(&self, time: Duration) -> Handler {
        let seen = self.clone();
        Arc::new(move |hint| {
            let seen = seen.clone();
            Box::pin(async move {
                tokio::time::sleep(time).await;
                seen.0.lock().unwrap().push(hint.epoch);
            })
        })
    }

    fn never_done(&self) -> Handler {
        let seen = self.clone();
        Arc::new(move |hint| {
            seen.0.lock().unwrap().push(hint.epoch);
            Box::pin(std::future::pending())
        })
    }

    fn panics_at(&self, epoch: i64) -> Handler {
        let seen = self.clone();
        Arc::new(move |hint| {
            let seen = seen.clone();
            Box::pin(async move {
                seen.0.lock().unwrap().push(hint.epoch);
                assert_ne!(hint.epoch, epoch, "as the test wants it");
            })
        })
    }

    fn count(&self, epoch: i64) -> usize {
        self.0.lock().unwrap().iter().filter(|seen| **seen == epoch).count()
    }

    async fn wait_for(&self, count: usize) {
        let until = Instant::now() + Duration::from_secs(10);
        while self.0.lock().unwrap().len() < count {
            assert!(Instant::now() < until, "only {} of {count} arrived", self.0.lock().unwrap().len());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// A worker of the queue.
struct Working {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Working {
    fn start(queue: &Arc<Queue>, handler: Handler) -> Self {
        let (queue, stop) = (Arc::clone(queue), CancellationToken::new());
        let stopped = stop.clone();
        Self { stop, task: tokio::spawn(async move { queue.work(handler, stopped).await }) }
    }

    async fn stop(self) {
        self.stop.cancel();
        self.task.await.expect("the worker stops cleanly");
    }

    /// As if the process had died: nothing is handed back, nothing deregistered.
    async fn kill(self) {
        self.task.abort();
        let _ = self.task.await;
    }
}

/// A throw-away Redis and a clock whose days can be moved.
struct Redis {
    dir: tempfile::TempDir,
    server: embedded::Redis,
    days: Arc<AtomicI64>,
}

impl Redis {
    async fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let server = embedded::Redis::start(dir.path()).await.expect("redis-server is installed");
        Self { dir, server, days: Arc::default() }
    }

    fn queue(&self, settings: Settings) -> Arc<Queue> {
        let clock = Arc::new(Days { ahead: Arc::clone(&self.days), began: Instant::now() });
        Arc::new(Queue::open(&self.server.url(), clock, settings).expect("the address is good"))
    }

    async fn connection(&self) -> MultiplexedConnection {
        let client = redis::Client::open(self.server.url()).unwrap();
        client.get_multiplexed_async_connection().await.unwrap()
    }

    async fn command(&self, words: &[&str]) {
        let mut command = redis::cmd(words[0]);
        command.arg(&words[1..]);
        let _: redis::Value = command.query_async(&mut self.connection().await).await.unwrap();
    }

    /// Adds up what `command` says of all keys like `pattern`.
    async fn sum(&self, command: &str, pattern: &str) -> i64 {
        let mut connection = self.connection().await;
        let keys: Vec<String> = redis::cmd("KEYS").arg(pattern).query_async(&mut connection).await.unwrap();
        let mut sum = 0;
        for key in keys {
            let one: i64 = redis::cmd(command).arg(key).query_async(&mut connection).await.unwrap();
            sum += one;
        }
        sum
    }

    /// The registered worker, once there is exactly one.
    async fn worker_name(&self) -> String {
        let found = Mutex::new(HashMap::<String, f64>::new());
        self.until("a worker registers", || async {
            let mut connection = self.connection().await;
            let keys: Vec<String> =
                redis::cmd("KEYS").arg("daybill:*:workers").query_async(&mut connection).await.unwrap();
            let Some(key) = keys.first() else { return false };
            let names: HashMap<String, f64> = redis::cmd("ZRANGE")
                .arg(key)
                .arg(0)
                .arg(-1)
                .arg("WITHSCORES")
                .query_async(&mut connection)
                .await
                .unwrap();
            *found.lock().unwrap() = names;
            found.lock().unwrap().len() == 1
        })
        .await;
        found.into_inner().unwrap().into_keys().next().unwrap()
    }

    async fn until<F: Future<Output = bool>>(&self, what: &str, mut is_so: impl FnMut() -> F) {
        let until = Instant::now() + Duration::from_secs(10);
        while !is_so().await {
            assert!(Instant::now() < until, "waited 10 s until {what}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn away(self) -> Away {
        self.server.stop().await;
        Away { dir: self.dir, days: self.days }
    }
}

/// A Redis that was stopped and can come back at the same place.
struct Away {
    dir: tempfile::TempDir,
    days: Arc<AtomicI64>,
}

impl Away {
    async fn back(self) -> Redis {
        let server = embedded::Redis::start(self.dir.path()).await.expect("it starts again");
        Redis { dir: self.dir, server, days: self.days }
    }
}

struct Days {
    ahead: Arc<AtomicI64>,
    began: Instant,
}

#[async_trait::async_trait]
impl Clock for Days {
    fn now(&self) -> Timestamp {
        Timestamp::now() + jiff::SignedDuration::from_hours(24 * self.ahead.load(Ordering::Relaxed))
    }

    fn monotonic(&self) -> Duration {
        self.began.elapsed()
    }

    async fn sleep(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }
}
