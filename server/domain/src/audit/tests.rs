//! Whoever gets past rights and triggers is still found out by the chain.

use model::WorkspaceId;
use serde_json::json;
use testkit::TestWorld;
use uuid::Uuid;

use super::{Broken, Entry, append, walk};
use crate::db::Db;

const WORKSPACE: Uuid = Uuid::from_u128(1);

/// A world with a trail of six entries.
async fn world() -> TestWorld {
    let world = TestWorld::start().await;
    let db = Db::connect(&world.database_url(), 2).await.unwrap();
    for n in 0..6 {
        let mut tx = db.tenant(WorkspaceId(WORKSPACE)).await.unwrap();
        let facts = json!({ "zeta": n, "alpha": { "text": "é \" \u{2028}", "list": [1.5, true, null] } });
        append(&mut tx, Entry { actor: None, what: "thing_done", object: format!("po_{n}"), facts })
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }
    world
}

/// As somebody who owns the tables and has switched off what protects them.
async fn tamper(world: &TestWorld, sql: &str) {
    world
        .sql(&format!(
            "alter table audit_entries disable trigger user, no force row level security;
             alter table audit_heads no force row level security;
             {sql};
             alter table audit_entries enable trigger user, force row level security;
             alter table audit_heads force row level security;"
        ))
        .await;
}

async fn verify(world: &TestWorld) -> Result<i64, i64> {
    let db = Db::connect(&world.database_url(), 1).await.unwrap();
    let mut tx = db.tenant(WorkspaceId(WORKSPACE)).await.unwrap();
    match walk(&mut tx).await {
        Ok(verified) => Ok(verified.entries),
        Err(Broken::At { at }) => Err(at),
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test]
async fn a_trail_nobody_touched_is_confirmed() {
    assert_eq!(verify(&world().await).await, Ok(6));
}

#[tokio::test]
async fn every_kind_of_tampering_is_found_at_its_entry() {
    for (sql, at) in [
        ("update audit_entries set what = 'nothing_done' where seq = 3", 3),
        ("update audit_entries set facts = jsonb_set(facts, '{zeta}', '99') where seq = 4", 4),
        ("update audit_entries set at = at + interval '1 microsecond' where seq = 2", 2),
        ("update audit_entries set actor = workspace_id where seq = 5", 5),
        ("update audit_entries set hash = sha256('x') where seq = 1", 1),
        ("delete from audit_entries where seq = 3", 3),
        ("delete from audit_entries where seq = 1", 1),
        ("delete from audit_entries where seq >= 5", 5),
        ("delete from audit_entries", 1),
        ("truncate audit_entries", 1),
        ("truncate audit_entries, audit_heads", 1),
        ("update audit_entries set seq = case seq when 3 then -4 else -3 end where seq in (3, 4);
          update audit_entries set seq = -seq where seq < 0", 3),
        ("insert into audit_entries select workspace_id, 7, at, actor, what, object, facts, hash, sha256('x')
          from audit_entries where seq = 6", 7),
    ] {
        let world = world().await;
        tamper(&world, sql).await;
        let found = verify(&world).await;
        if sql.contains("audit_heads") {
            // Both gone: an empty trail. Only an anchor kept elsewhere can show this.
            assert_eq!(found, Ok(0), "{sql}");
        } else {
            assert_eq!(found, Err(at), "{sql}");
        }
    }
}

#[tokio::test]
async fn appends_at_once_stand_in_one_chain() {
    let world = world().await;
    let db = Db::connect(&world.database_url(), 8).await.unwrap();
    let tasks: Vec<_> = (0..30)
        .map(|n| {
            let db = db.clone();
            tokio::spawn(async move {
                let mut tx = db.tenant(WorkspaceId(WORKSPACE)).await.unwrap();
                let entry =
                    Entry { actor: None, what: "thing_done", object: format!("po_{n}"), facts: json!({}) };
                append(&mut tx, entry).await.unwrap();
                // Some transactions come to nothing; their number is not lost.
                if n % 3 > 0 {
                    tx.commit().await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(verify(&world).await, Ok(26));
}
