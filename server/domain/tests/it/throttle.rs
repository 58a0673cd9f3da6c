//! Limits on tries. The clock is frozen, so "parallel" and "a quarter of an hour" are exact.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use domain::Visit;
use domain::accounts::{self, AccountError};
use futures::future::join_all;
use testkit::TestWorld;

use crate::accounts::{sign_in_of, sign_up_of};

async fn try_in(world: &TestWorld, email: &str, password: &str, visit: &Visit) -> Result<(), AccountError> {
    accounts::sign_in(&world.domain, sign_in_of(email, password), visit).await.map(|_| ())
}

/// How many of `times` wrong tries were compared at all.
async fn compared(world: &TestWorld, email: &str, times: usize) -> usize {
    let visit = Visit::default();
    let tries = (0..times).map(|_| try_in(world, email, "not the password at all", &visit));
    join_all(tries).await.iter().filter(|end| matches!(end, Err(AccountError::Wrong))).count()
}

#[tokio::test]
async fn five_tries_at_once_are_compared_and_no_more_known_or_not() {
    let world = TestWorld::start().await;
    let person = world.person("Ana Lopes").await;
    assert_eq!(compared(&world, &person.email, 20).await, 5);
    assert_eq!(compared(&world, "nobody@people.test", 20).await, 5);
}

#[tokio::test]
async fn pauses_grow_end_by_themselves_and_lock_nobody_out() {
    let world = TestWorld::start().await;
    let person = world.person("Ana Lopes").await;
    assert_eq!(compared(&world, &person.email, 6).await, 5);
    for pause in [30, 60, 120, 240, 480, 900, 900] {
        world.clock.advance(Duration::from_secs(pause - 1));
        assert_eq!(compared(&world, &person.email, 1).await, 0, "before {pause} s");
        world.clock.advance(Duration::from_secs(1));
        assert_eq!(compared(&world, &person.email, 2).await, 1, "after {pause} s");
    }
    world.clock.advance(Duration::from_mins(15));
    try_in(&world, &person.email, person.password, &Visit::default()).await.unwrap();
    // The right password clears the count.
    assert_eq!(compared(&world, &person.email, 6).await, 5);
}

#[tokio::test]
async fn an_attacker_with_many_lines_gets_few_guesses_a_day() {
    let world = TestWorld::start().await;
    let person = world.person("Ana Lopes").await;
    let mut guesses = 0;
    for minute in 0..u32::try_from(24 * 60).unwrap() {
        let visit = Visit { ip: Some(IpAddr::V4(Ipv4Addr::from(minute << 8))), user_agent: None };
        if matches!(try_in(&world, &person.email, "guess", &visit).await, Err(AccountError::Wrong)) {
            guesses += 1;
        }
        world.clock.advance(Duration::from_mins(1));
    }
    assert!(guesses <= 500, "{guesses}");
}

#[tokio::test]
async fn one_line_gets_thirty_tries_whatever_the_addresses() {
    let world = TestWorld::start().await;
    let visit = |last: u8| Visit { ip: Some(IpAddr::V4(Ipv4Addr::new(203, 0, 113, last))), user_agent: None };
    for n in 0..30 {
        let end = try_in(&world, &format!("n{n}@people.test"), "guess", &visit(n)).await;
        assert!(matches!(end, Err(AccountError::Wrong)), "{n}: {end:?}");
    }
    let end = accounts::sign_up(
        &world.domain,
        sign_up_of("new@people.test", "marble kettle under seven stars"),
        &visit(200),
    )
    .await;
    let Err(AccountError::TooMany { wait }) = end else { panic!("{end:?}") };
    world.clock.advance(wait);
    let end = try_in(&world, "n99@people.test", "guess", &visit(201)).await;
    assert!(matches!(end, Err(AccountError::Wrong)), "{end:?}");
}
