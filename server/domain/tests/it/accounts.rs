//! Sign-up and the link that proves an address.

use std::time::Duration;

use domain::Visit;
use domain::accounts::{self, AccountError};
use model::{AppError, SafeReturn, SignIn, SignUp};
use testkit::TestWorld;

const PASSWORD: &str = "marble kettle under seven stars";

pub fn sign_up_of(email: &str, password: &str) -> SignUp {
    SignUp {
        name: "Ana Lopes".to_owned(),
        email: email.to_owned(),
        password: password.to_owned(),
        return_to: SafeReturn::default(),
    }
}

pub fn sign_in_of(email: &str, password: &str) -> SignIn {
    SignIn { email: email.to_owned(), password: password.to_owned(), return_to: SafeReturn::default() }
}

async fn sign_up(world: &TestWorld, email: &str, password: &str) -> Result<(), AccountError> {
    accounts::sign_up(&world.domain, sign_up_of(email, password), &Visit::default()).await
}

async fn sign_in(world: &TestWorld, email: &str, password: &str) -> Result<(), AccountError> {
    accounts::sign_in(&world.domain, sign_in_of(email, password), &Visit::default()).await.map(|_| ())
}

#[tokio::test]
async fn new_waiting_and_taken_addresses_get_the_same_answer_and_the_same_work() {
    let world = TestWorld::start().await;
    let taken = world.person("Ana Lopes").await;
    sign_up(&world, "waiting@people.test", PASSWORD).await.unwrap();
    world.mails().await;
    world.sql("delete from mails").await;

    let mut runs = Vec::new();
    for email in ["new@people.test", "waiting@people.test", &taken.email.to_uppercase()] {
        let before = world.domain.passwords.runs();
        sign_up(&world, email, PASSWORD).await.unwrap();
        runs.push(world.domain.passwords.runs() - before);
    }
    assert_eq!(runs, [1, 1, 1]);

    let kinds: Vec<_> = world.mails().await.into_iter().take(3).map(|mail| (mail.to, mail.kind)).collect();
    for expected in [
        ("new@people.test", "verify_address"),
        ("waiting@people.test", "verify_address"),
        (taken.email.as_str(), "already_signed_up"),
    ] {
        assert!(
            kinds.iter().any(|(to, kind)| (to.as_str(), kind.as_str()) == expected),
            "{expected:?}: {kinds:?}"
        );
    }
}

#[tokio::test]
async fn an_unknown_address_and_a_wrong_password_look_and_cost_the_same() {
    let world = TestWorld::start().await;
    let known = world.person("Ana Lopes").await;
    sign_up(&world, "waiting@people.test", PASSWORD).await.unwrap();

    let mut seen = Vec::new();
    for email in ["nobody@people.test", &known.email, "waiting@people.test"] {
        let before = world.domain.passwords.runs();
        let error = sign_in(&world, email, "not the password at all").await.unwrap_err();
        seen.push((AppError::from(&error), world.domain.passwords.runs() - before));
    }
    assert!(matches!(seen[0].1, 1), "{seen:?}");
    assert!(seen.iter().all(|one| *one == seen[0]), "{seen:?}");
}

#[tokio::test]
async fn a_weak_or_short_password_is_named_at_its_field() {
    let world = TestWorld::start().await;
    for weak in ["short", "passwordpassword", "ana lopes people 7", "111111111111111111"] {
        let error = sign_up(&world, "ana@people.test", weak).await.unwrap_err();
        let AccountError::Invalid(fields) = error else { panic!("{weak}: {error}") };
        assert!(fields.of("password").is_some(), "{weak}: {fields:?}");
    }
    assert!(world.mails().await.is_empty());
}

#[tokio::test]
async fn a_link_works_once_and_then_the_password_opens_the_account() {
    let world = TestWorld::start().await;
    sign_up(&world, " Ana@People.test ", PASSWORD).await.unwrap();
    let early = sign_in(&world, "ana@people.test", PASSWORD).await.unwrap_err();
    assert!(matches!(early, AccountError::Unverified), "{early}");

    let token = world.link_token("ana@people.test").await;
    accounts::verify(&world.domain, &token).await.unwrap();
    let again = accounts::verify(&world.domain, &token).await.unwrap_err();
    assert!(matches!(again, AccountError::LinkUsed), "{again}");
    sign_in(&world, "ANA@people.test", PASSWORD).await.unwrap();
}

