//! Token pairs, sealed and opened. A pair is bound to its channel and generation: an old ciphertext put
//! back does not open.

use model::ChannelId;
use publishing::TokenSet;
use secrecy::{ExposeSecret as _, SecretString};

use super::pg::tokens::{NewPair, Pair};
use super::{ChannelError, pg};
use crate::Domain;
use crate::db::TenantTx;
use crate::vault::{Place4, VaultError};

/// The shortest thing taken for a token (PUBLISHING §5).
const SHORTEST: usize = 16;

/// Whether this can be a token at all; an empty one once overwrote good ones elsewhere.
pub(super) fn is_whole(token: &SecretString) -> bool {
    token.expose_secret().len() >= SHORTEST
}

pub(super) async fn open_access(
    domain: &Domain,
    tx: &mut TenantTx,
    channel: ChannelId,
    pair: &Pair,
) -> Result<SecretString, VaultError> {
    domain.vault.open(tx, place(channel, "access_sealed", pair.generation), &pair.access).await
}

pub(super) async fn open_refresh(
    domain: &Domain,
    tx: &mut TenantTx,
    channel: ChannelId,
    pair: &Pair,
) -> Result<Option<SecretString>, VaultError> {
    match &pair.refresh {
        Some(sealed) => {
            domain.vault.open(tx, place(channel, "refresh_sealed", pair.generation), sealed).await.map(Some)
        }
        None => Ok(None),
    }
}

/// Seals a pair of `generation`; `old_refresh` stays in use where the platform gave no new one.
pub(super) async fn pair(
    domain: &Domain,
    tx: &mut TenantTx,
    channel: ChannelId,
    generation: i32,
    tokens: &TokenSet,
    old_refresh: Option<&SecretString>,
) -> Result<NewPair, VaultError> {
    let access = domain.vault.seal(tx, place(channel, "access_sealed", generation), &tokens.access).await?;
    let refresh = match tokens.refresh.as_ref().filter(|token| is_whole(token)).or(old_refresh) {
        Some(token) => {
            Some(domain.vault.seal(tx, place(channel, "refresh_sealed", generation), token).await?)
        }
        None => None,
    };
    Ok(NewPair {
        generation,
        access,
        refresh,
        life: tokens.access_expires_in,
        refresh_life: tokens.refresh_expires_in,
    })
}

/// The pair of a fresh consent, over whatever was there.
pub(super) async fn keep_first(
    domain: &Domain,
    tx: &mut TenantTx,
    channel: ChannelId,
    tokens: &TokenSet,
) -> Result<(), ChannelError> {
    let last = pg::tokens::generation(tx.conn(), channel).await.map_err(ChannelError::Store)?;
    // Pages may not read tokens, so a consent without a refresh token replaces the whole row.
    let generation = last.unwrap_or(0) + 1;
    let sealed = pair(domain, tx, channel, generation, tokens, None).await.map_err(ChannelError::Vault)?;
    if sealed.refresh.is_none() {
        pg::tokens::delete(tx.conn(), channel).await.map_err(ChannelError::Store)?;
    }
    pg::tokens::upsert(tx, channel, &sealed).await.map_err(ChannelError::Store)
}

fn place(channel: ChannelId, column: &'static str, generation: i32) -> Place4 {
    Place4 { table: "channel_tokens", column, row: channel.0, generation }
}
