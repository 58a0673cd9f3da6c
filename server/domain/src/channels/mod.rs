//! Connected accounts: consent, tokens, and what an account may do right now.

mod connect;
mod error;
mod keeper;
pub(crate) mod pg;
mod refresh;
mod seal;

use std::time::Duration;

use model::{Action, ChannelHealth, ChannelId, ChannelView, CreatorView, DisconnectChannel, Platform};
use publishing::{Answer, Class, Creator, Reason, Tokens as _};
use secrecy::SecretString;
use serde_json::json;

pub use connect::{Return, begin, finish};
pub use error::ChannelError;
pub use keeper::TokenKeeper;

use crate::db::DbRole;
use crate::posts::words;
use crate::{Actor, Domain, Place, audit, brands, delivery};

/// A token for a look must outlive it.
const LOOK: Duration = Duration::from_mins(1);

/// All channels of the brand, the working ones first.
pub async fn list(domain: &Domain, actor: &Actor) -> Result<Vec<ChannelView>, ChannelError> {
    let place = actor.may(Action::View)?;
    views(domain, &place).await
}

pub(crate) async fn views(domain: &Domain, place: &Place) -> Result<Vec<ChannelView>, ChannelError> {
    let mut tx = domain.db.tenant(place.workspace).await.map_err(ChannelError::Store)?;
    let brand = brands::view(&mut tx, place.brand).await.map_err(ChannelError::Store)?;
    let zone = words::zone(brand.as_ref().map_or("UTC", |brand| &brand.zone));
    let rows = pg::list(tx.conn(), place.brand).await.map_err(ChannelError::Store)?;
    Ok(rows.into_iter().map(|row| row.view(&zone)).collect())
}

/// Ends a connection. What waits for the channel is put on hold; what is live stays live.
pub async fn disconnect(
    domain: &Domain,
    actor: &Actor,
    input: DisconnectChannel,
) -> Result<(), ChannelError> {
    let place = actor.may(Action::ManageBrand)?;
    let channel = input.channel;
    let (platform, token) = last_token(domain, &place, channel).await?;

    let mut tx = domain.db.tenant(place.workspace).await.map_err(ChannelError::Store)?;
    pg::lock(tx.conn(), channel).await.map_err(ChannelError::Store)?.ok_or(ChannelError::NotFound)?;
    if pg::is_committing(tx.conn(), channel).await.map_err(ChannelError::Store)? {
        return Err(ChannelError::Publishing);
    }
    pg::update_health(tx.conn(), channel, ChannelHealth::Disconnected, None)
        .await
        .map_err(ChannelError::Store)?;
    pg::tokens::delete(tx.conn(), channel).await.map_err(ChannelError::Store)?;
    let reason = Reason::new(
        "channel_disconnected",
        "Channel disconnected. Connect the account again and this goes on by itself, if there is still time.",
    );
    let held = delivery::pg::others::block_waiting(tx.conn(), channel, &reason)
        .await
        .map_err(ChannelError::Store)?;
    let entry = audit::Entry {
        actor: Some(actor.user),
        what: "channel_disconnected",
        object: channel.to_string(),
        facts: json!({ "held": held }),
    };
    audit::append(&mut tx, entry).await.map_err(ChannelError::Store)?;
    tx.commit().await.map_err(ChannelError::Store)?;

    // After the commit: whatever the platform answers, we hold no token any more.
    if let (Some(token), Some(entry)) = (token, domain.platforms.get(platform)) {
        let answer = entry.accounts.revoke(&*domain.http, &token).await;
        if let Err(refusal) = answer.outcome {
            tracing::warn!(channel.id = %channel, code = refusal.code, "The platform did not confirm that the token is revoked");
        }
    }
    Ok(())
}

/// The access token as it is, to be revoked; `None` when there is none or it does not open.
async fn last_token(
    domain: &Domain,
    place: &Place,
    channel: ChannelId,
) -> Result<(Platform, Option<SecretString>), ChannelError> {
    let mut tx = domain.db.tenant_as(DbRole::Worker, place.workspace).await.map_err(ChannelError::Store)?;
    let row = pg::tokens::lock(tx.conn(), channel).await.map_err(ChannelError::Store)?;
    let row = row.ok_or(ChannelError::NotFound)?;
    let token = match &row.pair {
        Some(pair) => seal::open_access(domain, &mut tx, channel, pair).await.ok(),
        None => None,
    };
    Ok((row.platform, token))
}

/// What the account may do right now: a live call, made each time the composer opens
/// (contract tiktok.md §3) and again when a post is scheduled.
pub async fn creator(
    domain: &Domain,
    actor: &Actor,
    channel: ChannelId,
) -> Result<CreatorView, ChannelError> {
    let place = actor.may(Action::View)?;
    look(domain, &place, channel).await
}

pub(crate) async fn look(
    domain: &Domain,
    place: &Place,
    channel: ChannelId,
) -> Result<CreatorView, ChannelError> {
    let mut tx = domain.db.tenant(place.workspace).await.map_err(ChannelError::Store)?;
    let row = pg::find(tx.conn(), channel).await.map_err(ChannelError::Store)?;
    let row = row.filter(|row| row.brand == place.brand).ok_or(ChannelError::NotFound)?;
    drop(tx);
    let platform = row.platform;
    let entry = domain.platforms.get(platform).ok_or(ChannelError::NotSetUp(platform))?;
    let keeper = TokenKeeper { domain: domain.clone() };
    let mut was_refused = false;
    loop {
        let token = keeper.access(channel, LOOK).await.map_err(|trouble| keeper::told(platform, trouble))?;
        let Answer { outcome, .. } = entry.accounts.creator(&*domain.http, &token).await;
        let refusal = match outcome {
            Ok(creator) => return Ok(view(channel, creator, None)),
            Err(refusal) => refusal,
        };
        match refusal.class {
            Class::Refresh if !was_refused => {
                was_refused = true;
                keeper.refused(channel).await.map_err(|trouble| keeper::told(platform, trouble))?;
            }
            Class::Reconnect => return Err(ChannelError::Reconnect(refusal.message)),
            // "Not now" is an answer: the form opens and says so (contract tiktok.md §8.1).
            Class::Permanent | Class::RateLimited => {
                let unknown = Creator {
                    nickname: row.name,
                    username: row.handle,
                    privacy_options: Vec::new(),
                    comment_disabled: true,
                    duet_disabled: true,
                    stitch_disabled: true,
                    max_video_seconds: 0,
                };
                return Ok(view(channel, unknown, Some(refusal.message)));
            }
            Class::Retry | Class::Refresh | Class::Expired | Class::Ambiguous => {
                return Err(ChannelError::Away { platform, words: refusal.message });
            }
        }
    }
}

fn view(channel: ChannelId, creator: Creator, stopped: Option<String>) -> CreatorView {
    CreatorView {
        channel,
        nickname: creator.nickname,
        username: creator.username,
        privacy_options: creator.privacy_options,
        comment_disabled: creator.comment_disabled,
        duet_disabled: creator.duet_disabled,
        stitch_disabled: creator.stitch_disabled,
        max_video_seconds: creator.max_video_seconds,
        stopped,
    }
}
