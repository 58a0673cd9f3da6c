//! New accounts, and the link that proves an address.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use model::{Check as _, FieldErrors, SignUp, UserId};

use super::passwords::Hashed;
use super::rules::{LINK_LIVES, LINKS_PER_HOUR, MIN_SCORE, normal_email, sha256, strength};
use super::{AccountError, mails, pg};
use crate::db::{DbRole, SystemTx};
use crate::{Domain, Visit, new_id, notify, random};

/// What a link confirms.
pub(super) struct Pending {
    pub(super) name: String,
    pub(super) password: Hashed,
}

/// Begins an account. The same answer for a new address, one that waits for its verification, and one
/// that has an account: only the mail differs.
pub async fn sign_up(domain: &Domain, input: SignUp, visit: &Visit) -> Result<(), AccountError> {
    domain.passwords.doors().pass(domain, visit)?;
    check(&input).map_err(AccountError::Invalid)?;
    let (email, name) = (normal_email(&input.email), input.name.trim().to_owned());
    let password =
        domain.passwords.hash(&*domain.rng, &input.password).await.map_err(AccountError::Password)?;
    write(domain, &email, Pending { name, password }).await.map_err(AccountError::Store)
}

fn check(input: &SignUp) -> Result<(), FieldErrors> {
    let mut errors = input.check().err().unwrap_or_default();
    if errors.of("password").is_none() {
        let found = strength(&input.password, &[&input.name, &input.email]);
        if found.score < MIN_SCORE {
            errors.add("password", found.advice);
        }
    }
    errors.into_result()
}

async fn write(domain: &Domain, email: &str, pending: Pending) -> Result<(), sqlx::Error> {
    let now = domain.clock.now();
    let mut tx = domain.db.system(DbRole::App).await?;
    let id = UserId(new_id(domain));
    // Of two sign-ups at once one makes the row; both then read it.
    pg::insert_user(tx.conn(), id, email, &pending.name, now).await?;
    let user = pg::get_user_by_email(tx.conn(), email).await?;
    if user.verified_at.is_some() {
        let mail = mails::already_signed_up(email, &user.name, &domain.public_url);
        // One an hour: the form must not become a way to flood somebody.
        let key = format!("already_signed_up:{}:{}", user.id, now.as_second() / 3600);
        notify::mail_once(domain, tx.conn(), &key, &mail).await?;
    } else {
        send_link(domain, &mut tx, user.id, email, &pending, now).await?;
    }
    tx.commit().await
}

/// Mails a fresh link that confirms `pending`, unless the address got too many within the hour.
pub(super) async fn send_link(
    domain: &Domain,
    tx: &mut SystemTx,
    user: UserId,
    email: &str,
    pending: &Pending,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let hour_ago = now - jiff::SignedDuration::from_hours(1);
    if pg::count_links_since(tx.conn(), user, hour_ago).await? >= LINKS_PER_HOUR {
        tracing::info!(user.id = %user, "No further link for an address that got several within the hour");
        return Ok(());
    }
    let token: [u8; 32] = random(domain);
    pg::insert_link(tx.conn(), &sha256(&token), user, pending, now, now + LINK_LIVES).await?;
    let mail = mails::verify(email, &pending.name, &domain.public_url, &URL_SAFE_NO_PAD.encode(token));
    notify::mail(domain, tx.conn(), &mail).await
}

/// Opens the account that a mailed link confirms. Works once, within 24 hours.
pub async fn verify(domain: &Domain, token: &str) -> Result<(), AccountError> {
    let token = URL_SAFE_NO_PAD.decode(token.trim()).map_err(|_| AccountError::LinkUnknown)?;
    let now = domain.clock.now();
    let mut tx = domain.db.system(DbRole::App).await.map_err(AccountError::Store)?;
    let link = pg::lock_link(tx.conn(), &sha256(&token))
        .await
        .map_err(AccountError::Store)?
        .ok_or(AccountError::LinkUnknown)?;
    // Another link of the same address may have been opened first: then this one has nothing to confirm.
    if link.used_at.is_some() || link.is_verified {
        return Err(AccountError::LinkUsed);
    }
    if link.expires_at <= now {
        return Err(AccountError::LinkExpired);
    }
    let opened = async {
        pg::update_link_used(tx.conn(), &sha256(&token), now).await?;
        pg::update_verified(tx.conn(), link.user, &link.pending.name, now).await?;
        pg::insert_password(tx.conn(), link.user, &link.pending.password, now).await?;
        tx.commit().await
    };
    opened.await.map_err(AccountError::Store)?;
    tracing::info!(user.id = %link.user, "Verified the address of `{}`", link.user);
    Ok(())
}
