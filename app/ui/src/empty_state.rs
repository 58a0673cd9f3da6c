//! What a list shows when there is nothing to list.

use leptos::prelude::*;

use crate::icon::Icon;

/// Icon, title, one or two lines, one button and one link. Say "nothing yet" and "nothing matches"
/// differently.
#[component]
pub fn EmptyState(
    icon: icondata::Icon,
    #[prop(into)] title: String,
    #[prop(optional, into)] text: Option<String>,
    /// The button, and a link below it if there is one.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty">
            <div class="empty-icon">
                <Icon icon=icon size=24 />
            </div>
            <p class="empty-title">{title}</p>
            {text.map(|text| view! { <p class="empty-text">{text}</p> })}
            {children.map(|children| view! { <div class="empty-actions">{children()}</div> })}
        </div>
    }
}
