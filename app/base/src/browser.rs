//! What only a browser has: whether script runs, its storage, its time zone, the focus.

use leptos::prelude::*;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{HtmlElement, Storage};

/// True once script runs: for what could do nothing before, and for what is needed only without it.
pub fn script_runs() -> ReadSignal<bool> {
    let (runs, set_runs) = signal(false);
    Effect::new(move |_| set_runs.set(true));
    runs
}

/// The zone the browser is in, as an IANA name. Only in effects and event handlers.
pub fn zone() -> Option<String> {
    let options = js_sys::Intl::DateTimeFormat::default().resolved_options();
    js_sys::Reflect::get(&options, &JsValue::from_str("timeZone")).ok()?.as_string()
}

/// Reads a text kept on this device. Only in effects and event handlers.
pub fn kept(key: &str) -> Option<String> {
    storage()?.get_item(key).ok()?
}

/// Keeps a text on this device; returns whether the browser took it.
pub fn keep(key: &str, text: &str) -> bool {
    storage().is_some_and(|storage| storage.set_item(key, text).is_ok())
}

/// Forgets a text kept on this device.
pub fn forget(key: &str) {
    if let Some(storage) = storage() {
        // Fails only where nothing can be kept either.
        drop(storage.remove_item(key));
    }
}

/// Private windows and strict settings have none.
fn storage() -> Option<Storage> {
    window().local_storage().ok()?
}

/// Moves the focus to the first element that matches, after what is being drawn is there.
pub fn focus_soon(selector: String) {
    request_animation_frame(move || {
        let found = document().query_selector(&selector).ok().flatten();
        if let Some(element) = found.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
            // An element that cannot take the focus leaves it where it is.
            drop(element.focus());
        }
    });
}
