//! A post on the calendar.

use leptos::prelude::*;
use model::{Platform, ShownState};

use crate::icon::Icon;
use crate::platform_tile::{PlatformTile, TileSize};
use crate::state::look;

/// A link 26 high: state bar, platform tiles, time, title, state icon. Scheduled is the quiet default
/// and has no icon. Screen readers hear "Failed, Instagram, 09:00, Winter menu".
#[component]
pub fn PostChip(
    #[prop(into)] href: String,
    state: ShownState,
    platforms: Vec<Platform>,
    /// "09:00", in the brand's zone.
    #[prop(into)]
    time: String,
    #[prop(into)] title: String,
) -> impl IntoView {
    let look = look(state);
    let names = platforms.iter().map(|p| p.label()).collect::<Vec<_>>().join(", ");
    let label = [state.label(), names, time.clone(), title.clone()]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(", ");
    let tooltip = title.clone();
    let more = platforms.len().saturating_sub(3);
    view! {
        <a class="post-chip" href=href data-state=look.code aria-label=label title=tooltip>
            <span class="post-chip-tiles">
                {platforms
                    .into_iter()
                    .take(3)
                    .map(|platform| view! { <PlatformTile platform=platform size=TileSize::Px16 decorative=true /> })
                    .collect_view()}
            </span>
            {(more > 0).then(|| view! { <span class="post-chip-time">{format!("+{more}")}</span> })}
            <span class="post-chip-time">{time}</span>
            <span class="post-chip-title">{title}</span>
            {(state != ShownState::Scheduled).then(|| view! { <Icon icon=look.icon size=12 /> })}
        </a>
    }
}
