//! The sidebar as a sheet from the left, for narrow screens.

use leptos::html;
use leptos::prelude::*;

use crate::button::IconButton;
use crate::menu::close_after;

/// A native popover with a scrim; an `IconButton` with `popovertarget=id` opens it, before any script
/// too. Following a link inside closes it.
#[component]
pub fn Sheet(
    /// Unique on the page.
    #[prop(into)]
    id: String,
    /// Names the sheet for screen readers.
    #[prop(into)]
    label: String,
    /// What stands at the top, beside the close button.
    #[prop(into)]
    head: ViewFnOnce,
    children: Children,
) -> impl IntoView {
    let own_id = id.clone();
    let node = NodeRef::<html::Div>::new();
    view! {
        <div
            id=own_id
            class="sheet"
            popover="auto"
            role="dialog"
            aria-label=label
            node_ref=node
            on:click=move |event| close_after(&event, "a", node.get_untracked().as_deref())
        >
            <div class="sheet-head">
                {head.run()}
                <IconButton
                    icon=icondata::LuX
                    label="Close"
                    popovertarget=id
                    popovertargetaction="hide"
                />
            </div>
            {children()}
        </div>
    }
}
