//! Onto the calendar and off again.

use std::sync::Arc;

use domain::posts::{self, PostError};
use domain::{Actor, Place};
use model::{
    AppError, CancelDelivery, ChannelId, DeliveryState, ErrorKind, PostId, Privacy, Role, SchedulePost,
    ShownState, When,
};
use publishing::{Class, Gate, Refusal, Store as _};

use super::stage::{Stage, last_chunk};

fn fields(error: &PostError) -> model::FieldErrors {
    AppError::from(error).fields
}

fn at(date: &str, time: &str, form: SchedulePost) -> SchedulePost {
    SchedulePost { when: When::At, date: date.into(), time: time.into(), ..form }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_submits_at_once_make_one_post() {
    let stage = Arc::new(Stage::new().await);
    let channel = stage.connect("acc-1").await;
    let asset = stage.upload("a clip").await;
    let form = stage.form(channel, asset);
    let submits = (0..20).map(|_| {
        let (stage, form) = (stage.clone(), form.clone());
        tokio::spawn(async move { posts::schedule(&stage.domain, &stage.ana, form).await.unwrap().id })
    });
    let mut ids = Vec::new();
    for submit in submits.collect::<Vec<_>>() {
        ids.push(submit.await.unwrap());
    }
    ids.dedup();
    assert_eq!(ids.len(), 1, "every submit gets the same post");
    let workspace = stage.place().workspace.0;
    for table in [
        "select count(*) from posts where workspace_id = $1",
        "select count(*) from deliveries where workspace_id = $1",
    ] {
        assert_eq!(stage.count(table, workspace).await, 1, "{table}");
    }
}

#[tokio::test]
async fn what_is_composed_is_what_the_worker_gets_and_the_page_shows() {
    let stage = Stage::new().await;
    let channel = stage.connect("acc-1").await;
    let asset = stage.upload("a clip").await;
    let view = posts::schedule(&stage.domain, &stage.ana, stage.form(channel, asset)).await.unwrap();
    assert!(view.author.starts_with("owner "), "{}", view.author);
    assert_eq!(view.zone, "Europe/Lisbon");
    let delivery = &view.deliveries[0];
    assert!(delivery.may_cancel && delivery.attempts.is_empty());
    assert_eq!(delivery.settings[0], "Visible to: Only me");
    assert_eq!(view.asset.as_ref().unwrap().facts.split(" · ").next(), Some("1080 × 1920"));

    let fence = stage.staged(delivery.id).await;
    assert!(matches!(stage.store.open_gate(&fence, &stage.owner, &last_chunk()).await.unwrap(), Gate::Go(_)));
    let view = posts::get(&stage.domain, &stage.ana, view.id).await.unwrap();
    let delivery = &view.deliveries[0];
    assert_eq!((delivery.shown, delivery.may_cancel), (ShownState::Publishing, false));
    assert_eq!(delivery.attempts[0].outcome, "Under way");
    let states: Vec<_> = delivery.changes.iter().map(|change| change.state).collect();
    use DeliveryState::{Committing, Preparing, Scheduled, Staged};
    assert_eq!(states, [Scheduled, Preparing, Staged, Committing]);
    let home = posts::home(&stage.domain, &stage.ana).await.unwrap();
    assert!(home.greeting.ends_with(", owner") && home.next_up.len() == 1);
    assert!(home.onboarding.post_created && !home.onboarding.post_published);
}

#[tokio::test]
async fn a_time_in_a_gap_goes_out_later_and_one_in_a_fold_the_first_time() {
    let stage = Stage::new().await;
    let channel = stage.connect("acc-1").await;
    let asset = stage.upload("a clip").await;
    // Lisbon: clocks go from 01:00 to 02:00 on 28 March 2027, and from 02:00 back to 01:00 on 31 October 2027.
    for (day, due, month, words) in [
        ("2027-03-28", "2027-03-28T01:30:00Z", "2027-03", "does not exist"),
        ("2027-10-31", "2027-10-31T00:30:00Z", "2027-10", "comes twice"),
    ] {
        let form = at(day, "01:30", stage.form(channel, asset));
        let view = posts::schedule(&stage.domain, &stage.ana, form).await.unwrap();
        let due: jiff::Timestamp = due.parse().unwrap();
        assert_eq!(view.deliveries[0].due_at_ms, due.as_millisecond());
        let reason = view.deliveries[0].reason.as_deref().unwrap_or_default();
        assert!(reason.contains(words), "{reason}");
        let month = posts::month(&stage.domain, &stage.ana, Some(month.into())).await.unwrap();
        let day = month.days.iter().find(|on| on.date == day).unwrap();
        assert_eq!(day.chips.len(), 1);
        let stored =
            "select count(*) from posts where id = $1 and wall_time = '01:30' and zone = 'Europe/Lisbon'
                         and tzdb <> 'unknown' and time_note is not null";
        assert_eq!(stage.count(stored, view.id.0).await, 1);
    }
}

#[tokio::test]
async fn what_does_not_fit_is_said_at_its_field_and_nothing_is_written() {
    let stage = Stage::new().await;
    let channel = stage.connect("acc-1").await;
    let asset = stage.upload("a clip").await;
    let form = || stage.form(channel, asset);
    let nowhere = ChannelId(uuid::Uuid::from_u128(9));
    let cases = [
        ("time", at("2020-01-01", "10:00", form())),
        ("date", at("soon", "10:00", form())),
        ("caption", SchedulePost { caption: "x".repeat(2201), ..form() }),
        ("privacy", SchedulePost { privacy: Some(Privacy::FollowerOfCreator), ..form() }),
        ("allow_stitch", SchedulePost { allow_stitch: true, ..form() }),
        ("discloses", SchedulePost { discloses: true, ..form() }),
        ("asset", SchedulePost { asset: None, ..form() }),
        ("asset", SchedulePost { asset: Some(model::AssetId(uuid::Uuid::from_u128(9))), ..form() }),
        ("channels", SchedulePost { channels: vec![nowhere], ..form() }),
        ("channels", SchedulePost { channels: Vec::new(), ..form() }),
    ];
    for (field, form) in cases {
        let error = posts::schedule(&stage.domain, &stage.ana, form).await.unwrap_err();
        assert!(fields(&error).of(field).is_some(), "{field}: {error:?}");
    }
    *stage.double.stopped.lock().unwrap() =
        Some(Refusal::new(Class::RateLimited, "spam_risk_too_many_posts", "Too many posts today."));
    let error = posts::schedule(&stage.domain, &stage.ana, form()).await.unwrap_err();
    assert_eq!(fields(&error).of("channels"), Some("Too many posts today."));
    *stage.double.stopped.lock().unwrap() = Some(Refusal::new(Class::Retry, "x", "No answer."));
    let error = posts::schedule(&stage.domain, &stage.ana, form()).await.unwrap_err();
    assert_eq!(AppError::from(&error).kind, ErrorKind::Unavailable);
    assert_eq!(
        stage.count("select count(*) from posts where workspace_id = $1", stage.place().workspace.0).await,
        0
    );
}

#[tokio::test]
async fn a_canceled_delivery_stays_off_and_what_is_going_out_cannot_be_canceled() {
    let stage = Stage::new().await;
    let channel = stage.connect("acc-1").await;
    let first = stage.post(channel).await;
    let second = stage.post(channel).await;
    let (waiting, going) = (first.deliveries[0].id, second.deliveries[0].id);
    let job = stage.take(waiting).await;
    let view = posts::cancel(&stage.domain, &stage.ana, CancelDelivery { delivery: waiting }).await.unwrap();
    assert_eq!(view.state, ShownState::Canceled);
    let stale = stage.store.begin(&job.fence, &stage.owner, &super::stage::init()).await;
    assert!(stale.is_err(), "the worker in the middle of it writes no more");
    assert!(stage.store.claim(10).await.unwrap().iter().all(|hint| hint.delivery != waiting));

    let fence = stage.staged(going).await;
    stage.store.open_gate(&fence, &stage.owner, &last_chunk()).await.unwrap();
    let error =
        posts::cancel(&stage.domain, &stage.ana, CancelDelivery { delivery: going }).await.unwrap_err();
    let told = AppError::from(&error);
    assert_eq!(told.kind, ErrorKind::Conflict);
    assert!(told.message.contains("already being published"), "{}", told.message);
    assert_eq!(stage.state(going).await, DeliveryState::Committing);
}

#[tokio::test]
async fn another_workspace_finds_nothing_and_a_viewer_changes_nothing() {
    let stage = Stage::new().await;
    let channel = stage.connect("acc-1").await;
    let post = stage.post(channel).await;
    let delivery = post.deliveries[0].id;
    let stranger = stage.stranger().await;
    let get = async |actor: &Actor, id: PostId| posts::get(&stage.domain, actor, id).await;
    assert!(matches!(get(&stranger, post.id).await, Err(PostError::NotFound)));
    let cancel = posts::cancel(&stage.domain, &stranger, CancelDelivery { delivery }).await;
    assert!(matches!(cancel, Err(PostError::NotFound)));
    let asset = post.asset.as_ref().unwrap().id;
    let form = stage.form(channel, asset);
    let error = posts::schedule(&stage.domain, &stranger, form).await.unwrap_err();
    assert!(fields(&error).of("channels").is_some() && fields(&error).of("asset").is_some());
    let seen = domain::media::get(&stage.domain, &stranger, asset).await;
    assert!(matches!(seen, Err(domain::media::MediaError::NotFound)));
    assert!(domain::channels::list(&stage.domain, &stranger).await.unwrap().is_empty());

    let viewer = Actor { place: Some(Place { role: Role::Viewer, ..stage.place() }), ..stage.ana.clone() };
    assert!(!get(&viewer, post.id).await.unwrap().deliveries[0].may_cancel);
    let cancel = posts::cancel(&stage.domain, &viewer, CancelDelivery { delivery }).await;
    assert!(matches!(cancel, Err(PostError::Denied(_))));
    assert_eq!(stage.state(delivery).await, DeliveryState::Scheduled);
}

#[tokio::test]
async fn the_composer_opens_with_live_options_and_a_time_in_the_brands_zone() {
    let stage = Stage::new().await;
    let channel = stage.connect("acc-1").await;
    let asset = stage.upload("a clip").await;
    let view = posts::compose(&stage.domain, &stage.ana, Some(channel), Some(asset)).await.unwrap();
    assert_eq!(view.request_key.len(), 32);
    assert_eq!(view.zone, "Europe/Lisbon");
    assert_eq!(view.creator.unwrap().privacy_options, [Privacy::PublicToEveryone, Privacy::SelfOnly]);
    assert_eq!((view.channels.len(), view.asset.unwrap().id), (1, asset));
    let form = at(&view.date, &view.time, stage.form(channel, asset));
    posts::schedule(&stage.domain, &stage.ana, form).await.unwrap();
}
