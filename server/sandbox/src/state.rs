//! Everything the world knows and keeps over a restart, apart from the bytes of the videos.

use serde::{Deserialize, Serialize};

use crate::clock::Millis;
use crate::faults::Fault;
use crate::settings::Settings;
use crate::tiktok::book::Book;
use crate::webhooks::Delivery;

#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct State {
    /// How far the world's time is ahead of the process's clock.
    pub(crate) offset_ms: Millis,
    pub(crate) settings: Settings,
    pub(crate) faults: Vec<Fault>,
    pub(crate) webhooks: Vec<Delivery>,
    pub(crate) tiktok: Book,
    /// Counts changes, so that many of them can share one write.
    #[serde(skip)]
    pub(crate) version: u64,
}

impl State {
    /// Brings everything whose time has come up to date; tells whether anything changed.
    pub(crate) fn settle(&mut self, now: Millis) -> bool {
        crate::tiktok::settle::settle(self, now)
    }

    /// The next moment at which something happens by itself.
    pub(crate) fn next_due(&self) -> Option<Millis> {
        let webhooks = self.webhooks.iter().map(|delivery| delivery.next_at_ms);
        webhooks.chain(crate::tiktok::settle::due_times(&self.tiktok)).min()
    }
}
