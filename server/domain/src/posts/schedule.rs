//! Onto the calendar, once however often it is asked.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use model::rules::tiktok;
use model::{
    Action, AssetView, BrandView, ChannelHealth, ChannelId, Check as _, DeliveryId, FieldErrors, Platform,
    PostId, PostView, SchedulePost, When,
};
use publishing::{Content, crash_point};
use serde_json::json;

use super::times::{self, Planned};
use super::{PostError, pg, views, words};
use crate::channels::{self, ChannelError};
use crate::db::TenantTx;
use crate::{Actor, Domain, Place, audit, brands, media, new_id};

/// Late by no more than this (PUBLISHING §2, rule 12).
const LATE_MINUTES: i32 = 60;

/// Everything read before anything is written.
struct Ready {
    brand: BrandView,
    content: Content,
    asset: AssetView,
    channels: Vec<(ChannelId, Duration)>,
}

/// Puts a post on the calendar, or out at once. The same `request_key` again is the same post, also when it
/// comes twenty times at once.
pub async fn schedule(
    domain: &Domain,
    actor: &Actor,
    mut input: SchedulePost,
) -> Result<PostView, PostError> {
    let place = actor.may(Action::Publish)?;
    // Forms without script send line ends as two characters; people typed, and the counter counted, one.
    if input.caption.contains('\r') {
        input.caption = input.caption.replace("\r\n", "\n");
    }
    input.check().map_err(PostError::Invalid)?;
    let mut tx = domain.db.tenant(place.workspace).await.map_err(PostError::Store)?;
    if let Some(known) = pg::find_by_key(tx.conn(), &input.request_key).await.map_err(PostError::Store)? {
        return views::post(&mut tx, &place, known).await;
    }
    drop(tx);
    let ready = match check(domain, &place, &input).await {
        Ok(ready) => ready,
        Err(error) => {
            // Another submit of the same form may be through already: then this one is no failure either.
            let mut tx = domain.db.tenant(place.workspace).await.map_err(PostError::Store)?;
            return match pg::find_by_key(tx.conn(), &input.request_key).await.map_err(PostError::Store)? {
                Some(known) => views::post(&mut tx, &place, known).await,
                None => Err(error),
            };
        }
    };
    let post = match write(domain, actor, &place, &input, &ready).await? {
        Some(post) => post,
        // Another submit of the same form was faster.
        None => find_known(domain, &place, &input.request_key).await?,
    };
    crash_point!("K02");
    let mut tx = domain.db.tenant(place.workspace).await.map_err(PostError::Store)?;
    views::post(&mut tx, &place, post).await
}

async fn find_known(domain: &Domain, place: &Place, key: &str) -> Result<PostId, PostError> {
    let mut tx = domain.db.tenant(place.workspace).await.map_err(PostError::Store)?;
    pg::find_by_key(tx.conn(), key).await.map_err(PostError::Store)?.ok_or(PostError::NotFound)
}

/// The rule book, with what the accounts may do right now. Makes calls; holds no transaction.
async fn check(domain: &Domain, place: &Place, input: &SchedulePost) -> Result<Ready, PostError> {
    let mut tx = domain.db.tenant(place.workspace).await.map_err(PostError::Store)?;
    let brand = brands::view(&mut tx, place.brand).await.map_err(PostError::Store)?;
    let brand = brand.ok_or(PostError::NotFound)?;
    let now = pg::now(tx.conn()).await.map_err(PostError::Store)?;
    let mut errors = FieldErrors::default();
    if input.when == When::At
        && let Err(wrong) = times::plan(&input.date, &input.time, &words::zone(&brand.zone), now)
    {
        errors.0.extend(wrong.0);
    }
    let asset = match input.asset {
        Some(asset) => media::pg::find(tx.conn(), asset).await.map_err(PostError::Store)?,
        None => None,
    };
    let asset = asset.map(media::pg::AssetRow::view);
    if asset.is_none() {
        errors.add("asset", "This file is no longer here. Add it again.");
    }
    let mut wanted = input.channels.clone();
    wanted.sort_unstable();
    wanted.dedup();
    let mut rows = Vec::new();
    for channel in wanted {
        let row = channels::pg::find(tx.conn(), channel).await.map_err(PostError::Store)?;
        match row.filter(|row| row.brand == place.brand) {
            Some(row) => rows.push(row),
            None => errors.add("channels", "This channel is no longer here. Choose another one."),
        }
    }
    drop(tx);
    let mut channels = Vec::new();
    for row in rows {
        let Some(entry) = domain.platforms.get(row.platform) else {
            return Err(PostError::Channel(ChannelError::NotSetUp(row.platform)));
        };
        if row.health != ChannelHealth::Connected {
            errors.add(
                "channels",
                format!("@{} is not connected any more. Connect it again first.", row.handle),
            );
            continue;
        }
        if row.platform == Platform::Tiktok {
            let creator = channels::look(domain, place, row.id).await.map_err(PostError::Channel)?;
            tiktok::check_creator(input, &creator, &mut errors);
            // An account that cannot post now says no length; the reason is noted already.
            if let (Some(asset), None) = (&asset, &creator.stopped) {
                tiktok::check_asset(asset, creator.max_video_seconds, &mut errors);
            }
        }
        channels.push((row.id, entry.platform.capabilities().lead));
    }
    errors.into_result().map_err(PostError::Invalid)?;
    let asset = asset.ok_or(PostError::NotFound)?;
    Ok(Ready { brand, content: content(input), asset, channels })
}

