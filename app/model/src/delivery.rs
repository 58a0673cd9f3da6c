//! The states of a delivery, as stored and as people read them.

use serde::{Deserialize, Serialize};

use crate::Platform;

/// Where a delivery stands (PUBLISHING §3). Legal transitions live in crate `publishing`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    Scheduled,
    Preparing,
    Staged,
    Committing,
    Confirming,
    Verifying,
    Blocked,
    Parked,
    Missed,
    Published,
    Failed,
    Canceled,
}

impl DeliveryState {
    pub const ALL: [Self; 12] = [
        Self::Scheduled,
        Self::Preparing,
        Self::Staged,
        Self::Committing,
        Self::Confirming,
        Self::Verifying,
        Self::Blocked,
        Self::Parked,
        Self::Missed,
        Self::Published,
        Self::Failed,
        Self::Canceled,
    ];

    /// The word in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Preparing => "preparing",
            Self::Staged => "staged",
            Self::Committing => "committing",
            Self::Confirming => "confirming",
            Self::Verifying => "verifying",
            Self::Blocked => "blocked",
            Self::Parked => "parked",
            Self::Missed => "missed",
            Self::Published => "published",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
        }
    }

    /// Nothing will happen to it any more.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Published | Self::Canceled)
    }

    /// Nothing will happen to it by itself.
    pub fn is_at_rest(self) -> bool {
        self.is_final() || matches!(self, Self::Failed | Self::Missed | Self::Parked)
    }

    /// What happened when a delivery came to this state, for its history: finer than the badge.
    pub fn words(self, platform: Platform) -> String {
        match self {
            Self::Scheduled => "Scheduled".to_owned(),
            Self::Preparing => "Preparing the video".to_owned(),
            Self::Staged => "Ready to go out".to_owned(),
            Self::Committing => format!("Sending to {}", platform.label()),
            Self::Confirming => format!("{} is processing it", platform.label()),
            Self::Verifying => "Checking what became of it".to_owned(),
            Self::Blocked => "Put on hold".to_owned(),
            Self::Parked => "Waiting for a person's decision".to_owned(),
            Self::Missed => "Missed its time".to_owned(),
            Self::Published => format!("Published on {}", platform.label()),
            Self::Failed => "Failed".to_owned(),
            Self::Canceled => "Canceled".to_owned(),
        }
    }

    /// What a person reads; before the due time preparing is still "Scheduled".
    pub fn shown(self, due_has_passed: bool) -> ShownState {
        match self {
            Self::Preparing if due_has_passed => ShownState::Publishing,
            Self::Scheduled | Self::Preparing | Self::Staged => ShownState::Scheduled,
            Self::Committing | Self::Confirming => ShownState::Publishing,
            Self::Verifying => ShownState::Checking,
            Self::Blocked => ShownState::OnHold,
            Self::Parked => ShownState::NeedsYou,
            Self::Missed => ShownState::Missed,
            Self::Published => ShownState::Published,
            Self::Failed => ShownState::Failed,
            Self::Canceled => ShownState::Canceled,
        }
    }
}

/// The words of DESIGN §4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShownState {
    Draft,
    NeedsReview,
    Scheduled,
    Publishing,
    Checking,
    Published,
    Partly { done: u32, total: u32 },
    Failed,
    OnHold,
    Missed,
    NeedsYou,
    Canceled,
}

impl ShownState {
    pub fn label(self) -> String {
        match self {
            Self::Draft => "Draft".into(),
            Self::NeedsReview => "Needs review".into(),
            Self::Scheduled => "Scheduled".into(),
            Self::Publishing => "Publishing".into(),
            Self::Checking => "Checking".into(),
            Self::Published => "Published".into(),
            Self::Partly { done, total } => format!("{done} of {total} published"),
            Self::Failed => "Failed".into(),
            Self::OnHold => "On hold".into(),
            Self::Missed => "Missed".into(),
            Self::NeedsYou => "Needs you".into(),
            Self::Canceled => "Canceled".into(),
        }
    }

    /// One state for a post out of those of its deliveries.
    pub fn of_post(deliveries: &[Self]) -> Self {
        let Some(first) = deliveries.first() else { return Self::Draft };
        if deliveries.iter().all(|state| state == first) {
            return *first;
        }
        let done = deliveries.iter().filter(|s| **s == Self::Published).count();
        if done > 0 {
            return Self::Partly {
                done: u32::try_from(done).unwrap_or(u32::MAX),
                total: u32::try_from(deliveries.len()).unwrap_or(u32::MAX),
            };
        }
        // The state that asks most loudly for a person speaks for the post.
        [Self::NeedsYou, Self::Failed, Self::Missed, Self::OnHold, Self::Checking, Self::Publishing]
            .into_iter()
            .find(|loud| deliveries.contains(loud))
            .unwrap_or(*first)
    }
}

/// How a recorded step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum StepOutcome {
    /// Written before the call; what came of it is not known yet.
    Intent,
    /// The call was made and nobody can say whether it took effect.
    Unknown,
    /// It took effect.
    Confirmed,
    /// It did not take effect.
    Refuted,
}

/// What was seen of a call (PUBLISHING §2, the evidence lattice).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(sqlx::Type), sqlx(type_name = "text"))]
pub enum Evidence {
    /// No connection.
    E0,
    /// Connected, no byte of the request handed over.
    E1,
    /// Body not fully handed over.
    E2,
    /// Request complete, no response.
    E3,
    /// A server error that proves nothing.
    E4,
    /// A documented refusal: not done.
    E5,
    /// Rate limited: not done.
    E6,
    /// Success that cannot be read.
    E7,
    /// Success with what the contract promises.
    E8,
    /// "Duplicate" while an earlier attempt is unknown.
    E9,
}

impl Evidence {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::E0 => "E0",
            Self::E1 => "E1",
            Self::E2 => "E2",
            Self::E3 => "E3",
            Self::E4 => "E4",
            Self::E5 => "E5",
            Self::E6 => "E6",
            Self::E7 => "E7",
            Self::E8 => "E8",
            Self::E9 => "E9",
        }
    }

    /// What was seen, in words for the attempts list.
    pub fn words(self) -> &'static str {
        match self {
            Self::E0 => "No connection could be made",
            Self::E1 => "Connected, but nothing was sent",
            Self::E2 => "The connection broke before everything was sent",
            Self::E3 => "Everything was sent, no answer came",
            Self::E4 => "The platform answered with a server error",
            Self::E5 => "The platform refused",
            Self::E6 => "The platform asked us to slow down",
            Self::E7 => "The platform's answer could not be read",
            Self::E8 => "The platform accepted",
            Self::E9 => "The platform says it has this already",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_words_of_its_own_in_the_history() {
        let words: std::collections::BTreeSet<String> =
            DeliveryState::ALL.into_iter().map(|state| state.words(Platform::Tiktok)).collect();
        assert_eq!(words.len(), DeliveryState::ALL.len());
        assert!(words.contains("Sending to TikTok"));
    }

    #[test]
    fn a_post_with_different_ends_counts_what_is_live() {
        let states = [ShownState::Published, ShownState::Failed, ShownState::Published];
        assert_eq!(ShownState::of_post(&states), ShownState::Partly { done: 2, total: 3 });
        assert_eq!(ShownState::of_post(&[]), ShownState::Draft);
        assert_eq!(ShownState::of_post(&[ShownState::Scheduled, ShownState::Failed]), ShownState::Failed);
    }
}
