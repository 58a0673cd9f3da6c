//! Signed-in browsers: the cookie holds 256 random bits, the database their SHA-256.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::{SessionId, UserId};
use secrecy::SecretString;

use super::rules::{SEEN_EVERY, SESSION_IDLE, SESSION_LIVES, prefix, sha256};
use super::{AccountError, pg};
use crate::db::{DbRole, SystemTx};
use crate::{Actor, Domain, Place, Visit, brands, new_id, random, workspaces};

/// A session just opened.
pub struct NewSession {
    /// For the cookie; nobody can read it again.
    pub token: SecretString,
    pub session: SessionId,
    /// How long the browser may keep the cookie.
    pub lives_for: Duration,
}

/// Opens a session and removes the person's ended ones. A new token each time: one planted before the
/// sign-in is worth nothing after it.
pub(super) async fn open(
    domain: &Domain,
    tx: &mut SystemTx,
    user: UserId,
    visit: &Visit,
) -> Result<NewSession, sqlx::Error> {
    let now = domain.clock.now();
    let token: [u8; 32] = random(domain);
    let session = SessionId(new_id(domain));
    pg::delete_ended_sessions(tx.conn(), user, now, now - SESSION_IDLE).await?;
    let row = pg::NewSessionRow {
        id: session,
        token_hash: sha256(&token),
        user,
        now,
        ends_at: now + SESSION_LIVES,
        ip_prefix: visit.ip.map(prefix),
        user_agent: visit.user_agent.as_ref().map(|agent| agent.chars().take(200).collect()),
    };
    pg::insert_session(tx.conn(), &row).await?;
    Ok(NewSession { token: URL_SAFE_NO_PAD.encode(token).into(), session, lives_for: SESSION_LIVES })
}

/// Who the cookie's `token` stands for; `None` if nobody, or not any more.
pub async fn actor(domain: &Domain, token: &str) -> Result<Option<Actor>, AccountError> {
    let Ok(token) = URL_SAFE_NO_PAD.decode(token) else { return Ok(None) };
    resolve(domain, &sha256(&token)).await.map_err(AccountError::Store)
}

async fn resolve(domain: &Domain, token_hash: &[u8]) -> Result<Option<Actor>, sqlx::Error> {
    let now = domain.clock.now();
    let mut tx = domain.db.system(DbRole::App).await?;
    let Some(row) = pg::find_session(tx.conn(), token_hash).await? else { return Ok(None) };
    if row.ends_at <= now || row.last_seen_at + SESSION_IDLE <= now {
        pg::delete_session(tx.conn(), row.id).await?;
        tx.commit().await?;
        return Ok(None);
    }
    if row.last_seen_at + SEEN_EVERY <= now {
        pg::update_seen(tx.conn(), row.id, now).await?;
    }
    let mut actor = Actor { user: row.user, session: row.id, place: None };
    let Some((workspace, brand)) = row.place else {
        tx.commit().await?;
        return Ok(Some(actor));
    };
    let mut tx = tx.enter(workspace).await?;
    // The role is read at each request, so a change counts at once.
    let role = workspaces::role(&mut tx, actor.user).await?;
    let brand = brands::view(&mut tx, brand).await?;
    if let (Some(role), Some(brand)) = (role, brand) {
        actor.place = Some(Place { workspace, role, brand: brand.id });
    }
    tx.commit().await?;
    Ok(Some(actor))
}

/// Ends the session. Ending an ended one is fine.
pub async fn sign_out(domain: &Domain, actor: &Actor) -> Result<(), AccountError> {
    let ended = async {
        let mut tx = domain.db.system(DbRole::App).await?;
        pg::delete_session(tx.conn(), actor.session).await?;
        tx.commit().await
    };
    ended.await.map_err(AccountError::Store)
}
