//! The small square by which a platform is recognised.

use leptos::prelude::*;
use model::Platform;

use crate::brand::glyph;
use crate::icon::join;

/// Edge length of a tile.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TileSize {
    Px16,
    #[default]
    Px20,
    Px24,
    /// For lists of platforms to connect.
    Px40,
}

/// A platform's white glyph on its colour. Named for screen readers unless `decorative`, for places
/// where the platform's name stands beside it.
#[component]
pub fn PlatformTile(
    platform: Platform,
    #[prop(optional)] size: TileSize,
    #[prop(optional)] decorative: bool,
) -> impl IntoView {
    let size = match size {
        TileSize::Px16 => "tile-16",
        TileSize::Px20 => "",
        TileSize::Px24 => "tile-24",
        TileSize::Px40 => "tile-40",
    };
    view! {
        <span
            class=join(&format!("tile tile-{}", platform.as_str()), size)
            role=(!decorative).then_some("img")
            aria-label=(!decorative).then_some(platform.label())
            aria-hidden=decorative.then_some("true")
        >
            <svg viewBox="0 0 24 24" fill="currentColor" aria-hidden="true" inner_html=glyph(platform)></svg>
        </span>
    }
}
