//! What happened, in order.

use leptos::prelude::*;

use crate::icon::Icon;
use crate::state::Tone;

/// The list around [`TimelineItem`]s.
#[component]
pub fn Timeline(
    /// What happened to what: "Attempts".
    #[prop(into)]
    label: String,
    children: Children,
) -> impl IntoView {
    view! { <ol class="timeline" aria-label=label>{children()}</ol> }
}

/// One event: mark, title, time, and below them whatever more there is to say.
#[component]
pub fn TimelineItem(
    #[prop(into)] title: String,
    /// In the brand's zone, in words.
    #[prop(into)]
    time: String,
    #[prop(optional)] tone: Tone,
    icon: icondata::Icon,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <li class="timeline-item" data-tone=tone.as_str()>
            <span class="timeline-mark">
                <Icon icon=icon size=12 />
            </span>
            <span class="timeline-title">{title}</span>
            <span class="timeline-time">{time}</span>
            {children.map(|children| view! { <div class="timeline-note">{children()}</div> })}
        </li>
    }
}
