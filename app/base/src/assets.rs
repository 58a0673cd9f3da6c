//! What the server knows about itself and pages must know too.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::Theme;

/// Addresses of the built files with their hashes; the server provides them as a context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteAssets {
    pub css: String,
    pub js: String,
    pub wasm: String,
    /// Fonts to load early.
    pub fonts: Vec<String>,
}

/// Whether platforms are doubled by the sandbox; the server provides it as a context.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SandboxOn(pub bool);

/// What the browser must draw as the server drew it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Surroundings {
    pub theme: Theme,
    pub sandbox: bool,
}

/// Reads the surroundings on the server and hands them to the browser with the page. Called once, by
/// the root of the app.
pub fn provide_surroundings() {
    let shared = SharedValue::new(|| Surroundings {
        theme: current_theme(),
        sandbox: use_context::<SandboxOn>().is_some_and(|on| on.0),
    });
    provide_context(shared.into_inner());
}

/// The surroundings of this page.
pub fn surroundings() -> Surroundings {
    use_context().unwrap_or_default()
}

#[cfg(feature = "ssr")]
fn current_theme() -> Theme {
    use_context::<crate::request::Incoming>().map(|incoming| incoming.theme).unwrap_or_default()
}

#[cfg(not(feature = "ssr"))]
fn current_theme() -> Theme {
    Theme::default()
}
