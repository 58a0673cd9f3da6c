//! Tenants and who belongs to them.

mod pg;

use model::{Role, UserId, WorkspaceId, WorkspaceLink};

use crate::db::TenantTx;
use crate::{Domain, new_id};

/// An id for a workspace to be: its transaction is opened with it, then [`create`] writes it.
pub(crate) fn new(domain: &Domain) -> WorkspaceId {
    WorkspaceId(new_id(domain))
}

/// Writes the workspace of the transaction with its owner.
pub(crate) async fn create(
    domain: &Domain,
    tx: &mut TenantTx,
    name: &str,
    owner: UserId,
) -> Result<(), sqlx::Error> {
    let (workspace, now) = (tx.workspace(), domain.clock.now());
    pg::insert(tx.conn(), workspace, name, owner, now).await?;
    pg::insert_member(tx.conn(), workspace, owner, Role::Owner, now).await
}

/// The role of `user` in the workspace of the transaction.
pub(crate) async fn role(tx: &mut TenantTx, user: UserId) -> Result<Option<Role>, sqlx::Error> {
    let workspace = tx.workspace();
    pg::find_role(tx.conn(), workspace, user).await
}

/// The workspace of the transaction as one of its members sees it.
pub(crate) async fn link(tx: &mut TenantTx, role: Role) -> Result<WorkspaceLink, sqlx::Error> {
    let workspace = tx.workspace();
    let name = pg::get_name(tx.conn(), workspace).await?;
    Ok(WorkspaceLink { id: workspace, name, role })
}
