//! What the database refuses, whoever asks.

use model::DeliveryState::{self, Committing, Confirming, Staged};
use model::StepOutcome;
use publishing::{Gate, Reason, Store as _, StoreError, Then, Transition, machine};
use sqlx::Connection as _;

use super::stage::{Stage, init, last_chunk};
use super::store::end;

fn code(error: &sqlx::Error) -> String {
    error.as_database_error().and_then(sqlx::error::DatabaseError::code).unwrap_or_default().into_owned()
}

#[tokio::test]
async fn the_guard_knows_exactly_the_edges_of_the_machine() {
    let stage = Stage::new().await;
    let delivery = stage.delivery().await;
    let mut raw = stage.raw().await;
    for from in DeliveryState::ALL {
        for to in DeliveryState::ALL.into_iter().filter(|to| *to != from) {
            let mut tx = raw.begin().await.unwrap();
            sqlx::query("alter table deliveries disable trigger deliveries_guard")
                .execute(&mut *tx)
                .await
                .unwrap();
            sqlx::query("update deliveries set state = $2, publish_id = 'p' where id = $1")
                .bind(delivery.0)
                .bind(from.as_str())
                .execute(&mut *tx)
                .await
                .unwrap();
            // Trigger events of the first change would keep the table from being altered again.
            sqlx::query("set constraints all immediate").execute(&mut *tx).await.unwrap();
            sqlx::query("alter table deliveries enable trigger deliveries_guard")
                .execute(&mut *tx)
                .await
                .unwrap();
            let moved = sqlx::query("update deliveries set state = $2 where id = $1")
                .bind(delivery.0)
                .bind(to.as_str())
                .execute(&mut *tx)
                .await;
            match moved {
                Ok(_) => assert!(machine::may_go(from, to), "the guard lets {from:?} become {to:?}"),
                Err(error) => {
                    assert_eq!(code(&error), "PC001", "{from:?} to {to:?}: {error}");
                    assert!(!machine::may_go(from, to), "the guard keeps {from:?} from {to:?}");
                }
            }
            tx.rollback().await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_second_irreversible_intent_is_impossible_until_the_first_is_refuted() {
    let stage = Stage::new().await;
    let delivery = stage.delivery().await;
    let fence = stage.staged(delivery).await;
    let Gate::Go(step) = stage.store.open_gate(&fence, &stage.owner, &last_chunk()).await.unwrap() else {
        panic!("nothing stands in the way")
    };
    // Neither through the store, nor past it, nor while the outcome is unknown, nor once it is confirmed.
    for outcome in [StepOutcome::Intent, StepOutcome::Unknown, StepOutcome::Confirmed] {
        if outcome != StepOutcome::Intent {
            let to = if outcome == StepOutcome::Unknown { DeliveryState::Verifying } else { Confirming };
            let change = Transition::to(to, Then::Never);
            stage.store.settle(&fence, Some(end(step, outcome)), change).await.unwrap();
        }
        let again = stage.store.begin(&fence, &stage.owner, &last_chunk()).await;
        assert!(matches!(again, Err(StoreError::Guard(_))), "{outcome:?}: {again:?}");
        let gate = stage.store.open_gate(&fence, &stage.owner, &last_chunk()).await;
        assert!(matches!(gate, Err(StoreError::Guard(_))), "{outcome:?}: {gate:?}");
        let error = sqlx::query(
            "insert into steps (id, workspace_id, delivery_id, part, seq, kind, idx, words, irreversible, owner,
                                epoch, deadline_at)
             select gen_random_uuid(), workspace_id, id, 0, 99, 'x', 0, 'x', true, 'x', 1, now()
               from deliveries where id = $1",
        )
        .bind(delivery.0)
        .execute(&mut stage.raw().await)
        .await
        .unwrap_err();
        assert!(error.to_string().contains("one_live_irreversible"), "{error}");
    }
    // Proof that it failed frees the slot.
    let mut change = Transition::to(DeliveryState::Scheduled, Then::AtDue);
    change.abandon = Some("the platform failed it");
    stage.store.settle(&fence, Some(end(step, StepOutcome::Refuted)), change).await.unwrap();
    let fence = stage.staged(delivery).await;
    let gate = stage.store.open_gate(&fence, &stage.owner, &last_chunk()).await.unwrap();
    assert!(matches!(gate, Gate::Go(_)));
}

#[tokio::test]
async fn nothing_is_given_up_or_tried_again_while_a_call_is_open() {
    let stage = Stage::new().await;
    let delivery = stage.delivery().await;
    let fence = stage.staged(delivery).await;
    let Gate::Go(step) = stage.store.open_gate(&fence, &stage.owner, &last_chunk()).await.unwrap() else {
        panic!("nothing stands in the way")
    };
    let try_to = async |to: DeliveryState| {
        let moved = sqlx::query("update deliveries set state = $2 where id = $1")
            .bind(delivery.0)
            .bind(to.as_str())
            .execute(&mut stage.raw().await)
            .await;
        code(&moved.unwrap_err())
    };
    for to in [Staged, DeliveryState::Failed, DeliveryState::Blocked] {
        assert_eq!(try_to(to).await, "PC002", "{to:?} with an intent");
    }
    assert_eq!(try_to(DeliveryState::Published).await, "PC004", "live without an id");
    stage
        .store
        .settle(&fence, Some(end(step, StepOutcome::Confirmed)), Transition::to(Confirming, Then::AtDue))
        .await
        .unwrap();
    for to in [DeliveryState::Failed, DeliveryState::Scheduled, DeliveryState::Verifying] {
        assert_eq!(try_to(to).await, "PC003", "{to:?} with a confirmed call");
    }
    let back = sqlx::query("update deliveries set epoch = epoch - 1 where id = $1")
        .bind(delivery.0)
        .execute(&mut stage.raw().await)
        .await;
    assert_eq!(code(&back.unwrap_err()), "PC005");
}

#[tokio::test]
async fn pages_cannot_read_what_is_sealed() {
    let stage = Stage::new().await;
    let delivery = stage.delivery().await;
    let mut raw = stage.raw().await;
    sqlx::query("set role app").execute(&mut raw).await.unwrap();
    for sql in [
        "select access_sealed from channel_tokens",
        "select refresh_sealed from channel_tokens",
        "select * from channel_tokens",
        "select secrets from steps",
    ] {
        let error = sqlx::query(sql).fetch_all(&mut raw).await.unwrap_err();
        assert_eq!(code(&error), "42501", "{sql}: {error}");
    }
    sqlx::query("select generation from channel_tokens").fetch_one(&mut raw).await.unwrap();
    assert_eq!(stage.state(delivery).await, DeliveryState::Scheduled);
}

#[tokio::test]
async fn a_worker_inside_a_workspace_sees_no_other() {
    let stage = Stage::new().await;
    stage.delivery().await;
    let stranger = stage.stranger().await;
    let mut raw = stage.raw().await;
    sqlx::query("set role worker").execute(&mut raw).await.unwrap();
    for table in ["deliveries", "due", "channels"] {
        let sql = format!("select count(*) from {table}");
        let count = async |raw: &mut sqlx::PgConnection| {
            sqlx::query_scalar::<_, i64>(sqlx::AssertSqlSafe(sql.clone())).fetch_one(raw).await.unwrap()
        };
        let enter = async |raw: &mut sqlx::PgConnection, workspace: String| {
            sqlx::query("select set_config('app.workspace_id', $1, false)")
                .bind(workspace)
                .execute(raw)
                .await
                .unwrap();
        };
        enter(&mut raw, stage.place().workspace.0.to_string()).await;
        assert_eq!(count(&mut raw).await, 1, "{table}: its own");
        enter(&mut raw, stranger.place.unwrap().workspace.0.to_string()).await;
        assert_eq!(count(&mut raw).await, 0, "{table}: not another's");
        enter(&mut raw, String::new()).await;
        assert_eq!(count(&mut raw).await, 1, "{table}: all, outside of any");
    }
}

#[tokio::test]
async fn a_taken_up_call_that_nobody_answers_for_is_in_doubt() {
    let stage = Stage::new().await;
    let delivery = stage.delivery().await;
    let fence = stage.staged(delivery).await;
    let Gate::Go(step) = stage.store.open_gate(&fence, &stage.owner, &last_chunk()).await.unwrap() else {
        panic!("nothing stands in the way")
    };
    let confirming = Transition::to(Confirming, Then::AtDue);
    stage.store.settle(&fence, Some(end(step, StepOutcome::Confirmed)), confirming).await.unwrap();
    let change =
        Transition::to(DeliveryState::Verifying, Then::AtDue).because(Reason::new("no_status", "No word."));
    stage.store.settle(&fence, None, change).await.unwrap();
    let job = stage.take(delivery).await;
    assert_eq!(job.irreversible().unwrap().outcome, StepOutcome::Unknown);
    assert_eq!(job.state, DeliveryState::Verifying);
}

#[tokio::test]
async fn a_step_outside_the_gate_leaves_the_state_alone() {
    let stage = Stage::new().await;
    let delivery = stage.delivery().await;
    let job = stage.take(delivery).await;
    let gate = stage.store.open_gate(&job.fence, &stage.owner, &last_chunk()).await;
    assert!(matches!(gate, Err(StoreError::Guard(_))), "only what is staged goes through the gate");
    stage.store.begin(&job.fence, &stage.owner, &init()).await.unwrap();
    assert_ne!(stage.state(delivery).await, Committing);
}
