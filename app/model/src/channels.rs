//! Connected accounts.

use serde::{Deserialize, Serialize};

use crate::{ChannelId, Platform};

/// Whether a channel can publish.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum ChannelHealth {
    /// Works.
    Connected,
    /// The platform no longer takes our token: a person has to connect again.
    Broken,
    /// Disconnected by a person; tokens are deleted, history stays.
    Disconnected,
}

/// A channel as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelView {
    pub id: ChannelId,
    pub platform: Platform,
    /// Name the platform shows, for example "Northwind Coffee".
    pub name: String,
    /// Without the @.
    pub handle: String,
    pub health: ChannelHealth,
    /// What the account granted, in the platform's words.
    pub permissions: Vec<String>,
    /// Deliveries waiting for this channel.
    pub scheduled: i64,
    /// When it was connected, in words, in the brand's zone.
    pub connected_on: String,
}

/// Who may see a post, in TikTok's words (contract tiktok.md §3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Privacy {
    PublicToEveryone,
    MutualFollowFriends,
    FollowerOfCreator,
    SelfOnly,
}

impl Privacy {
    /// The platform's own word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PublicToEveryone => "PUBLIC_TO_EVERYONE",
            Self::MutualFollowFriends => "MUTUAL_FOLLOW_FRIENDS",
            Self::FollowerOfCreator => "FOLLOWER_OF_CREATOR",
            Self::SelfOnly => "SELF_ONLY",
        }
    }

    /// Reads the platform's own word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::PublicToEveryone, Self::MutualFollowFriends, Self::FollowerOfCreator, Self::SelfOnly]
            .into_iter()
            .find(|p| p.as_str() == word)
    }

    /// What people read.
    pub fn label(self) -> &'static str {
        match self {
            Self::PublicToEveryone => "Everyone",
            Self::MutualFollowFriends => "Friends",
            Self::FollowerOfCreator => "Followers",
            Self::SelfOnly => "Only me",
        }
    }
}

/// What the platform lets this account do right now, read afresh each time the form opens
/// (contract tiktok.md §3 and §8).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreatorView {
    pub channel: ChannelId,
    pub nickname: String,
    pub username: String,
    pub privacy_options: Vec<Privacy>,
    pub comment_disabled: bool,
    pub duet_disabled: bool,
    pub stitch_disabled: bool,
    pub max_video_seconds: u32,
    /// Why posting is impossible now, in words; `None` when it is possible.
    pub stopped: Option<String>,
}

/// Ends a connection: tokens are revoked at the platform and deleted here.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DisconnectChannel {
    pub channel: ChannelId,
}

/// Why connecting did not work, as a short word in the address of the way back: whole sentences there could be
/// written by anybody who makes a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectRefusal {
    Declined,
    Stale,
    Refused,
    Away,
    NotSetUp,
    NotAllowed,
    Unavailable,
}

impl ConnectRefusal {
    const ALL: [Self; 7] = [
        Self::Declined,
        Self::Stale,
        Self::Refused,
        Self::Away,
        Self::NotSetUp,
        Self::NotAllowed,
        Self::Unavailable,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Declined => "declined",
            Self::Stale => "stale",
            Self::Refused => "refused",
            Self::Away => "away",
            Self::NotSetUp => "not-set-up",
            Self::NotAllowed => "not-allowed",
            Self::Unavailable => "unavailable",
        }
    }

    /// Reads a word of ours; others say nothing.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|refusal| refusal.as_str() == word)
    }

    /// What people read.
    pub fn words(self) -> &'static str {
        match self {
            Self::Declined => {
                "The request was declined there. Connect again and allow the access if that was not what you meant."
            }
            Self::Stale => {
                "This connection was begun elsewhere, was used already, or took longer than 10 minutes. Start again here."
            }
            Self::Refused => {
                "The platform refused. Try again; if it stays, the log of this instance has its reason."
            }
            Self::Away => "The platform does not answer right now. Try again in a minute.",
            Self::NotSetUp => {
                "This instance is not set up for this platform yet. An operator has to add its keys."
            }
            Self::NotAllowed => {
                "Your role here does not include connecting channels. Ask an owner or an admin."
            }
            Self::Unavailable => "The database does not answer right now. Try again in a moment.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_words_say_why_connecting_failed() {
        for refusal in ConnectRefusal::ALL {
            assert_eq!(ConnectRefusal::parse(refusal.as_str()), Some(refusal));
        }
        assert_eq!(ConnectRefusal::parse("Call 0800 to unlock your account"), None);
    }
}
