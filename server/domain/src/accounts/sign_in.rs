//! Signing in with address and password.

use model::{Check as _, SignIn, UserId};

use super::passwords::Verdict;
use super::rules::{FORGET_AFTER, normal_email, pause, sha256};
use super::sessions::{NewSession, open};
use super::sign_up::{Pending, send_link};
use super::{AccountError, pg};
use crate::db::DbRole;
use crate::{Domain, Visit};

/// Opens a session. A wrong password, an unknown address and a wrong password of an unverified account
/// look the same; the right password of an unverified account mails a fresh link.
pub async fn sign_in(domain: &Domain, input: SignIn, visit: &Visit) -> Result<NewSession, AccountError> {
    domain.passwords.doors().pass(domain, visit)?;
    input.check().map_err(AccountError::Invalid)?;
    let email = normal_email(&input.email);

    count_try(domain, &email).await?;
    let found = find(domain, &email).await.map_err(AccountError::Store)?;
    let stored = found.as_ref().map(|found| &found.pending.password);
    let verdict = domain
        .passwords
        .check(&*domain.rng, &input.password, stored)
        .await
        .map_err(AccountError::Password)?;

    match (found, verdict) {
        (None, _) | (_, Verdict::Wrong) => Err(AccountError::Wrong),
        (Some(found), _) if !found.is_verified => {
            remind(domain, &email, &found).await.map_err(AccountError::Store)?;
            Err(AccountError::Unverified)
        }
        (Some(found), verdict) => {
            let renewed = match verdict {
                Verdict::RightButWeak => Some(
                    domain
                        .passwords
                        .hash(&*domain.rng, &input.password)
                        .await
                        .map_err(AccountError::Password)?,
                ),
                _ => None,
            };
            enter(domain, &email, found.user, renewed, visit).await.map_err(AccountError::Store)
        }
    }
}

/// An account with the password that opens it, or will once the address is verified.
pub(super) struct Found {
    pub(super) user: UserId,
    pub(super) is_verified: bool,
    pub(super) pending: Pending,
}

/// Counts before comparing, so that a hundred tries at once are a hundred counted tries. Committed on its
/// own: a try counts whatever becomes of it.
async fn count_try(domain: &Domain, email: &str) -> Result<(), AccountError> {
    let now = domain.clock.now();
    let email_hash = sha256(email.as_bytes());
    let mut tx = domain.db.system(DbRole::App).await.map_err(AccountError::Store)?;
    let counted = async {
        let forget = now - FORGET_AFTER;
        let row = pg::lock_tries(tx.conn(), &email_hash, now, forget).await?;
        if row.blocked_until > now {
            return Ok(Err(row.blocked_until.duration_since(now)));
        }
        let tries = row.tries.saturating_add(1);
        pg::update_tries(tx.conn(), &email_hash, tries, now, now + pause(tries)).await?;
        pg::delete_old_tries(tx.conn(), forget).await?;
        tx.commit().await.map(Ok)
    };
    match counted.await.map_err(AccountError::Store)? {
        Ok(()) => Ok(()),
        Err(wait) => Err(AccountError::TooMany { wait: wait.unsigned_abs() }),
    }
}

async fn find(domain: &Domain, email: &str) -> Result<Option<Found>, sqlx::Error> {
    let mut tx = domain.db.system(DbRole::App).await?;
    let found = pg::find_credentials(tx.conn(), email).await?;
    tx.commit().await?;
    Ok(found)
}

async fn remind(domain: &Domain, email: &str, found: &Found) -> Result<(), sqlx::Error> {
    let now = domain.clock.now();
    let mut tx = domain.db.system(DbRole::App).await?;
    send_link(domain, &mut tx, found.user, email, &found.pending, now).await?;
    tx.commit().await
}

async fn enter(
    domain: &Domain,
    email: &str,
    user: UserId,
    renewed: Option<super::passwords::Hashed>,
    visit: &Visit,
) -> Result<NewSession, sqlx::Error> {
    let mut tx = domain.db.system(DbRole::App).await?;
    pg::delete_tries(tx.conn(), &sha256(email.as_bytes())).await?;
    if let Some(password) = renewed {
        pg::update_password(tx.conn(), user, &password, domain.clock.now()).await?;
    }
    let session = open(domain, &mut tx, user, visit).await?;
    tx.commit().await?;
    tracing::info!(user.id = %user, session.id = %session.session, "Signed in `{user}`");
    Ok(session)
}
