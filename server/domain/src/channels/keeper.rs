//! [`publishing::Tokens`]: access tokens that are alive, refreshed once however many ask (PUBLISHING §5).

use std::time::Duration;

use async_trait::async_trait;
use model::{ChannelHealth, ChannelId, Platform};
use publishing::{TokenTrouble, Tokens};
use secrecy::SecretString;

use super::pg::tokens::{Locked, Pair};
use super::{ChannelError, pg, refresh, seal};
use crate::Domain;
use crate::db::{DbRole, TenantTx};

/// Whoever finds a refresh under way looks again after this …
const PAUSE: Duration = Duration::from_millis(100);
/// … this often, which is 20 s.
const LOOKS: u32 = 200;
/// A refused or failed refresh is not tried again sooner than this, in seconds.
const REST: f64 = 5.0;

/// Hands out access tokens of channels.
#[derive(Clone)]
pub struct TokenKeeper {
    pub domain: Domain,
}

/// What one look came to.
pub(super) enum Turn {
    Token(SecretString),
    /// Somebody else refreshes right now.
    Wait,
    /// The state has changed; look anew.
    Again,
}

#[async_trait]
impl Tokens for TokenKeeper {
    async fn access(&self, channel: ChannelId, for_at_least: Duration) -> Result<SecretString, TokenTrouble> {
        for _ in 0..LOOKS {
            match self.look(channel, for_at_least).await? {
                Turn::Token(token) => return Ok(token),
                Turn::Wait => self.domain.clock.sleep(PAUSE).await,
                Turn::Again => {}
            }
        }
        Err(later("another refresh of this account takes too long"))
    }

    async fn refused(&self, channel: ChannelId) -> Result<(), TokenTrouble> {
        let Some(mut tx) = self.enter(channel).await? else { return Err(gone()) };
        pg::tokens::expire(tx.conn(), channel).await.map_err(away)?;
        tx.commit().await.map_err(away)
    }
}

impl TokenKeeper {
    async fn look(&self, channel: ChannelId, for_at_least: Duration) -> Result<Turn, TokenTrouble> {
        let Some(mut tx) = self.enter(channel).await? else { return Err(gone()) };
        let row = pg::tokens::lock(tx.conn(), channel).await.map_err(away)?.ok_or_else(gone)?;
        match row.health {
            ChannelHealth::Connected => {}
            ChannelHealth::Broken => return Err(TokenTrouble::Reconnect(row.words.unwrap_or_default())),
            ChannelHealth::Disconnected => return Err(gone()),
        }
        let Some(pair) = &row.pair else { return Err(gone()) };
        if pair.left >= enough(pair, for_at_least) {
            return self.open(&mut tx, channel, pair).await;
        }
        let lives = pair.left >= for_at_least.as_secs_f64();
        let past = pg::tokens::past(tx.conn(), channel, pair.generation).await.map_err(away)?;
        match past.open_for {
            // Its caller is gone: nobody knows whether the platform saw the token.
            Some(overdue) if overdue > 0.0 => {
                pg::tokens::doubt_open(tx.conn(), channel).await.map_err(away)?;
                tx.commit().await.map_err(away)?;
                return Ok(Turn::Again);
            }
            Some(_) => return Ok(Turn::Wait),
            None => {}
        }
        if past.unknown > 0 && !(self.may_repeat(row.platform) && past.unknown == 1) {
            // The platform may have given away this generation's successor. The old access token is all there is.
            if lives {
                return self.open(&mut tx, channel, pair).await;
            }
            let words = format!(
                "A refresh of the access to {} went unanswered, so the access is lost. Connect the account again; \
                 what is scheduled waits for it.",
                row.platform.label()
            );
            return Err(self.broken(tx, channel, &row, &words).await);
        }
        if past.rested.is_some_and(|seconds| seconds < REST) {
            if lives {
                return self.open(&mut tx, channel, pair).await;
            }
            return Err(later(past.note.as_deref().unwrap_or("the last refresh did not work")));
        }
        let Some(refresh) = seal::open_refresh(&self.domain, &mut tx, channel, pair).await.map_err(sealed)?
        else {
            if lives {
                return self.open(&mut tx, channel, pair).await;
            }
            let words = format!(
                "The access to {} has ended and cannot be renewed. Connect the account again; what is scheduled \
                 waits for it.",
                row.platform.label()
            );
            return Err(self.broken(tx, channel, &row, &words).await);
        };
        refresh::once(self, tx, channel, &row, pair, &refresh, lives).await
    }

