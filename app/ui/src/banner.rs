//! A sentence that stays until its cause is gone.

use leptos::prelude::*;

use crate::icon::{Icon, join};
use crate::state::Tone;

/// One sentence with an icon and at most one link or button. Warnings and errors are announced at
/// once, the others politely.
#[component]
pub fn Banner(
    #[prop(default = Tone::Info)] tone: Tone,
    /// Full width under the top bar.
    #[prop(optional)]
    bar: bool,
    /// A link or button after the sentence.
    #[prop(optional, into)]
    action: Option<ViewFnOnce>,
    children: Children,
) -> impl IntoView {
    let icon = match tone {
        Tone::Success => icondata::LuCircleCheck,
        Tone::Warning => icondata::LuTriangleAlert,
        Tone::Destructive => icondata::LuCircleAlert,
        Tone::Neutral | Tone::Info | Tone::Primary => icondata::LuInfo,
    };
    let role = if tone == Tone::Destructive { "alert" } else { "status" };
    view! {
        <div
            class=join(&format!("banner banner-{}", tone.as_str()), if bar { "banner-bar" } else { "" })
            role=role
        >
            <Icon icon=icon />
            <p>{children()}</p>
            {action.map(ViewFnOnce::run)}
        </div>
    }
}
