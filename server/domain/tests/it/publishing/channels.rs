//! Connecting, disconnecting, and what waits meanwhile.

use domain::channels::{self, ChannelError, Return};
use model::{AppError, ChannelHealth, DeliveryState, DisconnectChannel, ErrorKind, Platform};
use std::sync::atomic::Ordering;

use publishing::Store as _;

use super::stage::{Stage, init};

#[tokio::test]
async fn a_state_is_used_once_by_the_session_that_got_it() {
    let stage = Stage::new().await;
    let stranger = stage.stranger().await;
    let finish = async |actor: &domain::Actor, back: Return| {
        channels::finish(&stage.domain, actor, Platform::Tiktok, back).await
    };

    let back = stage.consent(&stage.ana, "acc-1").await;
    assert!(
        matches!(finish(&stranger, back.clone()).await, Err(ChannelError::StaleState)),
        "another workspace"
    );
    let elsewhere = domain::Actor { session: stranger.session, ..stage.ana.clone() };
    assert!(
        matches!(finish(&elsewhere, back.clone()).await, Err(ChannelError::StaleState)),
        "another session"
    );
    let made_up = Return { state: Some("made-up".into()), ..back.clone() };
    assert!(matches!(finish(&stage.ana, made_up).await, Err(ChannelError::StaleState)));
    assert_eq!(stage.double.connects.load(Ordering::SeqCst), 0, "no code was swapped for any of these");

    let view = finish(&stage.ana, back.clone()).await.unwrap();
    assert_eq!((view.health, view.handle.as_str()), (ChannelHealth::Connected, "northwind"));
    assert!(matches!(finish(&stage.ana, back).await, Err(ChannelError::StaleState)), "used");

    let late = stage.consent(&stage.ana, "acc-2").await;
    let age =
        "update oauth_states set expires_at = expires_at - interval '11 minutes' where workspace_id = $1";
    assert_eq!(stage.tweak(age, stage.place().workspace.0).await, 1);
    assert!(matches!(finish(&stage.ana, late).await, Err(ChannelError::StaleState)), "too late");
}

#[tokio::test]
async fn a_declined_consent_is_said_in_words_and_changes_nothing() {
    let stage = Stage::new().await;
    let back =
        Return { code: None, error: Some("access_denied".into()), ..stage.consent(&stage.ana, "x").await };
    let error = channels::finish(&stage.domain, &stage.ana, Platform::Tiktok, back).await.unwrap_err();
    let told = AppError::from(&error);
    assert_eq!(told.kind, ErrorKind::Conflict);
    assert!(told.message.contains("TikTok was not connected"), "{}", told.message);
    assert!(channels::list(&stage.domain, &stage.ana).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_disconnect_holds_what_waits_and_a_reconnect_lets_it_go() {
    let stage = Stage::new().await;
    let channel = stage.connect("acc-1").await;
    let waiting = stage.post(channel).await.deliveries[0].id;
    let too_late = stage.post(channel).await.deliveries[0].id;
    let preparing = stage.take(waiting).await;
    let step = stage.store.begin(&preparing.fence, &stage.owner, &init()).await.unwrap();

    channels::disconnect(&stage.domain, &stage.ana, DisconnectChannel { channel }).await.unwrap();
    assert_eq!(stage.double.revokes.load(Ordering::SeqCst), 1);
    assert_eq!(stage.count("select count(*) from channel_tokens where channel_id = $1", channel.0).await, 0);
    for delivery in [waiting, too_late] {
        assert_eq!(stage.state(delivery).await, DeliveryState::Blocked);
    }
    let done = super::store::end(step, model::StepOutcome::Confirmed);
    assert!(stage.store.finish(&preparing.fence, done).await.is_err(), "the worker writes no more");
    let view = &channels::list(&stage.domain, &stage.ana).await.unwrap()[0];
    assert_eq!((view.health, view.scheduled), (ChannelHealth::Disconnected, 2));

    let pass = "update deliveries set due_at = due_at - interval '3 hours', late_limit_at = due_at - interval '2 hours'
                 where id = $1";
    stage.tweak(pass, too_late.0).await;
    assert_eq!(stage.connect("acc-1").await, channel, "the same account keeps its channel");
    assert_eq!(stage.state(waiting).await, DeliveryState::Scheduled);
    assert_eq!(stage.state(too_late).await, DeliveryState::Blocked, "too late: becomes missed by itself");
    let job = stage.take(waiting).await;
    assert!(job.steps.is_empty(), "prepared anew with the new access");
}

#[tokio::test]
async fn a_channel_in_the_middle_of_a_call_is_not_disconnected() {
    let stage = Stage::new().await;
    let delivery = stage.delivery().await;
    let fence = stage.staged(delivery).await;
    stage.store.open_gate(&fence, &stage.owner, &super::stage::last_chunk()).await.unwrap();
    let channel = channels::list(&stage.domain, &stage.ana).await.unwrap()[0].id;
    let error =
        channels::disconnect(&stage.domain, &stage.ana, DisconnectChannel { channel }).await.unwrap_err();
    assert!(matches!(error, ChannelError::Publishing));
    assert_eq!(stage.double.revokes.load(Ordering::SeqCst), 0);
}
