//! People: sign-up, verification, sign-in, sessions.
//!
//! Known and unknown addresses get the same answers after the same work: each try runs
//! argon2 exactly once and is counted by address, whether anybody has that address or not.

mod error;
mod limits;
mod mails;
mod passwords;
mod pg;
mod rules;
mod sessions;
mod sign_in;
mod sign_up;

use model::{BrandId, Me, UserId, WorkspaceId};
use sqlx::PgConnection;

pub use error::AccountError;
pub use passwords::{PasswordError, Passwords};
pub use rules::strength;
pub use sessions::{NewSession, actor, sign_out};
pub use sign_in::sign_in;
pub use sign_up::{sign_up, verify};

use crate::db::{DbRole, SystemTx};
use crate::{Actor, Domain, brands, workspaces};

/// Who one is, for the frame of every page.
pub async fn me(domain: &Domain, actor: &Actor) -> Result<Me, AccountError> {
    let mut tx = domain.db.system(DbRole::App).await.map_err(AccountError::Store)?;
    let user = pg::find_user(tx.conn(), actor.user)
        .await
        .map_err(AccountError::Store)?
        .ok_or(AccountError::SignedOut)?;
    let mut me = Me { user: actor.user, name: user.name, email: user.email, workspace: None, brand: None };
    if let Some(place) = actor.place {
        let mut tx = tx.enter(place.workspace).await.map_err(AccountError::Store)?;
        me.workspace = Some(workspaces::link(&mut tx, place.role).await.map_err(AccountError::Store)?);
        me.brand = brands::view(&mut tx, place.brand).await.map_err(AccountError::Store)?;
    }
    Ok(me)
}

/// Locks the person's row and tells where they were last.
pub(crate) async fn lock_last_place(
    tx: &mut SystemTx,
    user: UserId,
) -> Result<Option<(WorkspaceId, BrandId)>, sqlx::Error> {
    pg::lock_last_place(tx.conn(), user).await
}

/// Puts the person and their session into a brand.
pub(crate) async fn set_place(
    conn: &mut PgConnection,
    actor: &Actor,
    workspace: WorkspaceId,
    brand: BrandId,
) -> Result<(), sqlx::Error> {
    pg::update_user_place(conn, actor.user, workspace, brand).await?;
    pg::update_session_place(conn, actor.session, workspace, brand).await
}
