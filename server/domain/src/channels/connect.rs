//! To the consent screen and back: one way out, one way back, same session, same workspace.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::{Action, ChannelId, ChannelView, Platform};
use publishing::{Authorize, Class, CodeExchange, Connected};
use secrecy::SecretString;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{ChannelError, pg, seal};
use crate::posts::words;
use crate::vault::Place4;
use crate::{Actor, Domain, Place, audit, brands, delivery, new_id, random};

/// What the platform sent the browser back with.
#[derive(Debug, Clone, Default)]
pub struct Return {
    pub code: Option<String>,
    pub state: Option<String>,
    /// `access_denied` and the like.
    pub error: Option<String>,
}

/// Begins a connection: the address of the platform's consent screen.
pub async fn begin(
    domain: &Domain,
    actor: &Actor,
    platform: Platform,
    redirect_uri: String,
) -> Result<String, ChannelError> {
    let place = actor.may(Action::ManageBrand)?;
    let entry = domain.platforms.get(platform).ok_or(ChannelError::NotSetUp(platform))?;
    let state = URL_SAFE_NO_PAD.encode(random::<32>(domain));
    // RFC 7636: 43 to 128 unreserved characters; these are 64.
    let verifier = SecretString::from(URL_SAFE_NO_PAD.encode(random::<48>(domain)));

    let id = new_id(domain);
    let mut tx = domain.db.tenant(place.workspace).await.map_err(ChannelError::Store)?;
    let sealed =
        domain.vault.seal(&mut tx, verifier_place(id), &verifier).await.map_err(ChannelError::Vault)?;
    let row = pg::NewState {
        id,
        hash: hash(&state),
        session: actor.session,
        brand: place.brand,
        platform,
        redirect_uri: &redirect_uri,
        verifier: &sealed,
    };
    pg::insert_state(&mut tx, &row).await.map_err(ChannelError::Store)?;
    tx.commit().await.map_err(ChannelError::Store)?;
    Ok(entry.accounts.authorize_url(&Authorize { redirect_uri, state, pkce_verifier: verifier }))
}

/// Ends a connection that [`begin`] began: swaps the code for tokens and keeps them sealed. The same account
/// again keeps its channel, and what waited for it goes on.
pub async fn finish(
    domain: &Domain,
    actor: &Actor,
    platform: Platform,
    back: Return,
) -> Result<ChannelView, ChannelError> {
    let place = actor.may(Action::ManageBrand)?;
    let entry = domain.platforms.get(platform).ok_or(ChannelError::NotSetUp(platform))?;
    // Taken before anything else and committed: whatever follows, this state opens nothing a second time.
    let (taken, verifier) = take_state(domain, actor, &place, platform, back.state.as_deref()).await?;
    if back.error.is_some() {
        return Err(ChannelError::ConsentDenied(platform));
    }
    let code = back.code.filter(|code| !code.is_empty()).ok_or(ChannelError::StaleState)?;
    let exchange = CodeExchange {
        code: SecretString::from(code),
        redirect_uri: taken.redirect_uri,
        pkce_verifier: verifier,
    };
    let connected = entry.accounts.connect(&*domain.http, &exchange).await.outcome.map_err(|refusal| {
        match refusal.class {
            Class::Retry | Class::RateLimited | Class::Ambiguous => {
                ChannelError::Away { platform, words: refusal.message }
            }
            _ => ChannelError::Refused { platform, words: refusal.message },
        }
    })?;
    let place = Place { brand: taken.brand, ..place };
    let lead = entry.platform.capabilities().lead;
    keep(domain, actor, &place, platform, &connected, lead).await
}

async fn take_state(
    domain: &Domain,
    actor: &Actor,
    place: &Place,
    platform: Platform,
    state: Option<&str>,
) -> Result<(pg::TakenState, SecretString), ChannelError> {
    let state = state.ok_or(ChannelError::StaleState)?;
    let mut tx = domain.db.tenant(place.workspace).await.map_err(ChannelError::Store)?;
    let taken = pg::take_state(tx.conn(), &hash(state), actor.session, platform)
        .await
        .map_err(ChannelError::Store)?
        .ok_or(ChannelError::StaleState)?;
    let verifier = domain
        .vault
        .open(&mut tx, verifier_place(taken.id), &taken.verifier)
        .await
        .map_err(ChannelError::Vault)?;
    tx.commit().await.map_err(ChannelError::Store)?;
    if taken.is_fresh { Ok((taken, verifier)) } else { Err(ChannelError::StaleState) }
}

/// Channel, tokens and what goes on because of them, in one transaction.
async fn keep(
    domain: &Domain,
    actor: &Actor,
    place: &Place,
    platform: Platform,
    connected: &Connected,
    lead: Duration,
) -> Result<ChannelView, ChannelError> {
    let mut tx = domain.db.tenant(place.workspace).await.map_err(ChannelError::Store)?;
    let fresh = ChannelId(new_id(domain));
    let channel = pg::upsert(&mut tx, fresh, place.brand, actor.user, platform, connected)
        .await
        .map_err(ChannelError::Store)?;
    seal::keep_first(domain, &mut tx, channel, &connected.tokens).await?;
    let resumed =
        delivery::pg::others::resume_blocked(tx.conn(), channel, lead).await.map_err(ChannelError::Store)?;
    let what = if channel == fresh { "channel_connected" } else { "channel_reconnected" };
    let entry = audit::Entry {
        actor: Some(actor.user),
        what,
        object: channel.to_string(),
        facts: json!({ "platform": platform.as_str(), "resumed": resumed }),
    };
    audit::append(&mut tx, entry).await.map_err(ChannelError::Store)?;
    let brand = brands::view(&mut tx, place.brand).await.map_err(ChannelError::Store)?;
    let row =
        pg::find(tx.conn(), channel).await.map_err(ChannelError::Store)?.ok_or(ChannelError::NotFound)?;
    tx.commit().await.map_err(ChannelError::Store)?;
    tracing::info!(channel.id = %channel, platform = platform.as_str(), resumed, "{what}: `{channel}`");
    Ok(row.view(&words::zone(brand.as_ref().map_or("UTC", |brand| &brand.zone))))
}

fn verifier_place(row: Uuid) -> Place4 {
    Place4 { table: "oauth_states", column: "verifier_sealed", row, generation: 0 }
}

fn hash(state: &str) -> Vec<u8> {
    Sha256::digest(state.as_bytes()).to_vec()
}
