//! Pages that belong to nobody: the gallery of components, and what is shown when there is no page.
//!
//! A page crate of its own so that an edit here rebuilds nothing else.

use base::TroublePage;
use base::page::not_found;
use leptos::prelude::*;
use leptos_meta::Title;
use ui::Gallery;

/// `/design`: every component in every state. Drawn by the server alone, so it is no route of the app.
#[component]
pub fn DesignPage() -> impl IntoView {
    view! {
        <Title text="Design · Daybill" />
        <main id="main">
            <h1 class="sr-only" tabindex="-1">
                "Design"
            </h1>
            <Gallery />
        </main>
    }
}

/// Any address that leads nowhere.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    not_found();
    view! {
        <TroublePage
            title="There is no such page"
            text="The address may be mistyped, or what was here has been removed."
        />
    }
}

/// Something failed on our side before a page could be drawn; the server renders it by itself.
#[component]
pub fn ErrorPage(
    /// Finds the cause in the log.
    #[prop(into)]
    reference: String,
) -> impl IntoView {
    view! {
        <TroublePage
            title="Something failed on our side"
            text="What you had saved is safe. Try again; if it stays, tell the operator the reference."
            reference=reference
        />
    }
}
