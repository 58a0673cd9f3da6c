//! The program is killed for real, at named points and at once, and started again; the sandbox's feed judges.
//! The points are those of the publishing crate's README §6. Needs the feature `failpoints`.

#![cfg(feature = "failpoints")]
#![allow(clippy::disallowed_methods, reason = "tests time, start and call real programs")]

mod rig;

use std::time::{Duration, Instant};

use model::DeliveryState;
use rig::Rig;

/// Kills at `point` while a delivery goes out, starts again, and wants it live exactly once.
async fn killed_at(rig: &Rig, point: &str) -> Duration {
    let caption = format!("killed at {point}");
    let mut doomed = rig.program(Some(point));
    let post = rig.schedule(&caption, Duration::from_secs(2)).await;
    let due = rig.now();
    let status = doomed.wait();
    assert!(!status.success(), "{point}: ended by itself with {status}");
    drop(doomed);
    let begun = Instant::now();
    let program = rig.program(None);
    let state = rig.rest(post).await;
    let took = begun.elapsed();
    drop(program);
    let live: Vec<_> = rig.feed().await.into_iter().filter(|(text, _)| *text == caption).collect();
    assert_eq!(live.len(), 1, "{point}: live {} times, the delivery is {state:?}", live.len());
    assert_eq!(state, DeliveryState::Published, "{point}");
    assert!(live[0].1 >= due.as_millisecond(), "{point}: early");
    println!("{point}: live once, {:.1} s after the new start", took.as_secs_f64());
    took
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_before_the_call_it_is_live_once() {
    let rig = Rig::start().await;
    for point in ["K04", "K05", "K09", "K10", "K16", "K17", "K18", "K27", "K28"] {
        killed_at(&rig, point).await;
    }
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_around_the_call_it_is_live_once() {
    let rig = Rig::start().await;
    for point in ["K29", "K34", "K35", "K36", "K39"] {
        killed_at(&rig, point).await;
    }
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flushed_redis_loses_nothing_and_doubles_nothing() {
    const POSTS: usize = 200;
    let rig = Rig::start().await;
    let mut posts = Vec::new();
    let due_in = Duration::from_secs(25);
    let begun = Instant::now();
    for n in 0..POSTS {
        let ahead = due_in.saturating_sub(begun.elapsed()).max(Duration::from_secs(2));
        posts.push(rig.schedule(&format!("flushed {n:03}"), ahead).await);
    }
    let program = rig.program(None);
    tokio::time::sleep(due_in.saturating_sub(begun.elapsed())).await;
    // While the first are going out: everything Redis knows is gone, three times over.
    let client = redis::Client::open(rig.redis_url.as_str()).expect("an address");
    let mut connection = client.get_connection().expect("Redis answers");
    for _ in 0..3 {
        redis::cmd("FLUSHALL").query::<()>(&mut connection).expect("Redis answers");
        tokio::time::sleep(Duration::from_millis(700)).await;
    }
    for post in posts {
        assert_eq!(rig.rest(post).await, DeliveryState::Published);
    }
    let mut live: Vec<String> = rig.feed().await.into_iter().map(|(caption, _)| caption).collect();
    live.sort();
    let all = live.len();
    live.dedup();
    assert_eq!((all, live.len()), (POSTS, POSTS), "each is live, and none twice");
    drop(program);
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_never_comes_is_looked_up_and_not_sent_again() {
    let rig = Rig::start().await;
    rig.faults(serde_json::json!([
        { "platform": "tiktok", "call": "last_chunk", "kind": "do_it_but_500", "times": 1 }
    ]))
    .await;
    let program = rig.program(None);
    let post = rig.schedule("answered with an error", Duration::ZERO).await;
    assert_eq!(rig.rest(post).await, DeliveryState::Published);
    assert_eq!(rig.feed().await.len(), 1);
    drop(program);
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_while_the_platform_has_the_call_and_has_not_answered() {
    let rig = Rig::start().await;
    // The sandbox does it at once and answers late: the body is complete, no answer is there (K32).
    rig.faults(serde_json::json!([
        { "platform": "tiktok", "call": "last_chunk", "kind": { "delay_ms": 8000 }, "times": 1 }
    ]))
    .await;
    let program = rig.program(None);
    let post = rig.schedule("no answer yet", Duration::ZERO).await;
    let begun = Instant::now();
    while rig.state(post).await != DeliveryState::Committing {
        assert!(begun.elapsed() < Duration::from_secs(30), "the call never began");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    drop(program);
    assert_eq!(rig.state(post).await, DeliveryState::Committing, "the kill came before the answer");
    let program = rig.program(None);
    assert_eq!(rig.rest(post).await, DeliveryState::Published);
    assert_eq!(rig.feed().await.len(), 1);
    drop(program);
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_moment_it_is_live_once() {
    let rig = Rig::start().await;
    for wait_ms in [1900, 2050, 2150, 2250, 2400, 2700] {
        let program = rig.program(None);
        let caption = format!("killed after {wait_ms} ms");
        let post = rig.schedule(&caption, Duration::from_secs(2)).await;
        tokio::time::sleep(Duration::from_millis(wait_ms)).await;
        drop(program);
        let program = rig.program(None);
        assert_eq!(rig.rest(post).await, DeliveryState::Published, "{caption}");
        assert_eq!(rig.feed().await.iter().filter(|(text, _)| *text == caption).count(), 1, "{caption}");
        drop(program);
    }
    rig.stop().await;
}