    /// Enters the channel's workspace as `worker`; `None` when there is no such channel.
    pub(super) async fn enter(&self, channel: ChannelId) -> Result<Option<TenantTx>, TokenTrouble> {
        let mut tx = self.domain.db.system(DbRole::Worker).await.map_err(away)?;
        match pg::tokens::workspace(tx.conn(), channel).await.map_err(away)? {
            Some(workspace) => tx.enter(workspace).await.map(Some).map_err(away),
            None => Ok(None),
        }
    }

    pub(super) async fn open(
        &self,
        tx: &mut TenantTx,
        channel: ChannelId,
        pair: &Pair,
    ) -> Result<Turn, TokenTrouble> {
        seal::open_access(&self.domain, tx, channel, pair).await.map(Turn::Token).map_err(sealed)
    }

    fn may_repeat(&self, platform: Platform) -> bool {
        self.domain
            .platforms
            .get(platform)
            .is_some_and(|entry| entry.platform.capabilities().refresh_reuse_tolerant)
    }

    /// A person has to connect again: what waits is held, and they are told.
    pub(super) async fn broken(
        &self,
        mut tx: TenantTx,
        channel: ChannelId,
        row: &Locked,
        words: &str,
    ) -> TokenTrouble {
        let written = async {
            refresh::write_broken(&self.domain, &mut tx, channel, row, words).await?;
            tx.commit().await
        };
        match written.await {
            Ok(()) => {
                tracing::warn!(channel.id = %channel, "Channel `{channel}` has to be connected again");
                TokenTrouble::Reconnect(words.to_owned())
            }
            Err(error) => away(error),
        }
    }
}

/// How long a token must still live not to be refreshed: the caller's need, 5 minutes or a tenth of its life
/// (PUBLISHING §5); of a short life never more than half, or each use would refresh.
fn enough(pair: &Pair, for_at_least: Duration) -> f64 {
    let ahead = (pair.life / 10.0).max(300.0).min(pair.life / 2.0);
    for_at_least.as_secs_f64().min(pair.life * 0.9).max(ahead)
}

pub(super) fn later(why: &str) -> TokenTrouble {
    TokenTrouble::Later(why.to_owned())
}

fn gone() -> TokenTrouble {
    TokenTrouble::Reconnect("The channel is disconnected. Connect the account again.".to_owned())
}

pub(super) fn away(error: sqlx::Error) -> TokenTrouble {
    tracing::warn!(%error, "The database did not take part in handing out a token");
    later("the database does not answer")
}

pub(super) fn sealed(error: crate::vault::VaultError) -> TokenTrouble {
    tracing::error!(%error, "A token cannot be opened or sealed");
    later("the stored access cannot be opened")
}

/// For people who asked for something live.
pub(super) fn told(platform: Platform, trouble: TokenTrouble) -> ChannelError {
    match trouble {
        TokenTrouble::Reconnect(words) => ChannelError::Reconnect(words),
        TokenTrouble::Later(words) => ChannelError::Away { platform, words },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(life: f64) -> Pair {
        Pair { generation: 1, access: Vec::new(), refresh: None, left: life, life }
    }

    #[test]
    fn a_short_life_is_not_refreshed_at_each_use() {
        for life in [20.0, 60.0, 600.0, 7200.0] {
            let enough = enough(&pair(life), Duration::from_secs(90));
            assert!(enough < life, "a fresh token of {life} s is enough");
        }
        assert!((enough(&pair(7200.0), Duration::from_secs(90)) - 720.0).abs() < 1e-9);
    }
}
