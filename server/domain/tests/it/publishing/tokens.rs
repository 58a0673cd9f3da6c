//! Access tokens: refreshed once, never lost to a blink, never repeated in doubt (PUBLISHING §5).

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use domain::channels::TokenKeeper;
use model::{ChannelHealth, ChannelId, DeliveryState, Evidence};
use publishing::{Class, TokenTrouble, Tokens as _};
use secrecy::ExposeSecret as _;

use super::platform::Refreshed;
use super::stage::Stage;

const NEED: Duration = Duration::from_mins(1);

fn keeper(stage: &Stage) -> TokenKeeper {
    TokenKeeper { domain: stage.domain.clone() }
}

/// Lets the access token have this many seconds left.
async fn left(stage: &Stage, channel: ChannelId, seconds: i32) {
    let sql = format!(
        "update channel_tokens set access_expires_at = clock_timestamp() + interval '{seconds} s',
                refreshed_at = refreshed_at - interval '1 hour' where channel_id = $1"
    );
    sqlx::query(sqlx::AssertSqlSafe(sql)).bind(channel.0).execute(&mut stage.raw().await).await.unwrap();
}

fn answer(stage: &Stage, with: Refreshed) {
    stage.double.next_refresh.lock().unwrap().push_back(with);
}

async fn health(stage: &Stage) -> ChannelHealth {
    domain::channels::list(&stage.domain, &stage.ana).await.unwrap()[0].health
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_callers_make_one_refresh_and_get_the_same_token() {
    let stage = Arc::new(Stage::new().await);
    let channel = stage.connect("acc-1").await;
    left(&stage, channel, 10).await;
    answer(&stage, Refreshed::After(Duration::from_millis(300)));
    // Whoever waits sleeps by the clock of the world, which only moves when it is told to.
    let world = stage.clone();
    let ticking = tokio::spawn(async move {
        loop {
            world.world.clock.advance(Duration::from_millis(50));
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    let callers = (0..20).map(|_| {
        let keeper = keeper(&stage);
        tokio::spawn(async move { keeper.access(channel, NEED).await.unwrap().expose_secret().to_owned() })
    });
    for caller in callers.collect::<Vec<_>>() {
        assert_eq!(caller.await.unwrap(), "act.a-token-of-some-length.1");
    }
    ticking.abort();
    assert_eq!(stage.double.refreshes.load(Ordering::SeqCst), 1);
    assert_eq!(
        stage.count("select generation::bigint from channel_tokens where channel_id = $1", channel.0).await,
        2
    );
    // The next refresh sends the rotated token.
    left(&stage, channel, 10).await;
    keeper(&stage).access(channel, NEED).await.unwrap();
    assert_eq!(stage.double.sent.lock().unwrap().last().unwrap(), "rft.a-token-of-some-length.1");
}

#[tokio::test]
async fn a_living_token_is_handed_out_without_a_call() {
    let stage = Stage::new().await;
    let channel = stage.connect("acc-1").await;
    let token = keeper(&stage).access(channel, NEED).await.unwrap();
    assert_eq!(token.expose_secret(), "act.a-token-of-some-length.0");
    assert_eq!(stage.double.refreshes.load(Ordering::SeqCst), 0);
    // Refused although it should live: the next use refreshes.
    left(&stage, channel, 3600).await;
    keeper(&stage).refused(channel).await.unwrap();
    let token = keeper(&stage).access(channel, NEED).await.unwrap();
    assert_eq!(token.expose_secret(), "act.a-token-of-some-length.1");
}

#[tokio::test]
async fn an_answer_without_a_refresh_token_keeps_the_old_one() {
    let stage = Stage::new().await;
    let channel = stage.connect("acc-1").await;
    for _ in 0..2 {
        left(&stage, channel, 10).await;
        answer(&stage, Refreshed::WithoutRefreshToken);
        keeper(&stage).access(channel, NEED).await.unwrap();
    }
    let sent = stage.double.sent.lock().unwrap().clone();
    assert_eq!(sent, ["rft.a-token-of-some-length.0", "rft.a-token-of-some-length.0"]);
}

#[tokio::test]
async fn trouble_that_passes_never_disconnects() {
    let stage = Stage::new().await;
    let delivery = stage.delivery().await;
    let channel = domain::channels::list(&stage.domain, &stage.ana).await.unwrap()[0].id;
    for (class, evidence) in
        [(Class::Retry, Evidence::E0), (Class::RateLimited, Evidence::E6), (Class::Permanent, Evidence::E5)]
    {
        left(&stage, channel, -5).await;
        answer(&stage, Refreshed::Refused(class, evidence));
        let trouble = keeper(&stage).access(channel, NEED).await.unwrap_err();
        assert!(matches!(trouble, TokenTrouble::Later(_)), "{evidence:?}: {trouble:?}");
        let rest =
            "update token_refreshes set ended_at = ended_at - interval '1 minute' where channel_id = $1";
        stage.tweak(rest, channel.0).await;
    }
    assert_eq!(health(&stage).await, ChannelHealth::Connected);
    assert_eq!(stage.state(delivery).await, DeliveryState::Scheduled);
    keeper(&stage).access(channel, NEED).await.expect("the next one works");
    assert_eq!(stage.double.refreshes.load(Ordering::SeqCst), 4);
}

#[tokio::test]
async fn a_refresh_token_that_is_dead_holds_what_waits_and_tells_the_person_once() {
    let stage = Stage::new().await;
    let delivery = stage.delivery().await;
    let channel = domain::channels::list(&stage.domain, &stage.ana).await.unwrap()[0].id;
    left(&stage, channel, -5).await;
    answer(&stage, Refreshed::Refused(Class::Reconnect, Evidence::E5));
    for _ in 0..2 {
        let trouble = keeper(&stage).access(channel, NEED).await.unwrap_err();
        assert!(matches!(trouble, TokenTrouble::Reconnect(_)), "{trouble:?}");
    }
    assert_eq!(stage.double.refreshes.load(Ordering::SeqCst), 1);
    assert_eq!(health(&stage).await, ChannelHealth::Broken);
    assert_eq!(stage.state(delivery).await, DeliveryState::Blocked);
    let mails = stage.world.mails().await;
    assert_eq!(mails.iter().filter(|mail| mail.kind == "channel_broken").count(), 1);
    assert_eq!(stage.connect("acc-1").await, channel);
    assert_eq!(stage.state(delivery).await, DeliveryState::Scheduled);
    keeper(&stage).access(channel, NEED).await.unwrap();
}

#[tokio::test]
async fn an_unanswered_refresh_is_not_sent_again() {
    let stage = Stage::new().await;
    let channel = stage.connect("acc-1").await;
    // Nearly over, but alive: the old access token serves as long as it can.
    left(&stage, channel, 200).await;
    answer(&stage, Refreshed::Refused(Class::Ambiguous, Evidence::E3));
    for _ in 0..2 {
        let token = keeper(&stage).access(channel, NEED).await.unwrap();
        assert_eq!(token.expose_secret(), "act.a-token-of-some-length.0");
    }
    left(&stage, channel, -1).await;
    let trouble = keeper(&stage).access(channel, NEED).await.unwrap_err();
    assert!(matches!(trouble, TokenTrouble::Reconnect(_)), "{trouble:?}");
    assert_eq!(stage.double.refreshes.load(Ordering::SeqCst), 1);
    assert_eq!(health(&stage).await, ChannelHealth::Broken);
}

#[tokio::test]
async fn a_refresh_whose_caller_died_counts_as_unanswered() {
    let stage = Stage::new().await;
    let channel = stage.connect("acc-1").await;
    let died = "insert into token_refreshes (id, workspace_id, channel_id, generation, deadline_at)
                select gen_random_uuid(), workspace_id, id, 1, now() - interval '1 minute' from channels where id = $1";
    stage.tweak(died, channel.0).await;
    left(&stage, channel, 200).await;
    let token = keeper(&stage).access(channel, NEED).await.unwrap();
    assert_eq!(token.expose_secret(), "act.a-token-of-some-length.0");
    assert_eq!(stage.double.refreshes.load(Ordering::SeqCst), 0);
    // Connected anew, the doubt is about a pair of before.
    stage.connect("acc-1").await;
    left(&stage, channel, 10).await;
    keeper(&stage).access(channel, NEED).await.unwrap();
    assert_eq!(stage.double.refreshes.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_pair_moved_to_another_channel_does_not_open() {
    let stage = Stage::new().await;
    let (one, other) = (stage.connect("acc-1").await, stage.connect("acc-2").await);
    let swap = "update channel_tokens t set generation = 2, access_sealed = (
                    select access_sealed from channel_tokens where channel_id <> $1) where channel_id = $1";
    stage.tweak(swap, one.0).await;
    let trouble = keeper(&stage).access(one, NEED).await.unwrap_err();
    assert!(matches!(trouble, TokenTrouble::Later(_)), "{trouble:?}");
    keeper(&stage).access(other, NEED).await.unwrap();
}