fn content(input: &SchedulePost) -> Content {
    Content {
        caption: input.caption.clone(),
        privacy: input.privacy,
        allow_comment: input.allow_comment,
        allow_duet: input.allow_duet,
        allow_stitch: input.allow_stitch,
        // Without the switch its two boxes mean nothing.
        your_brand: input.discloses && input.your_brand,
        branded_content: input.discloses && input.branded_content,
        ai_made: input.ai_made,
    }
}

/// Post, deliveries and trail in one transaction; `None` when the key is taken.
async fn write(
    domain: &Domain,
    actor: &Actor,
    place: &Place,
    input: &SchedulePost,
    ready: &Ready,
) -> Result<Option<PostId>, PostError> {
    let mut tx = domain.db.tenant(place.workspace).await.map_err(PostError::Store)?;
    // The time is asked again: the live calls may have taken a while.
    let now = pg::now(tx.conn()).await.map_err(PostError::Store)?;
    let zone = words::zone(&ready.brand.zone);
    let planned = match input.when {
        When::Now => times::now(now, &zone),
        When::At => times::plan(&input.date, &input.time, &zone, now).map_err(PostError::Invalid)?,
    };
    let post = PostId(new_id(domain));
    let new = pg::NewPost {
        id: post,
        brand: place.brand,
        author: actor.user,
        content: &ready.content,
        asset: ready.asset.id,
        request_key: &input.request_key,
        planned: &planned,
        zone: &ready.brand.zone,
        tzdb: times::tzdb(),
        late_minutes: LATE_MINUTES,
    };
    if !pg::insert(&mut tx, &new).await.map_err(PostError::Store)? {
        return Ok(None);
    }
    for (channel, lead) in &ready.channels {
        deliver(domain, &mut tx, post, *channel, &planned, *lead, now).await?;
    }
    let entry = audit::Entry {
        actor: Some(actor.user),
        what: "post_scheduled",
        object: post.to_string(),
        facts: json!({ "due_at": planned.due_at, "channels": input.channels }),
    };
    audit::append(&mut tx, entry).await.map_err(PostError::Store)?;
    crash_point!("K01");
    tx.commit().await.map_err(PostError::Store)?;
    tracing::info!(post.id = %post, due_at = %planned.due_at, "Scheduled post `{post}`");
    Ok(Some(post))
}

async fn deliver(
    domain: &Domain,
    tx: &mut TenantTx,
    post: PostId,
    channel: ChannelId,
    planned: &Planned,
    lead: Duration,
    now: Timestamp,
) -> Result<(), PostError> {
    // A disconnect holds what it can see; holding it off until our commit lets it see this one.
    let health = channels::pg::health_for_share(tx.conn(), channel).await.map_err(PostError::Store)?;
    if health != Some(ChannelHealth::Connected) {
        let mut errors = FieldErrors::default();
        errors.add("channels", "This channel was disconnected just now. Connect it again first.");
        return Err(PostError::Invalid(errors));
    }
    let early = SignedDuration::try_from(lead).unwrap_or_default();
    let look_at = planned.due_at.checked_sub(early).unwrap_or(now).max(now);
    let id = DeliveryId(new_id(domain));
    pg::insert_delivery(tx, id, post, channel, planned.due_at, LATE_MINUTES, look_at)
        .await
        .map_err(PostError::Store)
}
