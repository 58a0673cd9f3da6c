//! What was typed stays on this device until it is sent or discarded.

use base::browser;
use model::SchedulePost;

/// One draft at a time: a second composer in another tab continues the same one.
const KEY: &str = "daybill.draft";

/// The kept draft, if there is one that can still be read.
pub fn kept() -> Option<SchedulePost> {
    serde_json::from_str(&browser::kept(KEY)?).ok()
}

/// Keeps a draft; returns whether the browser took it.
pub fn keep(draft: &SchedulePost) -> bool {
    serde_json::to_string(draft).is_ok_and(|text| browser::keep(KEY, &text))
}

/// Forgets the draft: it was sent or discarded, or its author leaves.
pub fn forget() {
    browser::forget(KEY);
}
