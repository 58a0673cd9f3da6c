//! What can go wrong with channels.

use model::{AppError, ErrorKind, Platform};

use crate::Denied;
use crate::db::store_failed;
use crate::vault::VaultError;

#[derive(Debug, thiserror::Error)]
pub enum ChannelError {
    #[error(transparent)]
    Denied(#[from] Denied),
    #[error("this instance is not set up for {}", .0.as_str())]
    NotSetUp(Platform),
    #[error("there is no such channel")]
    NotFound,
    /// The way back from the consent screen fits no way out of this session and workspace.
    #[error("the state of the consent screen is unknown, used or too old")]
    StaleState,
    #[error("the person did not consent")]
    ConsentDenied(Platform),
    /// The platform said no; its words are for people.
    #[error("{} refused: {words}", .platform.as_str())]
    Refused { platform: Platform, words: String },
    #[error("{} does not answer: {words}", .platform.as_str())]
    Away { platform: Platform, words: String },
    /// A person has to connect again.
    #[error("the account has to be connected again: {0}")]
    Reconnect(String),
    #[error("a post is going out on this channel")]
    Publishing,
    #[error("failed to read or write channels")]
    Store(#[source] sqlx::Error),
    #[error("failed to seal or open a token")]
    Vault(#[source] VaultError),
}

impl From<&ChannelError> for AppError {
    fn from(error: &ChannelError) -> Self {
        match error {
            ChannelError::Denied(denied) => denied.into(),
            ChannelError::NotSetUp(platform) => Self::new(
                ErrorKind::Conflict,
                format!(
                    "This instance is not set up for {} yet. An operator has to add its keys.",
                    platform.label()
                ),
            ),
            ChannelError::NotFound => Self::not_found("channel"),
            ChannelError::StaleState => Self::new(
                ErrorKind::Conflict,
                "This connection was begun elsewhere, was used already, or took longer than 10 minutes. Nothing \
                 was connected. Start again from Connections.",
            ),
            ChannelError::ConsentDenied(platform) => Self::new(
                ErrorKind::Conflict,
                format!(
                    "{} was not connected, because the request was declined there. Nothing was changed. Connect \
                     again and allow the access if that was not what you meant.",
                    platform.label()
                ),
            ),
            ChannelError::Refused { platform, words } => Self::new(
                ErrorKind::Conflict,
                format!("{} refused: {words} Nothing was changed.", platform.label()),
            ),
            ChannelError::Away { platform, words } => Self::new(
                ErrorKind::Unavailable,
                format!(
                    "{} does not answer right now ({words}) Nothing was changed. Try again in a minute.",
                    platform.label()
                ),
            ),
            ChannelError::Reconnect(words) => Self::new(ErrorKind::Conflict, words.clone()),
            ChannelError::Publishing => Self::new(
                ErrorKind::Conflict,
                "A post is going out on this channel right now. Nothing was changed. Disconnect in a minute.",
            ),
            ChannelError::Store(source) | ChannelError::Vault(VaultError::Store(source)) => {
                store_failed(source)
            }
            ChannelError::Vault(_) => Self::internal(String::new()),
        }
    }
}
