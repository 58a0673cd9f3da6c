//! Sessions end by themselves, by signing out, and never come back.

use std::time::Duration;

use domain::{Visit, accounts};
use model::Role;
use secrecy::ExposeSecret as _;
use testkit::{Person, TestWorld};

use crate::accounts::sign_in_of;

const HOUR: Duration = Duration::from_hours(1);

async fn is_in(world: &TestWorld, person: &Person) -> bool {
    accounts::actor(&world.domain, person.token.expose_secret()).await.unwrap().is_some()
}

#[tokio::test]
async fn a_session_ends_after_a_day_without_a_request() {
    let world = TestWorld::start().await;
    let person = world.person("Ana Lopes").await;
    for _ in 0..5 {
        world.clock.advance(HOUR * 23);
        assert!(is_in(&world, &person).await);
    }
    world.clock.advance(HOUR * 24);
    assert!(!is_in(&world, &person).await);
}

#[tokio::test]
async fn a_session_ends_after_thirty_days_however_busy() {
    let world = TestWorld::start().await;
    let person = world.person("Ana Lopes").await;
    for _ in 0..59 {
        world.clock.advance(HOUR * 12);
        assert!(is_in(&world, &person).await);
    }
    world.clock.advance(HOUR * 12);
    assert!(!is_in(&world, &person).await);
}

#[tokio::test]
async fn being_seen_is_written_once_a_minute() {
    let world = TestWorld::start().await;
    let person = world.person("Ana Lopes").await;
    let mut login = world.login().await;
    let mut versions = Vec::new();
    for pause in [30, 29, 1] {
        world.clock.advance(Duration::from_secs(pause));
        assert!(is_in(&world, &person).await);
        let version: String =
            sqlx::query_scalar("select xmin::text from sessions").fetch_one(&mut login).await.unwrap();
        versions.push(version);
    }
    assert_eq!(versions[0], versions[1]);
    assert_ne!(versions[1], versions[2]);
}

#[tokio::test]
async fn signing_out_ends_this_session_and_no_other() {
    let world = TestWorld::start().await;
    let person = world.person("Ana Lopes").await;
    let other =
        accounts::sign_in(&world.domain, sign_in_of(&person.email, person.password), &Visit::default())
            .await
            .unwrap();
    assert_ne!(other.token.expose_secret(), person.token.expose_secret());

    accounts::sign_out(&world.domain, &person.actor).await.unwrap();
    accounts::sign_out(&world.domain, &person.actor).await.unwrap();
    assert!(!is_in(&world, &person).await);
    assert!(accounts::actor(&world.domain, other.token.expose_secret()).await.unwrap().is_some());
}

#[tokio::test]
async fn a_made_up_cookie_is_nobody() {
    let world = TestWorld::start().await;
    world.person("Ana Lopes").await;
    for cookie in ["", "x", "🦀", &"A".repeat(43), &"A".repeat(5000)] {
        assert_eq!(accounts::actor(&world.domain, cookie).await.unwrap(), None, "{cookie}");
    }
}

#[tokio::test]
async fn a_changed_role_counts_at_the_next_request() {
    let world = TestWorld::start().await;
    let owner = world.member(Role::Owner).await;
    let viewer = world.colleague(&owner, Role::Viewer).await;
    assert_eq!(viewer.place.unwrap().workspace, owner.place.unwrap().workspace);
    assert_eq!(viewer.place.unwrap().role, Role::Viewer);
}

#[tokio::test]
async fn a_person_put_out_of_a_workspace_stands_nowhere() {
    let world = TestWorld::start().await;
    let person = world.person("Ana Lopes").await;
    let brand = model::FirstBrand { name: "Northwind".to_owned(), zone: "UTC".to_owned() };
    domain::brands::first(&world.domain, &person.actor, brand).await.unwrap();
    let place = world.actor(&person.token).await.place.unwrap();
    world
        .sql(&format!(
            "begin; select set_config('app.workspace_id', '{}', true); delete from memberships; commit;",
            place.workspace.0
        ))
        .await;
    assert_eq!(world.actor(&person.token).await.place, None);
}
