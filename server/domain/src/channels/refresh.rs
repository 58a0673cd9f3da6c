//! One refresh: intent, call, new pair, in that order (PUBLISHING §5 and §6, K12 to K15). The second kind of
//! call that cannot be taken back: a refresh token is used up by it.

use std::time::Duration;

use model::{ChannelHealth, ChannelId, Evidence, StepOutcome};
use publishing::{Answer, Class, Reason, Refusal, TokenSet, TokenTrouble, crash_point};
use secrecy::SecretString;
use serde_json::json;

use super::keeper::{TokenKeeper, Turn, away, later};
use super::pg::tokens::{Locked, Pair};
use super::{pg, seal};
use crate::db::TenantTx;
use crate::notify::{self, NewMail};
use crate::{Domain, audit, delivery, new_id};

/// A refresh is over by then, one way or the other.
const DEADLINE: Duration = Duration::from_secs(30);
/// A new pair is too dear to lose to a database that blinks: written again this often …
const WRITES: u32 = 40;
/// … with this pause.
const PAUSE: Duration = Duration::from_millis(500);

/// Refreshes with the pair locked in `tx`. `lives`: the present access token still serves.
pub(super) async fn once(
    keeper: &TokenKeeper,
    mut tx: TenantTx,
    channel: ChannelId,
    row: &Locked,
    pair: &Pair,
    refresh: &SecretString,
    lives: bool,
) -> Result<Turn, TokenTrouble> {
    let domain = &keeper.domain;
    let Some(entry) = domain.platforms.get(row.platform) else {
        return Err(later("this instance is not set up for the platform"));
    };
    let intent = new_id(domain);
    let begun = pg::tokens::begin(&mut tx, intent, channel, pair.generation, DEADLINE).await;
    if !begun.map_err(away)? {
        return Ok(Turn::Wait);
    }
    tx.commit().await.map_err(away)?;
    crash_point!("K12");
    let Answer { outcome, evidence, .. } = entry.accounts.refresh(&*domain.http, refresh).await;
    let received = domain.clock.monotonic();
    crash_point!("K14");
    let refusal = match outcome {
        Ok(tokens) if seal::is_whole(&tokens.access) => {
            let kept =
                Kept { intent, channel, generation: pair.generation, refresh, tokens, evidence, received };
            return keep(keeper, kept).await;
        }
        Ok(_) => Refusal::new(Class::Ambiguous, "no_token", "The platform's answer holds no token."),
        Err(refusal) => refusal,
    };
    let proof = verdict(evidence, &refusal);
    let mut tx = keeper.enter(channel).await?.ok_or_else(|| later("the channel is gone"))?;
    // Channel first, as everybody locks: then nobody writes a new pair between our look and our verdict.
    let now = pg::tokens::lock(tx.conn(), channel).await.map_err(away)?;
    pg::tokens::end(tx.conn(), intent, proof, evidence, Some(&refusal.message)).await.map_err(away)?;
    let is_same = now.and_then(|now| now.pair).is_some_and(|now| now.generation == pair.generation);
    if proof == StepOutcome::Refuted && refusal.class == Class::Reconnect && is_same {
        return Err(keeper.broken(tx, channel, row, &refusal.message).await);
    }
    tx.commit().await.map_err(away)?;
    if proof == StepOutcome::Unknown || lives || !is_same {
        // The next look decides: the old token where it still serves, a repeat where the platform bears it.
        return Ok(Turn::Again);
    }
    Err(later(&refusal.message))
}

/// What an unanswered or refused refresh proves.
fn verdict(evidence: Evidence, refusal: &Refusal) -> StepOutcome {
    match evidence {
        Evidence::E0 | Evidence::E1 | Evidence::E2 | Evidence::E6 => StepOutcome::Refuted,
        Evidence::E5 if refusal.class != Class::Ambiguous => StepOutcome::Refuted,
        _ => StepOutcome::Unknown,
    }
}