#[tokio::test]
async fn two_clicks_at_once_open_the_account_once() {
    let world = TestWorld::start().await;
    sign_up(&world, "ana@people.test", PASSWORD).await.unwrap();
    let token = world.link_token("ana@people.test").await;
    let (one, two) =
        tokio::join!(accounts::verify(&world.domain, &token), accounts::verify(&world.domain, &token));
    assert_ne!(one.is_ok(), two.is_ok(), "{one:?} {two:?}");
}

#[tokio::test]
async fn a_link_dies_after_a_day_and_a_sign_in_mails_a_new_one() {
    let world = TestWorld::start().await;
    sign_up(&world, "ana@people.test", PASSWORD).await.unwrap();
    let old = world.link_token("ana@people.test").await;
    world.clock.advance(Duration::from_hours(24));
    let late = accounts::verify(&world.domain, &old).await.unwrap_err();
    assert!(matches!(late, AccountError::LinkExpired), "{late}");

    let unverified = sign_in(&world, "ana@people.test", PASSWORD).await.unwrap_err();
    assert!(matches!(unverified, AccountError::Unverified), "{unverified}");
    let fresh = world.link_token("ana@people.test").await;
    accounts::verify(&world.domain, &fresh).await.unwrap();
    sign_in(&world, "ana@people.test", PASSWORD).await.unwrap();
}

#[tokio::test]
async fn a_made_up_link_opens_nothing() {
    let world = TestWorld::start().await;
    for token in ["", "AAAA", "not base64 !", &"A".repeat(43)] {
        let unknown = accounts::verify(&world.domain, token).await.unwrap_err();
        assert!(matches!(unknown, AccountError::LinkUnknown), "{token}: {unknown}");
    }
}

#[tokio::test]
async fn somebody_elses_sign_up_is_not_confirmed_by_the_owners_link() {
    let world = TestWorld::start().await;
    sign_up(&world, "ana@people.test", PASSWORD).await.unwrap();
    let owners = world.link_token("ana@people.test").await;
    world.clock.advance(Duration::from_secs(5));
    sign_up(&world, "ana@people.test", "the password of an attacker 9").await.unwrap();

    accounts::verify(&world.domain, &owners).await.unwrap();
    sign_in(&world, "ana@people.test", PASSWORD).await.unwrap();
    let attacker = sign_in(&world, "ana@people.test", "the password of an attacker 9").await.unwrap_err();
    assert!(matches!(attacker, AccountError::Wrong), "{attacker}");
}

#[tokio::test]
async fn an_address_is_not_flooded_with_mails() {
    let world = TestWorld::start().await;
    let taken = world.person("Ana Lopes").await;
    for _ in 0..10 {
        sign_up(&world, "waiting@people.test", PASSWORD).await.unwrap();
        sign_up(&world, &taken.email, PASSWORD).await.unwrap();
    }
    let mails = world.mails().await;
    let to = |address: &str, kind: &str| mails.iter().filter(|m| m.to == address && m.kind == kind).count();
    assert_eq!((to("waiting@people.test", "verify_address"), to(&taken.email, "already_signed_up")), (3, 1));
}

#[tokio::test]
async fn neither_passwords_nor_tokens_lie_in_the_database() {
    let world = TestWorld::start().await;
    let person = world.person("Ana Lopes").await;
    let token = world.link_token(&person.email).await;
    // Kept mails are what the sandbox shows; everywhere else the link is gone once the mail is out.
    world.sql("delete from mails").await;
    let mut login = world.login().await;
    for table in ["users", "password_hashes", "email_verifications", "sessions", "outbox", "sign_in_throttle"]
    {
        let sql = format!("select coalesce(string_agg(t::text, ' '), '') from {table} t");
        let text: String = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(&mut login).await.unwrap();
        for secret in [person.password, secrecy::ExposeSecret::expose_secret(&person.token), token.as_str()] {
            assert!(!text.contains(secret), "{table} holds a secret");
        }
    }
}
