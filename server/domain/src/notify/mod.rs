//! Mails, and the outbox they wait in until somebody relays them.
//!
//! A use case writes its mail in its own transaction; [`relay`] hands due ones to a [`MailSender`]. A mail
//! whose sending was not confirmed is sent again, so a person may get one twice, but never none.

mod error;
mod keep;
mod pg;

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use uuid::Uuid;

pub use error::{NotifyError, SendError};
pub use keep::KeepMails;

use crate::db::DbRole;
use crate::{Domain, new_id};

const MAIL: &str = "mail";
/// How long a relay may take over one batch before others may try its mails.
const LEASE: Duration = Duration::from_mins(2);
const BATCH: i64 = 20;

/// A mail to be written to somebody. Plain text, one subject, one thing to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewMail {
    pub to: String,
    /// What it is about, for tests and limits: `verify_address`.
    pub kind: String,
    pub subject: String,
    pub body: String,
}

/// A mail as it goes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// The same at every try; senders that can, pass it on so that the receiver knows repeats.
    pub id: Uuid,
    pub to: String,
    pub kind: String,
    pub subject: String,
    pub body: String,
    /// When it was kept or, on its way out, written.
    pub at: Timestamp,
}

/// The way out for mails.
#[async_trait]
pub trait MailSender: Send + Sync {
    async fn send(&self, mail: &Mail) -> Result<(), SendError>;
}

/// Writes a mail into the outbox, to go out once the transaction of `conn` is committed.
pub async fn mail(domain: &Domain, conn: &mut PgConnection, mail: &NewMail) -> Result<(), sqlx::Error> {
    let id = new_id(domain);
    mail_once(domain, conn, &format!("mail:{id}"), mail).await
}

/// Like [`mail`], but at most once for a `key`.
pub async fn mail_once(
    domain: &Domain,
    conn: &mut PgConnection,
    key: &str,
    mail: &NewMail,
) -> Result<(), sqlx::Error> {
    let payload = serde_json::to_value(mail).expect("four strings serialise");
    enqueue(domain, conn, MAIL, key, &payload).await
}

/// Writes work for later into the outbox. A second row of the same `key` is not written.
pub async fn enqueue(
    domain: &Domain,
    conn: &mut PgConnection,
    topic: &str,
    key: &str,
    payload: &serde_json::Value,
) -> Result<(), sqlx::Error> {
    pg::insert(conn, new_id(domain), topic, key, payload, domain.clock.now()).await
}

/// Sends the mails that are due and returns how many went out. Several relays share the work.
pub async fn relay(domain: &Domain, sender: &dyn MailSender) -> Result<u32, NotifyError> {
    let mut sent = 0;
    loop {
        let now = domain.clock.now();
        let mut tx = domain.db.system(DbRole::Worker).await.map_err(NotifyError::Store)?;
        let due = pg::claim(tx.conn(), MAIL, now, now + LEASE, BATCH).await.map_err(NotifyError::Store)?;
        tx.commit().await.map_err(NotifyError::Store)?;
        if due.is_empty() {
            return Ok(sent);
        }
        for row in due {
            let outcome = match serde_json::from_value::<NewMail>(row.payload) {
                Ok(NewMail { to, kind, subject, body }) => {
                    sender.send(&Mail { id: row.id, to, kind, subject, body, at: row.created_at }).await
                }
                Err(_) => Err(SendError::Refused("the mail cannot be read back".to_owned())),
            };
            let now = domain.clock.now();
            let mut tx = domain.db.system(DbRole::Worker).await.map_err(NotifyError::Store)?;
            match outcome {
                Ok(()) => {
                    sent += 1;
                    pg::finish(tx.conn(), row.id, now, None).await
                }
                Err(SendError::Refused(why)) => {
                    tracing::warn!(mail.id = %row.id, why, "A mail was refused and is given up");
                    pg::finish(tx.conn(), row.id, now, Some(&why)).await
                }
                Err(SendError::Later(why)) => {
                    tracing::warn!(mail.id = %row.id, tries = row.tries, why, "A mail did not go out yet");
                    pg::update_next(tx.conn(), row.id, now + pause(row.tries), &why).await
                }
            }
            .map_err(NotifyError::Store)?;
            tx.commit().await.map_err(NotifyError::Store)?;
        }
    }
}

/// The mails that were kept, newest first.
pub async fn recent(domain: &Domain, limit: u32) -> Result<Vec<Mail>, NotifyError> {
    let mut tx = domain.db.system(DbRole::Worker).await.map_err(NotifyError::Store)?;
    pg::list_mails(tx.conn(), i64::from(limit)).await.map_err(NotifyError::Store)
}

/// 10 s, then double, up to an hour.
fn pause(tries: i32) -> Duration {
    let doublings = u32::try_from(tries.clamp(1, 10)).expect("1 to 10") - 1;
    Duration::from_secs(10 << doublings).min(Duration::from_hours(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_an_hour() {
        assert_eq!(pause(1), Duration::from_secs(10));
        assert_eq!(pause(3), Duration::from_secs(40));
        assert_eq!(pause(99), Duration::from_hours(1));
    }
}
