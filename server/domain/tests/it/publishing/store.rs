//! Claims, fences, the gate, and what may be said twice.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use model::DeliveryState::{self, Committing, Preparing, Published, Scheduled, Verifying};
use model::{DeliveryId, Evidence, PostId, StepId, StepOutcome};
use publishing::{CallLog, Fence, Gate, Owner, Reason, StepEnd, Store as _, StoreError, Then, Transition};
use secrecy::{ExposeSecret as _, SecretString};

use super::stage::{LEASE, Stage, init, last_chunk};

/// The end of a step, with nothing but its outcome.
pub fn end(step: StepId, outcome: StepOutcome) -> StepEnd {
    StepEnd {
        step,
        outcome,
        evidence: if outcome == StepOutcome::Confirmed { Evidence::E8 } else { Evidence::E3 },
        note: None,
        ids: BTreeMap::new(),
        secrets: BTreeMap::new(),
        expires_in: None,
        log: CallLog { method: "PUT".into(), status: 201, ..CallLog::default() },
    }
}

async fn committing(stage: &Stage, delivery: DeliveryId) -> (Fence, StepId) {
    let fence = stage.staged(delivery).await;
    match stage.store.open_gate(&fence, &stage.owner, &last_chunk()).await.unwrap() {
        Gate::Go(step) => (fence, step),
        other => panic!("{other:?}"),
    }
}

/// 500 deliveries that are due, of posts without a file.
async fn crowd(stage: &Stage, channel: model::ChannelId) {
    let sql = "with made as (
            insert into posts (id, workspace_id, brand_id, state, caption, content, request_key, wall_date, wall_time,
                               zone, due_at, tzdb)
            select gen_random_uuid(), c.workspace_id, c.brand_id, 'scheduled', '', '{}', 'crowd-' || n, current_date,
                   localtime, 'UTC', now(), 'x'
              from channels c, generate_series(1, 500) n where c.id = $1
            returning id, workspace_id)
        insert into deliveries (id, workspace_id, post_id, channel_id, due_at, late_limit_at, next_action_at)
        select gen_random_uuid(), workspace_id, id, $1, now(), now() + interval '1 hour', now() from made";
    assert_eq!(stage.tweak(sql, channel.0).await, 500);
}

#[tokio::test]
async fn eight_dispatchers_claim_five_hundred_rows_once_each() {
    let stage = Stage::new().await;
    let channel = stage.connect("acc-1").await;
    crowd(&stage, channel).await;
    let claimers = (0..8).map(|_| {
        let store = stage.store.clone();
        tokio::spawn(async move {
            let mut mine = Vec::new();
            loop {
                let hints = store.claim(20).await.unwrap();
                if hints.is_empty() {
                    return mine;
                }
                mine.extend(hints);
            }
        })
    });
    let mut all = Vec::new();
    for claimer in claimers.collect::<Vec<_>>() {
        all.extend(claimer.await.unwrap());
    }
    let ids: BTreeSet<DeliveryId> = all.iter().map(|hint| hint.delivery).collect();
    // A dispatcher that finds all rows locked sees nothing and stops; what it missed is claimed by others.
    assert_eq!((all.len(), ids.len()), (500, 500));
    assert!(all.iter().all(|hint| hint.epoch == 1));
    assert!(stage.store.claim(200).await.unwrap().is_empty(), "left alone for 15 s");
}

#[tokio::test]
async fn a_doubled_hint_is_taken_once_and_a_stale_one_never() {
    let stage = Stage::new().await;
    let delivery = stage.delivery().await;
    let first = stage.claim(delivery).await;
    let second = stage.claim(delivery).await;
    assert_eq!(second.epoch, first.epoch + 1);
    assert!(stage.store.take(first, &stage.owner, LEASE).await.unwrap().is_none(), "stale");
    let job = stage.store.take(second, &stage.owner, LEASE).await.unwrap().expect("fresh");
    assert_eq!((job.state, job.remote_account.as_str()), (Preparing, "acc-1"));
    assert!(job.media.is_some() && job.content.caption.starts_with("Morning coffee"));
    assert!(stage.store.take(second, &stage.owner, LEASE).await.unwrap().is_none(), "doubled");
}

