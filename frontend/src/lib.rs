//! What runs in the browser: it wakes the page that the server drew.
//!
//! A crate of its own because it is the only one built for the browser as a program.

use wasm_bindgen::prelude::wasm_bindgen;

/// Called by the page's script once the module has arrived.
#[wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(app::App);
}
