//! Posts: composed, put on the calendar once, taken off again, and shown as they fare.

mod calendar;
mod error;
mod home;
pub(crate) mod pg;
mod schedule;
mod times;
mod views;
pub(crate) mod words;

use model::{
    Action, AssetId, CancelDelivery, ChannelHealth, ChannelId, ComposeView, DeliveryState, PostId, PostView,
};
use publishing::crash_point;
use serde_json::json;

pub use calendar::month;
pub use error::PostError;
pub use home::home;
pub use schedule::schedule;

use crate::{Actor, Domain, audit, brands, channels, delivery, media, random};

/// All the composer needs. With a channel named, its options are read live (contract tiktok.md §3).
pub async fn compose(
    domain: &Domain,
    actor: &Actor,
    channel: Option<ChannelId>,
    asset: Option<AssetId>,
) -> Result<ComposeView, PostError> {
    let place = actor.may(Action::Write)?;
    let mut tx = domain.db.tenant(place.workspace).await.map_err(PostError::Store)?;
    let brand = brands::view(&mut tx, place.brand).await.map_err(PostError::Store)?;
    let brand = brand.ok_or(PostError::NotFound)?;
    let now = pg::now(tx.conn()).await.map_err(PostError::Store)?;
    let asset = match asset {
        Some(asset) => media::pg::find(tx.conn(), asset).await.map_err(PostError::Store)?,
        None => None,
    };
    drop(tx);
    let mut list = channels::views(domain, &place).await.map_err(PostError::Channel)?;
    list.retain(|channel| channel.health != ChannelHealth::Disconnected);
    let creator = match channel {
        Some(channel) => Some(channels::look(domain, &place, channel).await.map_err(PostError::Channel)?),
        None => None,
    };
    let zone = words::zone(&brand.zone);
    let (date, time) = times::offer(now, &zone);
    Ok(ComposeView {
        request_key: hex::encode(random::<16>(domain)),
        now_words: words::moment(now, &zone),
        zone: brand.zone,
        date,
        time,
        channels: list,
        creator,
        asset: asset.map(media::pg::AssetRow::view),
    })
}

/// A post with its deliveries, attempts and history.
pub async fn get(domain: &Domain, actor: &Actor, post: PostId) -> Result<PostView, PostError> {
    let place = actor.may(Action::View)?;
    let mut tx = domain.db.tenant(place.workspace).await.map_err(PostError::Store)?;
    views::post(&mut tx, &place, post).await
}

/// Takes a delivery off the calendar for good; refused once the platform may have it.
pub async fn cancel(domain: &Domain, actor: &Actor, input: CancelDelivery) -> Result<PostView, PostError> {
    let place = actor.may(Action::Publish)?;
    let mut tx = domain.db.tenant(place.workspace).await.map_err(PostError::Store)?;
    let found = delivery::pg::others::find_locked(tx.conn(), input.delivery)
        .await
        .map_err(PostError::Store)?
        .ok_or(PostError::NotFound)?;
    if pg::brand(tx.conn(), found.post).await.map_err(PostError::Store)? != Some(place.brand) {
        return Err(PostError::NotFound);
    }
    if !is_cancelable(found.state) {
        return Err(PostError::NotCancelable(found.state));
    }
    delivery::pg::others::cancel(tx.conn(), input.delivery).await.map_err(PostError::Store)?;
    let entry = audit::Entry {
        actor: Some(actor.user),
        what: "delivery_canceled",
        object: input.delivery.to_string(),
        facts: json!({ "from": found.state }),
    };
    audit::append(&mut tx, entry).await.map_err(PostError::Store)?;
    let view = views::post(&mut tx, &place, found.post).await?;
    crash_point!("K03");
    tx.commit().await.map_err(PostError::Store)?;
    Ok(view)
}

/// Whether a person may take it back: the platform has nothing of it that could go live.
pub(crate) fn is_cancelable(state: DeliveryState) -> bool {
    use DeliveryState::{Blocked, Missed, Preparing, Scheduled, Staged};
    matches!(state, Scheduled | Preparing | Staged | Blocked | Missed)
}