#[tokio::test]
async fn a_hint_that_nobody_heard_is_given_again_after_two_seconds() {
    let stage = Stage::new().await;
    let delivery = stage.delivery().await;
    let hint = stage.claim(delivery).await;
    assert!(stage.store.unheard(10).await.unwrap().is_empty());
    stage
        .tweak("update deliveries set hinted_at = hinted_at - interval '3 s' where id = $1", delivery.0)
        .await;
    assert_eq!(stage.store.unheard(10).await.unwrap(), [hint]);
    stage.store.take(hint, &stage.owner, LEASE).await.unwrap().unwrap();
    assert!(stage.store.unheard(10).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_stale_epoch_writes_nothing() {
    let stage = Stage::new().await;
    let delivery = stage.delivery().await;
    let old = stage.take(delivery).await;
    let step = stage.store.begin(&old.fence, &stage.owner, &init()).await.unwrap();
    let new = stage.take(delivery).await;
    assert!(new.steps.is_empty(), "what the earlier owner left open is closed");

    let snapshot = "select md5(d::text)::uuid::text from deliveries d where id = $1";
    let read = async || -> String {
        sqlx::query_scalar(snapshot).bind(delivery.0).fetch_one(&mut stage.raw().await).await.unwrap()
    };
    let before = read().await;
    let (store, owner, fence) = (&stage.store, &stage.owner, &old.fence);
    let lost = [
        store.extend(fence, LEASE).await,
        store.begin(fence, owner, &init()).await.map(|_| ()),
        store.finish(fence, end(step, StepOutcome::Confirmed)).await,
        store.open_gate(fence, owner, &last_chunk()).await.map(|_| ()),
        store.settle(fence, None, Transition::to(DeliveryState::Staged, Then::AtDue)).await,
    ];
    assert!(lost.iter().all(|result| matches!(result, Err(StoreError::Lost))), "{lost:?}");
    assert_eq!(read().await, before);
    assert_eq!(stage.count("select count(*) from steps where delivery_id = $1", delivery.0).await, 1);
    stage.store.extend(&new.fence, LEASE).await.unwrap();
}

#[tokio::test]
async fn the_gate_opens_at_the_due_time_by_the_database_and_not_before() {
    let stage = Stage::new().await;
    let delivery = stage.delivery().await;
    let fence = stage.staged(delivery).await;
    let move_due = "update deliveries set due_at = clock_timestamp() + interval '90 s',
                           late_limit_at = clock_timestamp() + interval '1 hour' where id = $1";
    stage.tweak(move_due, delivery.0).await;
    match stage.store.open_gate(&fence, &stage.owner, &last_chunk()).await.unwrap() {
        Gate::Wait { again_in, reason: None } => {
            assert!(
                again_in > Duration::from_secs(80) && again_in <= Duration::from_secs(90),
                "{again_in:?}"
            );
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(stage.state(delivery).await, DeliveryState::Staged);
    assert_eq!(stage.count("select count(*) from steps where delivery_id = $1", delivery.0).await, 0);

    let past = "update deliveries set due_at = clock_timestamp() - interval '2 hours',
                       late_limit_at = clock_timestamp() - interval '1 hour' where id = $1";
    stage.tweak(past, delivery.0).await;
    let gate = stage.store.open_gate(&fence, &stage.owner, &last_chunk()).await.unwrap();
    assert!(matches!(gate, Gate::TooLate), "{gate:?}");
}

#[tokio::test]
async fn each_kill_switch_keeps_the_gate_shut_and_says_why() {
    let stage = Stage::new().await;
    let delivery = stage.delivery().await;
    let fence = stage.staged(delivery).await;
    for (scope, key) in [
        ("global", "''"),
        ("platform", "'tiktok'"),
        ("workspace", "(select workspace_id::text from deliveries where id = $1)"),
        ("channel", "(select channel_id::text from deliveries where id = $1)"),
    ] {
        let on = format!(
            "insert into kill_switches (scope, key, words)
             select '{scope}', {key}, 'Publishing is paused.' where $1::uuid is not null"
        );
        let mut raw = stage.raw().await;
        sqlx::query(sqlx::AssertSqlSafe(on)).bind(delivery.0).execute(&mut raw).await.unwrap();
        match stage.store.open_gate(&fence, &stage.owner, &last_chunk()).await.unwrap() {
            Gate::Wait { reason: Some(Reason { words, .. }), .. } => {
                assert_eq!(words, "Publishing is paused.");
            }
            other => panic!("{scope}: {other:?}"),
        }
        sqlx::query("delete from kill_switches").execute(&mut raw).await.unwrap();
    }
    let gate = stage.store.open_gate(&fence, &stage.owner, &last_chunk()).await.unwrap();
    assert!(matches!(gate, Gate::Go(_)), "{gate:?}");
}

#[tokio::test]
async fn of_two_posts_on_a_channel_one_waits_for_the_other() {
    let stage = Stage::new().await;
    let channel = stage.connect("acc-1").await;
    let mut fences = Vec::new();
    for _ in 0..6 {
        let delivery = stage.post(channel).await.deliveries[0].id;
        fences.push(stage.staged(delivery).await);
    }
    // All at once, so that some get past the look at the slot and meet the index.
    let gates = fences.iter().map(|fence| {
        let (store, fence, owner) = (stage.store.clone(), fence.clone(), stage.owner.clone());
        tokio::spawn(async move { store.open_gate(&fence, &owner, &last_chunk()).await })
    });
    let mut open = 0;
    for gate in gates.collect::<Vec<_>>() {
        match gate.await.unwrap().unwrap() {
            Gate::Go(_) => open += 1,
            Gate::Wait { again_in, .. } => assert_eq!(again_in, Duration::from_secs(1)),
            Gate::TooLate => panic!("in time"),
        }
    }
    assert_eq!(open, 1);
    let intents = "select count(*) from steps where workspace_id = $1 and irreversible";
    assert_eq!(stage.count(intents, stage.place().workspace.0).await, 1, "no intent of those that wait");
}

#[tokio::test]
async fn an_end_that_is_said_twice_is_written_once() {
    let stage = Stage::new().await;
    let delivery = stage.delivery().await;
    let job = stage.take(delivery).await;
    let step = stage.store.begin(&job.fence, &stage.owner, &init()).await.unwrap();
    for _ in 0..2 {
        let mut done = end(step, StepOutcome::Confirmed);
        done.ids.insert("publish_id".into(), "v_pub_1".into());
        done.secrets.insert("upload_url".into(), SecretString::from("https://upload.example/?token=secret"));
        done.expires_in = Some(Duration::from_hours(1));
        stage.store.finish(&job.fence, done).await.unwrap();
    }
    let job = stage.take(delivery).await;
    assert_eq!(job.id("publish_id"), Some("v_pub_1"));
    assert_eq!(job.secret("upload_url").unwrap().expose_secret(), "https://upload.example/?token=secret");
    assert!(job.expires_at().unwrap() > job.now);
    let logs = "select jsonb_array_length(log)::bigint from steps where delivery_id = $1";
    assert_eq!(stage.count(logs, delivery.0).await, 1);
    let leaks =
        "select count(*) from steps where delivery_id = $1 and position('token=secret' in steps::text) > 0";
    assert_eq!(stage.count(leaks, delivery.0).await, 0, "sealed");

    stage.store.settle(&job.fence, None, Transition::to(DeliveryState::Staged, Then::AtDue)).await.unwrap();
    let Gate::Go(step) = stage.store.open_gate(&job.fence, &stage.owner, &last_chunk()).await.unwrap() else {
        panic!("nothing stands in the way")
    };
    for _ in 0..2 {
        let mut change = Transition::to(Published, Then::Never);
        change.remote_id = Some("7123456789".into());
        stage.store.settle(&job.fence, Some(end(step, StepOutcome::Confirmed)), change).await.unwrap();
    }
    let told = "select count(*) from state_changes where delivery_id = $1 and state = 'published'";
    assert_eq!(stage.count(told, delivery.0).await, 1);
    let doubled = "select count(*) from steps where delivery_id = $1 and jsonb_array_length(log) <> 1";
    assert_eq!(stage.count(doubled, delivery.0).await, 0, "each call is logged once");
    let trail = "select count(*) from audit_entries where workspace_id = $1 and what = 'delivery_published'";
    assert_eq!(stage.count(trail, stage.place().workspace.0).await, 1);
    let due = "select count(*) from due where delivery_id = $1";
    assert_eq!(stage.count(due, delivery.0).await, 0, "nothing is left to do");
    let trail = domain::audit::verify(&stage.domain, stage.place().workspace).await.unwrap();
    assert!(trail.entries > 0);
}

#[tokio::test]
async fn looks_count_while_the_state_stays_and_begin_anew_when_it_changes() {
    let stage = Stage::new().await;
    let delivery = stage.delivery().await;
    let (fence, step) = committing(&stage, delivery).await;
    let unsure = Transition::to(Verifying, Then::In(Duration::from_secs(15)))
        .because(Reason::new("unknown", "It may be live."));
    stage.store.settle(&fence, Some(end(step, StepOutcome::Unknown)), unsure).await.unwrap();
    for _ in 0..2 {
        let again = Transition::to(Verifying, Then::In(Duration::from_mins(1)));
        stage.store.settle(&fence, None, again).await.unwrap();
    }
    let job = stage.take(delivery).await;
    assert_eq!(job.looks, 2);
    let reason = "select count(*) from deliveries where id = $1 and reason_words = 'It may be live.'";
    assert_eq!(stage.count(reason, delivery.0).await, 1, "the reason stays while nothing else is known");
    let mut not_there = Transition::to(DeliveryState::Staged, Then::In(Duration::ZERO));
    not_there.counts_as_attempt = true;
    stage.store.settle(&job.fence, Some(end(step, StepOutcome::Refuted)), not_there).await.unwrap();
    let job = stage.take(delivery).await;
    assert_eq!((job.looks, job.attempts), (0, 1));
}

#[tokio::test]
async fn silence_frees_reversible_work_and_only_proof_of_death_an_open_call() {
    let stage = Stage::new().await;
    let channel = stage.connect("acc-1").await;
    let preparing = stage.post(channel).await.deliveries[0].id;
    let calling = stage.post(channel).await.deliveries[0].id;
    stage.take(preparing).await;
    committing(&stage, calling).await;
    stage.store.beat(&stage.owner).await.unwrap();
    assert_eq!(stage.store.owners().await.unwrap(), std::slice::from_ref(&stage.owner));
    assert_eq!(stage.store.release_dead(&[]).await.unwrap(), 0, "alive");

    let silent = "update workers set seen_at = seen_at - interval '11 s' where $1::uuid is not null";
    stage.tweak(silent, preparing.0).await;
    assert_eq!(stage.store.release_dead(&[]).await.unwrap(), 1);
    let claimed: Vec<_> = stage.store.claim(10).await.unwrap().iter().map(|hint| hint.delivery).collect();
    assert_eq!(claimed, [preparing], "the open call is left alone until its deadline");
    assert_eq!(stage.store.release_dead(&[Owner { id: "another".into() }]).await.unwrap(), 0);
    assert_eq!(stage.store.release_dead(std::slice::from_ref(&stage.owner)).await.unwrap(), 1);
    let claimed: Vec<_> = stage.store.claim(10).await.unwrap().iter().map(|hint| hint.delivery).collect();
    assert_eq!(claimed, [calling]);
    assert_eq!(stage.state(calling).await, Committing);
}

#[tokio::test]
async fn dispatch_that_falls_behind_shows() {
    let stage = Stage::new().await;
    let health = domain::delivery::health(&stage.domain).await.unwrap();
    assert_eq!(health.oldest_claimable_ms, None);
    let delivery = stage.delivery().await;
    let late = "update deliveries set next_action_at = clock_timestamp() - interval '40 s' where id = $1";
    stage.tweak(late, delivery.0).await;
    let health = domain::delivery::health(&stage.domain).await.unwrap();
    assert!(health.oldest_claimable_ms.is_some_and(|ms| (40_000..60_000).contains(&ms)), "{health:?}");
}

#[tokio::test]
async fn a_failure_is_told_to_its_author_once() {
    let stage = Stage::new().await;
    let delivery = stage.delivery().await;
    let job = stage.take(delivery).await;
    let post: PostId = job.post;
    let failed = Transition::to(DeliveryState::Failed, Then::Never)
        .because(Reason::new("spam_risk", "TikTok refused this video."));
    stage.store.settle(&job.fence, None, failed.clone()).await.unwrap();
    stage.store.settle(&job.fence, None, failed).await.unwrap();
    let mut mails = stage.world.mails().await;
    mails.retain(|mail| mail.kind == "delivery_failed");
    assert_eq!(mails.len(), 1);
    assert!(mails[0].body.contains("TikTok refused this video."));
    assert!(mails[0].body.contains(&format!("https://daybill.test/posts/{post}")));
    assert_ne!(stage.state(delivery).await, Scheduled);
}
