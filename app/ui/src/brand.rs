//! Our own mark and the glyphs of the platforms, drawn in simple form on a 24 grid.

use leptos::prelude::*;
use model::Platform;

/// The paths of a platform's white glyph; they are filled with `currentColor`.
pub(crate) fn glyph(platform: Platform) -> &'static str {
    match platform {
        Platform::Facebook => {
            "<path d=\"M13.7 22v-8.6h2.9l.5-3.5h-3.4V7.7c0-1 .4-1.7 1.8-1.7h1.7V2.9c-.5-.1-1.4-.2-2.4-.2-2.7 0-4.4 1.6-4.4 4.5v2.7H7.3v3.5h3.1V22z\"/>"
        }
        Platform::Instagram => {
            "<path fill-rule=\"evenodd\" d=\"M8 2.5h8A5.5 5.5 0 0 1 21.5 8v8a5.5 5.5 0 0 1-5.5 5.5H8A5.5 5.5 0 0 1 2.5 16V8A5.5 5.5 0 0 1 8 2.5Zm0 2A3.5 3.5 0 0 0 4.5 8v8A3.5 3.5 0 0 0 8 19.5h8a3.5 3.5 0 0 0 3.5-3.5V8A3.5 3.5 0 0 0 16 4.5Zm4 2.7a4.8 4.8 0 1 1 0 9.6 4.8 4.8 0 0 1 0-9.6Zm0 2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6Z\"/><circle cx=\"17\" cy=\"7\" r=\"1.2\"/>"
        }
        Platform::Tiktok => {
            "<path d=\"M16.2 2.5h-3.3v12.9a2.7 2.7 0 1 1-2.7-2.7c.3 0 .5 0 .8.1V9.4a6.1 6.1 0 1 0 5.2 6V8.7a7.4 7.4 0 0 0 4.3 1.4V6.8c-2.4 0-4.3-1.9-4.3-4.3Z\"/>"
        }
        Platform::Youtube => {
            "<path fill-rule=\"evenodd\" d=\"M5.5 5h13A3.5 3.5 0 0 1 22 8.5v7a3.5 3.5 0 0 1-3.5 3.5h-13A3.5 3.5 0 0 1 2 15.5v-7A3.5 3.5 0 0 1 5.5 5Zm4.3 3.7v6.6l5.7-3.3Z\"/>"
        }
    }
}

/// The Daybill mark with the name beside it.
#[component]
pub fn Logo(
    /// Without the name, for narrow places; the mark then carries the label.
    #[prop(optional)]
    mark_only: bool,
) -> impl IntoView {
    view! {
        <span class="logo">
            <svg
                class="logo-mark"
                viewBox="0 0 32 32"
                role=mark_only.then_some("img")
                aria-label=mark_only.then_some("Daybill")
                aria-hidden=(!mark_only).then_some("true")
                inner_html=MARK
            ></svg>
            {(!mark_only).then(|| view! { <span>"Daybill"</span> })}
        </span>
    }
}

/// A playbill pinned to a day: the same drawing as `style/static/favicon.svg`.
const MARK: &str = "<rect class=\"logo-plate\" width=\"32\" height=\"32\" rx=\"8\"/><path class=\"logo-line\" fill-rule=\"evenodd\" d=\"M10.5 7h6C21.7 7 25 10.6 25 16s-3.3 9-8.5 9h-6A1.5 1.5 0 0 1 9 23.5v-15A1.5 1.5 0 0 1 10.5 7Zm3 4.8v8.4a.8.8 0 0 0 1.2.7l6.3-4.2a.8.8 0 0 0 0-1.4l-6.3-4.2a.8.8 0 0 0-1.2.7Z\"/>";
