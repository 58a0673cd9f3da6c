//! Row-level security from below: what the role of the pages can do with SQL alone.

use domain::Actor;
use model::Role;
use sqlx::PgConnection;
use testkit::TestWorld;

const TABLES: [&str; 5] = ["memberships", "brands", "audit_entries", "audit_heads", "workspaces"];

/// As an injected statement would run: role `app`, standing in the workspace of `actor`, or nowhere.
async fn as_app(world: &TestWorld, actor: Option<&Actor>) -> PgConnection {
    let mut app = world.login().await;
    sqlx::query("set role app").execute(&mut app).await.unwrap();
    if let Some(actor) = actor {
        sqlx::query("select set_config('app.workspace_id', $1, false)")
            .bind(actor.place.unwrap().workspace.0.to_string())
            .execute(&mut app)
            .await
            .unwrap();
    }
    app
}

async fn count(app: &mut PgConnection, table: &str) -> i64 {
    sqlx::query_scalar(sqlx::AssertSqlSafe(format!("select count(*) from {table}")))
        .fetch_one(app)
        .await
        .unwrap()
}

#[tokio::test]
async fn without_a_workspace_there_are_no_rows() {
    let world = TestWorld::start().await;
    let owner = world.member(Role::Owner).await;
    for table in TABLES {
        assert_eq!(count(&mut as_app(&world, None).await, table).await, 0, "{table}");
        assert!(count(&mut as_app(&world, Some(&owner)).await, table).await > 0, "{table}");
    }
}

#[tokio::test]
async fn another_workspaces_rows_cannot_be_seen_changed_or_written() {
    let world = TestWorld::start().await;
    let (ours, theirs) = (world.member(Role::Owner).await, world.second_workspace().await);
    let mut app = as_app(&world, Some(&ours)).await;

    let other = theirs.place.unwrap().workspace.0;
    for table in ["memberships", "brands", "audit_entries"] {
        let sql = format!("select count(*) from {table} where workspace_id = $1");
        let seen: i64 =
            sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).bind(other).fetch_one(&mut app).await.unwrap();
        assert_eq!(seen, 0, "{table}");
    }

    let changed = sqlx::query("update brands set name = 'taken over' where workspace_id = $1")
        .bind(other)
        .execute(&mut app)
        .await
        .unwrap();
    assert_eq!(changed.rows_affected(), 0);

    let written = sqlx::query(
        "insert into brands (workspace_id, id, name, zone, created_at) values ($1, $1, 'x', 'UTC', now())",
    )
    .bind(other)
    .execute(&mut app)
    .await
    .unwrap_err();
    assert!(written.to_string().contains("row-level security"), "{written}");
}

#[tokio::test]
async fn the_place_of_one_transaction_does_not_reach_the_next() {
    let world = TestWorld::start().await;
    let owner = world.member(Role::Owner).await;
    // One pool, many transactions in and outside of the workspace.
    for _ in 0..20 {
        domain::brands::get(&world.domain, &owner).await.unwrap();
    }
    let nobody = world.person("Nobody Yet").await;
    let me = domain::accounts::me(&world.domain, &nobody.actor).await.unwrap();
    assert_eq!((me.workspace, me.brand), (None, None));
}

#[tokio::test]
async fn the_pages_cannot_rewrite_the_audit_trail() {
    let world = TestWorld::start().await;
    let owner = world.member(Role::Owner).await;
    let mut app = as_app(&world, Some(&owner)).await;
    for sql in [
        "update audit_entries set what = 'nothing_happened'",
        "delete from audit_entries",
        "truncate audit_entries",
    ] {
        let refused = sqlx::query(sql).execute(&mut app).await.unwrap_err();
        assert!(refused.to_string().contains("permission denied"), "{sql}: {refused}");
    }
    // The owner of the tables has the right and is stopped by the trigger.
    let mut login = world.login().await;
    let set = format!("select set_config('app.workspace_id', '{}', false)", owner.place.unwrap().workspace.0);
    sqlx::raw_sql(sqlx::AssertSqlSafe(set)).execute(&mut login).await.unwrap();
    for sql in ["update audit_entries set what = 'x'", "delete from audit_entries", "truncate audit_entries"]
    {
        let refused = sqlx::query(sql).execute(&mut login).await.unwrap_err();
        assert!(refused.to_string().contains("written once"), "{sql}: {refused}");
    }
}
