//! Mails wait in the outbox until somebody takes them.

use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use domain::notify::{self, Mail, MailSender, SendError};
use domain::{Visit, accounts};
use testkit::TestWorld;

use crate::accounts::sign_up_of;

/// A mail server that answers as told, then takes everything.
#[derive(Default)]
struct Server {
    answers: Mutex<Vec<SendError>>,
    taken: Mutex<Vec<Mail>>,
}

#[async_trait]
impl MailSender for Server {
    async fn send(&self, mail: &Mail) -> Result<(), SendError> {
        if let Some(error) = self.answers.lock().unwrap().pop() {
            return Err(error);
        }
        self.taken.lock().unwrap().push(mail.clone());
        Ok(())
    }
}

async fn one_mail(world: &TestWorld) {
    let input = sign_up_of("ana@people.test", "marble kettle under seven stars");
    accounts::sign_up(&world.domain, input, &Visit::default()).await.unwrap();
}

#[tokio::test]
async fn a_server_that_is_away_gets_the_mail_later_and_once() {
    let world = TestWorld::start().await;
    one_mail(&world).await;
    let server =
        Server { answers: Mutex::new(vec![SendError::Later("away".to_owned())]), ..Server::default() };
    assert_eq!(notify::relay(&world.domain, &server).await.unwrap(), 0);
    assert_eq!(notify::relay(&world.domain, &server).await.unwrap(), 0, "not due yet");
    world.clock.advance(Duration::from_secs(10));
    assert_eq!(notify::relay(&world.domain, &server).await.unwrap(), 1);
    world.clock.advance(Duration::from_hours(48));
    assert_eq!(notify::relay(&world.domain, &server).await.unwrap(), 0);
    assert_eq!(server.taken.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_refused_mail_is_given_up() {
    let world = TestWorld::start().await;
    one_mail(&world).await;
    let server = Server {
        answers: Mutex::new(vec![SendError::Refused("no such box".to_owned())]),
        ..Server::default()
    };
    assert_eq!(notify::relay(&world.domain, &server).await.unwrap(), 0);
    world.clock.advance(Duration::from_hours(48));
    assert_eq!(notify::relay(&world.domain, &server).await.unwrap(), 0);
    assert!(server.taken.lock().unwrap().is_empty());
}

#[tokio::test]
async fn two_relays_at_once_send_each_mail_once() {
    let world = TestWorld::start().await;
    for n in 0..20 {
        let input = sign_up_of(&format!("n{n}@people.test"), "marble kettle under seven stars");
        accounts::sign_up(&world.domain, input, &Visit::default()).await.unwrap();
    }
    let server = Server::default();
    let (one, two) =
        tokio::join!(notify::relay(&world.domain, &server), notify::relay(&world.domain, &server));
    assert_eq!(one.unwrap() + two.unwrap(), 20);
    assert_eq!(server.taken.lock().unwrap().len(), 20);
}
