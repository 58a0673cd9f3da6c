//! The `/design` page: every component in every state, in both themes.

mod content;
mod controls;
mod feedback;

use leptos::prelude::*;

use content::{Cards, Chips, Identity, PostParts};
use controls::{Buttons, Choices, Fields, Menus};
use feedback::{Files, Notices, Progresses, States};

/// All components in light and in dark. Ids differ between the two, so the page stays valid.
#[component]
pub fn Gallery() -> impl IntoView {
    view! {
        <div class="gallery">
            <Specimens theme="light" />
            <Specimens theme="dark" />
        </div>
    }
}

#[component]
fn Specimens(theme: &'static str) -> impl IntoView {
    let (class, words) =
        if theme == "dark" { ("gallery-theme dark", "Dark") } else { ("gallery-theme", "Light") };
    view! {
        <section class=class aria-label=words>
            <h2 class="text-display">{words}</h2>
            <div class="gallery-grid">
                <Tokens />
                <Buttons />
                <Menus theme=theme />
                <Fields theme=theme />
                <Choices theme=theme />
                <Identity />
                <States />
                <Chips />
                <Notices />
                <Progresses />
                <Files theme=theme />
                <Cards />
                <PostParts />
            </div>
        </section>
    }
}

/// The colours; their names are those of `style/tokens.css`.
#[component]
fn Tokens() -> impl IntoView {
    let swatches = [
        ("bg-background", "background"),
        ("bg-card", "card"),
        ("bg-sidebar", "sidebar"),
        ("bg-muted", "muted"),
        ("bg-accent", "accent"),
        ("bg-border", "border"),
        ("bg-input", "input"),
        ("bg-primary", "primary"),
        ("bg-primary-soft", "primary-soft"),
        ("bg-info", "info"),
        ("bg-success", "success"),
        ("bg-warning", "warning"),
        ("bg-destructive", "destructive"),
    ];
    view! {
        <crate::Card title="Colours and type">
            <div class="grid grid-cols-2 gap-2">
                {swatches
                    .map(|(class, name)| {
                        view! {
                            <div class="swatch">
                                <span class=class></span>
                                <span>{name}</span>
                            </div>
                        }
                    })
                    .collect_view()}
            </div>
            <div>
                <p class="text-display">"Display 28/34"</p>
                <p class="text-hero">"Hero 22/28"</p>
                <p class="text-title">"Page title 18/26"</p>
                <p class="text-editor">"Editor 15/24, the winter menu is here"</p>
                <p class="text-body">"Body 14/20, the winter menu is here"</p>
                <p class="text-control muted">"Control 13/20"</p>
                <p class="text-caption faint">"Caption 12/16"</p>
                <p class="text-meta faint">"Meta 11/16"</p>
                <p class="font-mono text-caption">"req_01HZX7 09:00"</p>
            </div>
        </crate::Card>
    }
}
