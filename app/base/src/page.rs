//! The frame of a page inside the shell: top bar with its one `h1`, banner, main.

use leptos::prelude::*;
use leptos_meta::Title;
use model::ErrorKind;
use ui::{Banner, IconButton, Tone, icons};

use crate::assets::surroundings;
use crate::trouble::page_status;

/// The id of the sheet that holds the sidebar on narrow screens.
pub const SHEET: &str = "sidebar-sheet";

/// How wide the content may grow.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Width {
    #[default]
    Normal,
    /// For reading and forms: 760.
    Narrow,
    /// As wide as the window.
    Wide,
    /// Wide and without padding.
    Flush,
}

/// Says in the answer's status that there is no such page.
pub fn not_found() {
    page_status(ErrorKind::NotFound);
}

/// Top bar and main of a page. The layout puts the sidebar beside it.
#[component]
pub fn Page(
    /// The page's heading, and its title in the browser.
    #[prop(into)]
    title: Signal<String>,
    /// A short fact beside the heading, such as the time zone.
    #[prop(optional, into)]
    note: ViewFnOnce,
    /// At the right of the top bar.
    #[prop(optional, into)]
    actions: ViewFnOnce,
    #[prop(optional)] width: Width,
    children: Children,
) -> impl IntoView {
    let class = match width {
        Width::Normal => "page",
        Width::Narrow => "page page-narrow",
        Width::Wide => "page page-wide",
        Width::Flush => "page page-wide page-flush",
    };
    view! {
        <Title text=move || title.get() />
        <header class="topbar">
            <IconButton
                icon=icons::LuMenu
                label="Open menu"
                class="topbar-menu"
                popovertarget=SHEET.to_owned()
            />
            <h1 class="topbar-title" tabindex="-1">
                {move || title.get()}
            </h1>
            {note.run()}
            <div class="topbar-actions">{actions.run()}</div>
        </header>
        {surroundings()
            .sandbox
            .then(|| {
                view! {
                    <Banner
                        tone=Tone::Info
                        bar=true
                        action=|| view! { <a href="/sandbox" rel="external">"Open the sandbox"</a> }
                    >
                        "Sandbox: nothing reaches the real TikTok."
                    </Banner>
                }
            })}
        <main class=class id="main">
            {children()}
        </main>
    }
}
