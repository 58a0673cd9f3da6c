//! A key on the keyboard.

use leptos::prelude::*;

/// A key cap. Hidden from screen readers: a shortcut beside a button is not part of its name.
#[component]
pub fn Kbd(#[prop(into)] keys: String) -> impl IntoView {
    view! { <kbd class="kbd" aria-hidden="true">{keys}</kbd> }
}
