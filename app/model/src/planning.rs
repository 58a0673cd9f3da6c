//! Home and calendar.

use serde::{Deserialize, Serialize};

use crate::{Platform, PostId, ShownState};

/// What Home shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HomeView {
    pub greeting: String,
    pub zone: String,
    pub onboarding: Onboarding,
    pub next_up: Vec<NextUp>,
    pub recent: Vec<NextUp>,
    /// Deliveries that wait for a person.
    pub needs_you: Vec<NextUp>,
}

/// "Get to your first post", computed from what is really there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Onboarding {
    pub brand_named: bool,
    pub channel_connected: bool,
    pub post_created: bool,
    pub post_published: bool,
}

/// One delivery in a short list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NextUp {
    pub post: PostId,
    pub title: String,
    pub platform: Platform,
    pub handle: String,
    pub state: ShownState,
    /// "Sun 22 Nov, 14:30" in the brand's zone.
    pub when: String,
}

/// A month of the calendar, whole weeks, Monday first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarMonth {
    /// "November 2026".
    pub title: String,
    /// `2026-11`, and its neighbours for the links.
    pub month: String,
    pub previous: String,
    pub next: String,
    pub zone: String,
    /// "UTC+0" at the start of the month.
    pub offset: String,
    pub days: Vec<CalendarDay>,
}

/// One cell of the month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarDay {
    /// `2026-11-22`.
    pub date: String,
    pub number: u8,
    /// "Sun 22 Nov".
    pub words: String,
    pub in_month: bool,
    pub is_today: bool,
    pub chips: Vec<Chip>,
}

/// A post on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chip {
    pub post: PostId,
    /// "14:30".
    pub time: String,
    pub title: String,
    pub platforms: Vec<Platform>,
    pub state: ShownState,
}
