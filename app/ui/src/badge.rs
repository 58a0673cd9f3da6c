//! Small pills: a word with a tone, and the state of a post.

use leptos::prelude::*;
use model::ShownState;

use crate::icon::Icon;
use crate::state::{Tone, look};

/// A pill 22 high.
#[component]
pub fn Badge(
    #[prop(optional)] tone: Tone,
    #[prop(optional)] icon: Option<icondata::Icon>,
    children: Children,
) -> impl IntoView {
    view! {
        <span class=format!("badge badge-{}", tone.as_str())>
            {icon.map(|icon| view! { <Icon icon=icon size=12 /> })} {children()}
        </span>
    }
}

/// The state of a post or delivery: colour, icon and words; follows its signal.
#[component]
pub fn StateBadge(#[prop(into)] state: Signal<ShownState>) -> impl IntoView {
    move || {
        let state = state.get();
        let look = look(state);
        let turning = if state == ShownState::Publishing { "spin" } else { "" };
        view! {
            <span class=format!("badge badge-{}", look.tone.as_str()) data-state=look.code>
                <Icon icon=look.icon size=12 class=turning />
                {state.label()}
            </span>
        }
    }
}
