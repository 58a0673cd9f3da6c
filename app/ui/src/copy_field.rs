//! A text to copy.

use leptos::ev::MouseEvent;
use leptos::leptos_dom::helpers::set_timeout;
use leptos::prelude::*;
use std::time::Duration;

use crate::bind::script_runs;
use crate::button::{IconButton, Size};

/// Monospaced text with a copy button, which turns to a check for 1.2 s. The button appears once
/// script runs; before, the text can be selected.
#[component]
pub fn CopyField(
    /// What the text is: "Request id". Names the button.
    #[prop(into)]
    label: String,
    #[prop(into)] text: String,
) -> impl IntoView {
    let runs = script_runs();
    let copied = RwSignal::new(false);
    let to_copy = StoredValue::new(text.clone());
    let copy = move |_: MouseEvent| {
        let window = window();
        // Browsers have no clipboard on plain http.
        if window.is_secure_context() {
            // Nothing to do when the browser refuses: the text stays there to be selected.
            drop(window.navigator().clipboard().write_text(&to_copy.get_value()));
            copied.set(true);
            set_timeout(move || copied.set(false), Duration::from_millis(1200));
        }
    };
    let button_label = format!("Copy {}", label.to_lowercase());
    view! {
        <div class="copy-field" role="group" aria-label=label>
            <code>{text}</code>
            <span role="status" class="sr-only">{move || copied.get().then_some("Copied")}</span>
            <span hidden=move || !runs.get()>
                {move || {
                    let icon = if copied.get() { icondata::LuCheck } else { icondata::LuCopy };
                    view! { <IconButton icon=icon label=button_label.clone() size=Size::Small on_click=copy /> }
                }}
            </span>
        </div>
    }
}
