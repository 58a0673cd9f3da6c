//! The centre column of pages outside the shell (DESIGN §8.1).

use leptos::prelude::*;
use leptos_meta::Title;
use ui::Logo;

/// Logo, heading, a line of explanation, and what the page is about.
#[component]
pub(crate) fn Frame(
    #[prop(into)] title: String,
    #[prop(optional, into)] lead: Option<String>,
    children: Children,
) -> impl IntoView {
    view! {
        <Title text=title.clone() />
        <main class="auth" id="main">
            <Logo />
            <h1 tabindex="-1">{title}</h1>
            {lead.map(|lead| view! { <p class="auth-lead">{lead}</p> })}
            {children()}
        </main>
    }
}