/// A new pair on its way into the database.
struct Kept<'a> {
    intent: uuid::Uuid,
    channel: ChannelId,
    /// The generation whose refresh token was sent.
    generation: i32,
    refresh: &'a SecretString,
    tokens: TokenSet,
    evidence: Evidence,
    /// When the answer came, by the monotonic clock: its life counts from there.
    received: Duration,
}

/// Commits the new pair before anyone uses it.
async fn keep(keeper: &TokenKeeper, kept: Kept<'_>) -> Result<Turn, TokenTrouble> {
    let mut tries = 0;
    loop {
        match write(keeper, &kept).await {
            Ok(()) => break,
            Err(trouble) if tries == WRITES => return Err(trouble),
            Err(_) => {
                tries += 1;
                keeper.domain.clock.sleep(PAUSE).await;
            }
        }
    }
    crash_point!("K15");
    Ok(Turn::Token(kept.tokens.access))
}

async fn write(keeper: &TokenKeeper, kept: &Kept<'_>) -> Result<(), TokenTrouble> {
    let domain = &keeper.domain;
    let Some(mut tx) = keeper.enter(kept.channel).await? else { return Err(later("the channel is gone")) };
    let now = pg::tokens::lock(tx.conn(), kept.channel).await.map_err(away)?;
    let now = now.and_then(|now| now.pair).map(|pair| pair.generation);
    // Another generation: disconnected or connected anew meanwhile, or COMMIT got through the first time.
    if now == Some(kept.generation) {
        let generation = kept.generation + 1;
        let mut pair =
            seal::pair(domain, &mut tx, kept.channel, generation, &kept.tokens, Some(kept.refresh))
                .await
                .map_err(super::keeper::sealed)?;
        let age = domain.clock.monotonic().saturating_sub(kept.received);
        pair.life = pair.life.saturating_sub(age).max(Duration::from_secs(1));
        pg::tokens::update(tx.conn(), kept.channel, &pair).await.map_err(away)?;
    }
    pg::tokens::end(tx.conn(), kept.intent, StepOutcome::Confirmed, kept.evidence, None)
        .await
        .map_err(away)?;
    tx.commit().await.map_err(away)
}

/// Health, holds, trail and mail of a channel that lost its access.
pub(super) async fn write_broken(
    domain: &Domain,
    tx: &mut TenantTx,
    channel: ChannelId,
    row: &Locked,
    words: &str,
) -> Result<(), sqlx::Error> {
    pg::update_health(tx.conn(), channel, ChannelHealth::Broken, Some(words)).await?;
    let reason = Reason::new("reconnect", words);
    let held = delivery::pg::others::block_waiting(tx.conn(), channel, &reason).await?;
    let entry = audit::Entry {
        actor: None,
        what: "channel_broken",
        object: channel.to_string(),
        facts: json!({ "held": held }),
    };
    audit::append(tx, entry).await?;
    let Some(to) = &row.connected_by_email else { return Ok(()) };
    let generation = row.pair.as_ref().map_or(0, |pair| pair.generation);
    let mail = NewMail {
        to: to.clone(),
        kind: "channel_broken".to_owned(),
        subject: format!("Connect @{} on {} again", row.handle, row.platform.label()),
        body: format!(
            "{words}\n\nDeliveries on hold because of it: {held}\n\nConnect it again:\n{}/connections\n",
            domain.public_url
        ),
    };
    notify::mail_once(domain, tx.conn(), &format!("channel_broken:{}:{generation}", channel.0), &mail).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unanswered_refresh_is_never_taken_for_refused() {
        let refusal = |class| Refusal::new(class, "x", "x");
        for evidence in [Evidence::E3, Evidence::E4, Evidence::E7] {
            assert_eq!(verdict(evidence, &refusal(Class::Retry)), StepOutcome::Unknown, "{evidence:?}");
        }
        assert_eq!(verdict(Evidence::E0, &refusal(Class::Retry)), StepOutcome::Refuted);
        assert_eq!(verdict(Evidence::E5, &refusal(Class::Reconnect)), StepOutcome::Refuted);
    }
}
