//! A menu on the native popover: it opens, and its forms submit, before any script has loaded.

use leptos::ev::MouseEvent;
use leptos::html;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;

use crate::icon::{Icon, join};

/// Hides a popover after a choice was made in it, since a page change without reload would leave it
/// open.
pub(crate) fn close_after(event: &MouseEvent, chosen: &str, popover: Option<&web_sys::HtmlElement>) {
    let target = event.target().and_then(|t| t.dyn_into::<web_sys::Element>().ok());
    let is_choice = target.is_some_and(|el| el.closest(chosen).ok().flatten().is_some());
    if let (true, Some(popover)) = (is_choice, popover) {
        // Fails only when it is closed already.
        drop(popover.hide_popover());
    }
}

/// A button and the list that it opens. Items are links and buttons in their natural order, so Tab
/// and Escape do what people expect.
#[component]
pub fn Menu(
    /// Unique on the page.
    #[prop(into)]
    id: String,
    /// Names the list for screen readers.
    #[prop(into)]
    label: String,
    /// What the button shows.
    #[prop(into)]
    trigger: ViewFnOnce,
    /// The button's name where `trigger` has no words.
    #[prop(optional, into)]
    trigger_label: Option<String>,
    #[prop(default = "btn btn-outline")] trigger_class: &'static str,
    /// Opens above the button, for the foot of the sidebar.
    #[prop(optional)]
    above: bool,
    /// Ends where the button ends, for buttons at the right edge.
    #[prop(optional)]
    end: bool,
    children: Children,
) -> impl IntoView {
    let node = NodeRef::<html::Div>::new();
    view! {
        <button
            type="button"
            class=trigger_class
            popovertarget=id.clone()
            aria-label=trigger_label
            aria-haspopup="true"
        >
            {trigger.run()}
        </button>
        <div
            id=id
            class="menu"
            popover="auto"
            role="group"
            aria-label=label
            data-side=above.then_some("top")
            data-align=end.then_some("end")
            node_ref=node
            on:click=move |event| close_after(&event, "a, button", node.get_untracked().as_deref())
        >
            {children()}
        </div>
    }
}

/// A link in a menu.
#[component]
pub fn MenuLink(
    #[prop(into)] href: String,
    #[prop(optional)] icon: Option<icondata::Icon>,
    children: Children,
) -> impl IntoView {
    view! {
        <a class="menu-item" href=href>
            {icon.map(|icon| view! { <Icon icon=icon /> })} {children()}
        </a>
    }
}

/// An act in a menu: a submit button of the form around it, or a callback.
#[component]
pub fn MenuItem(
    #[prop(optional)] icon: Option<icondata::Icon>,
    /// Ends or deletes something; stands last, after a separator.
    #[prop(optional)]
    destructive: bool,
    #[prop(optional)] submit: bool,
    #[prop(optional, into)] on_click: Option<Callback<()>>,
    children: Children,
) -> impl IntoView {
    view! {
        <button
            type=if submit { "submit" } else { "button" }
            class=join("menu-item", if destructive { "menu-item-destructive" } else { "" })
            on:click=move |_| {
                if let Some(tell) = on_click {
                    tell.run(());
                }
            }
        >
            {icon.map(|icon| view! { <Icon icon=icon /> })}
            {children()}
        </button>
    }
}

/// One of several, as a submit button that sends `name=value`: the theme, for example.
#[component]
pub fn MenuChoice(
    #[prop(into)] name: String,
    #[prop(into)] value: String,
    #[prop(into)] chosen: Signal<bool>,
    #[prop(optional)] icon: Option<icondata::Icon>,
    #[prop(optional, into)] on_click: Option<Callback<()>>,
    children: Children,
) -> impl IntoView {
    view! {
        <button
            type="submit"
            class="menu-item"
            name=name
            value=value
            aria-pressed=move || if chosen.get() { "true" } else { "false" }
            on:click=move |_| {
                if let Some(tell) = on_click {
                    tell.run(());
                }
            }
        >
            {icon.map(|icon| view! { <Icon icon=icon /> })}
            {children()}
            {move || chosen.get().then(|| view! { <Icon icon=icondata::LuCheck class="menu-check" /> })}
        </button>
    }
}

/// A heading inside a menu.
#[component]
pub fn MenuLabel(children: Children) -> impl IntoView {
    view! { <p class="menu-label">{children()}</p> }
}

/// A hairline inside a menu.
#[component]
pub fn MenuSeparator() -> impl IntoView {
    view! { <hr class="menu-separator" /> }
}
