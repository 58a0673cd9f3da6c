//! Changes are heard at once, and a broken connection is owned up to.

use std::time::Duration;

use domain::events::{self, Change, Events};
use model::{DeliveryId, PostId, WorkspaceId};
use testkit::TestWorld;
use tokio::time::timeout;

/// Far above what it takes; a limit, not a wait.
const LIMIT: Duration = Duration::from_secs(20);

fn change(n: u128) -> Change {
    let id = uuid::Uuid::from_u128(n);
    Change { workspace: WorkspaceId(id), post: PostId(id), delivery: DeliveryId(id) }
}

#[tokio::test]
async fn a_change_is_heard_when_it_is_committed_and_not_before() {
    let world = TestWorld::start().await;
    let events = Events::listen(&world.database_url()).await.unwrap();
    let mut heard = events.subscribe();
    let mut login = world.login().await;
    for (n, end) in [(1, "rollback"), (2, "commit")] {
        sqlx::query("begin").execute(&mut login).await.unwrap();
        events::tell(&mut login, change(n)).await.unwrap();
        sqlx::query(end).execute(&mut login).await.unwrap();
    }
    assert_eq!(timeout(LIMIT, heard.recv()).await.unwrap().unwrap(), change(2));
}

#[tokio::test]
async fn after_a_broken_connection_a_gap_is_told_and_changes_are_heard_again() {
    let world = TestWorld::start().await;
    let events = Events::listen(&world.database_url()).await.unwrap();
    let (mut heard, mut gaps) = (events.subscribe(), events.gaps());
    let mut login = world.login().await;
    sqlx::query(
        "select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and query ilike 'listen%'",
    )
    .execute(&mut login)
    .await
    .unwrap();
    timeout(LIMIT, gaps.wait_for(|count| *count > 0)).await.unwrap().unwrap();
    // Listening again takes a moment after the gap is told: repeat until it is heard.
    let again = async {
        loop {
            events::tell(&mut login, change(3)).await.unwrap();
            if let Ok(heard) = timeout(Duration::from_millis(50), heard.recv()).await {
                return heard.unwrap();
            }
        }
    };
    assert_eq!(timeout(LIMIT, again).await.unwrap(), change(3));
}
