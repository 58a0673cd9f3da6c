//! Lucide glyphs as inline SVG.

use leptos::prelude::*;

/// A decorative glyph, 16, 20 or 24 high with a stroke of 1.75. It is hidden from screen readers:
/// the words stand beside it or in the control's label.
#[component]
pub fn Icon(
    icon: icondata::Icon,
    #[prop(default = 16)] size: u32,
    /// Further classes, for example `spin`.
    #[prop(default = "")]
    class: &'static str,
) -> impl IntoView {
    view! {
        <svg
            class=join("icon", class)
            width=size
            height=size
            viewBox="0 0 24 24"
            fill="none"
            stroke="currentColor"
            stroke-width="1.75"
            stroke-linecap="round"
            stroke-linejoin="round"
            aria-hidden="true"
            inner_html=icon.data
        ></svg>
    }
}

/// Two class lists as one attribute value, without a space too many.
pub(crate) fn join(first: &str, second: &str) -> String {
    if second.is_empty() { first.to_owned() } else { format!("{first} {second}") }
}
