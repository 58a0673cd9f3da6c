//! The profiles a workspace publishes as, and the zones they are planned in.

mod error;
mod pg;
mod zones;

use model::{Action, BrandId, BrandView, Check as _, FieldErrors, FirstBrand, WorkspaceId};
use serde_json::json;

pub use error::BrandError;
pub use zones::{zone, zones};

use crate::db::{DbRole, TenantTx};
use crate::{Actor, Domain, accounts, audit, new_id, workspaces};

/// The first run: makes the workspace, named after the brand, with the person as its owner, and the brand.
/// A second submit gets the one that exists. The session stands in it from then on.
pub async fn first(domain: &Domain, actor: &Actor, input: FirstBrand) -> Result<BrandView, BrandError> {
    input.check().map_err(BrandError::Invalid)?;
    let name = input.name.trim();
    let Some(zone) = zones::canonical(input.zone.trim()) else {
        let mut errors = FieldErrors::default();
        errors.add("zone", "Choose a time zone from the list, for example Europe/Lisbon.");
        return Err(BrandError::Invalid(errors));
    };

    let mut tx = domain.db.system(DbRole::App).await.map_err(BrandError::Store)?;
    // Locks the person's row: of two submits at once the second waits and finds what the first made.
    let place = accounts::lock_last_place(&mut tx, actor.user).await.map_err(BrandError::Store)?;
    if let Some((workspace, brand)) = place {
        let mut tx = tx.enter(workspace).await.map_err(BrandError::Store)?;
        let view = find(&mut tx, brand).await?;
        accounts::set_place(tx.conn(), actor, workspace, brand).await.map_err(BrandError::Store)?;
        tx.commit().await.map_err(BrandError::Store)?;
        return Ok(view);
    }

    let workspace = workspaces::new(domain);
    let view = BrandView { id: BrandId(new_id(domain)), name: name.to_owned(), zone };
    let mut tx = tx.enter(workspace).await.map_err(BrandError::Store)?;
    write(domain, &mut tx, actor, workspace, &view).await.map_err(BrandError::Store)?;
    tx.commit().await.map_err(BrandError::Store)?;
    tracing::info!(workspace.id = %workspace, brand.id = %view.id, "Made workspace `{workspace}`");
    Ok(view)
}

async fn write(
    domain: &Domain,
    tx: &mut TenantTx,
    actor: &Actor,
    workspace: WorkspaceId,
    brand: &BrandView,
) -> Result<(), sqlx::Error> {
    workspaces::create(domain, tx, &brand.name, actor.user).await?;
    pg::insert(tx.conn(), workspace, brand, domain.clock.now()).await?;
    accounts::set_place(tx.conn(), actor, workspace, brand.id).await?;
    let made = |what, object: String, facts| audit::Entry { actor: Some(actor.user), what, object, facts };
    audit::append(tx, made("workspace_created", workspace.to_string(), json!({}))).await?;
    audit::append(tx, made("brand_created", brand.id.to_string(), json!({ "zone": brand.zone }))).await
}

/// The brand in use.
pub async fn get(domain: &Domain, actor: &Actor) -> Result<BrandView, BrandError> {
    let place = actor.may(Action::View)?;
    let mut tx = domain.db.tenant(place.workspace).await.map_err(BrandError::Store)?;
    find(&mut tx, place.brand).await
}

async fn find(tx: &mut TenantTx, brand: BrandId) -> Result<BrandView, BrandError> {
    let workspace = tx.workspace();
    pg::find(tx.conn(), workspace, brand).await.map_err(BrandError::Store)?.ok_or(BrandError::Gone)
}

/// The brand `brand` of the transaction's workspace, for views that carry one.
pub(crate) async fn view(tx: &mut TenantTx, brand: BrandId) -> Result<Option<BrandView>, sqlx::Error> {
    let workspace = tx.workspace();
    pg::find(tx.conn(), workspace, brand).await
}
