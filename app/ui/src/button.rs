//! Button, IconButton and LinkButton.

use leptos::ev::MouseEvent;
use leptos::prelude::*;

use crate::Kbd;
use crate::icon::{Icon, join};

/// How loud a button is. One `Primary` per screen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Variant {
    Primary,
    #[default]
    Outline,
    Ghost,
    Soft,
    Destructive,
    Link,
}

/// Height of a control: 28, 32 or 40.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Size {
    Small,
    #[default]
    Normal,
    Large,
}

fn classes(variant: Variant, size: Size, extra: &str) -> String {
    let variant = match variant {
        Variant::Primary => "btn btn-primary",
        Variant::Outline => "btn btn-outline",
        Variant::Ghost => "btn btn-ghost",
        Variant::Soft => "btn btn-soft",
        Variant::Destructive => "btn btn-destructive",
        Variant::Link => "btn btn-link",
    };
    let size = match size {
        Size::Small => "btn-sm",
        Size::Normal => "",
        Size::Large => "btn-lg",
    };
    join(&join(variant, size), extra)
}

#[component]
fn Spinner() -> impl IntoView {
    view! { <Icon icon=icondata::LuLoaderCircle class="spin btn-spinner" /> }
}

/// Runs `then` unless the button is busy; a busy submit button sends nothing a second time.
fn guarded(busy: Signal<bool>, then: Option<Callback<MouseEvent>>) -> impl Fn(MouseEvent) {
    move |event| {
        if busy.get_untracked() {
            event.prevent_default();
        } else if let Some(then) = then {
            then.run(event);
        }
    }
}

/// A button with words. While `busy` its spinner replaces the icon, the width stays and a click does
/// nothing; it keeps the focus, so it is not `disabled`.
#[component]
pub fn Button(
    #[prop(optional)] variant: Variant,
    #[prop(optional)] size: Size,
    /// Submits the form around it.
    #[prop(optional)]
    submit: bool,
    /// Full width.
    #[prop(optional)]
    wide: bool,
    #[prop(optional)] icon: Option<icondata::Icon>,
    #[prop(optional, into)] busy: Signal<bool>,
    /// Only for acts that are truly impossible now; otherwise let the press explain.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// Sent with the form when this button submits it.
    #[prop(optional, into)]
    name: Option<String>,
    #[prop(optional, into)] value: Option<String>,
    /// The id of a `Menu` or `Sheet` to open.
    #[prop(optional, into)]
    popovertarget: Option<String>,
    /// A key that does the same, shown at the end.
    #[prop(optional, into)]
    shortcut: Option<String>,
    #[prop(optional, into)] on_click: Option<Callback<MouseEvent>>,
    children: Children,
) -> impl IntoView {
    view! {
        <button
            class=classes(variant, size, if wide { "btn-wide" } else { "" })
            type=if submit { "submit" } else { "button" }
            name=name
            value=value
            popovertarget=popovertarget
            disabled=disabled
            aria-busy=move || busy.get().then_some("true")
            aria-disabled=move || busy.get().then_some("true")
            on:click=guarded(busy, on_click)
        >
            {icon.map(|icon| view! { <span class="icon-slot"><Icon icon=icon /><Spinner /></span> })}
            <span class="btn-label">{children()}</span>
            {shortcut.map(|keys| view! { <Kbd keys=keys /> })}
            {icon.is_none().then(|| view! { <Spinner /> })}
        </button>
    }
}

/// A square button with an icon only; `label` is its name and its tooltip.
#[component]
pub fn IconButton(
    icon: icondata::Icon,
    #[prop(into)] label: String,
    #[prop(default = Variant::Ghost)] variant: Variant,
    #[prop(optional)] size: Size,
    #[prop(optional)] submit: bool,
    /// For toggles: whether it is on.
    #[prop(optional)]
    pressed: Option<Signal<bool>>,
    #[prop(optional, into)] busy: Signal<bool>,
    #[prop(optional, into)] disabled: Signal<bool>,
    #[prop(optional, into)] popovertarget: Option<String>,
    /// `hide` or `show`; toggles without it.
    #[prop(optional)]
    popovertargetaction: Option<&'static str>,
    #[prop(default = "")] class: &'static str,
    #[prop(optional, into)] on_click: Option<Callback<MouseEvent>>,
) -> impl IntoView {
    view! {
        <button
            class=classes(variant, size, &join("btn-icon", class))
            type=if submit { "submit" } else { "button" }
            aria-label=label.clone()
            title=label
            popovertarget=popovertarget
            popovertargetaction=popovertargetaction
            disabled=disabled
            aria-pressed=move || pressed.map(|on| if on.get() { "true" } else { "false" })
            aria-busy=move || busy.get().then_some("true")
            aria-disabled=move || busy.get().then_some("true")
            on:click=guarded(busy, on_click)
        >
            <span class="icon-slot"><Icon icon=icon /><Spinner /></span>
        </button>
    }
}

/// A link that looks like a button, for going somewhere.
#[component]
pub fn LinkButton(
    #[prop(into)] href: String,
    #[prop(optional)] variant: Variant,
    #[prop(optional)] size: Size,
    #[prop(optional)] wide: bool,
    #[prop(optional)] icon: Option<icondata::Icon>,
    /// Opens a new tab and says so; for places outside Daybill.
    #[prop(optional)]
    external: bool,
    #[prop(optional, into)] shortcut: Option<String>,
    children: Children,
) -> impl IntoView {
    view! {
        <a
            class=classes(variant, size, if wide { "btn-wide" } else { "" })
            href=href
            target=external.then_some("_blank")
            rel=external.then_some("noopener noreferrer")
        >
            {icon.map(|icon| view! { <Icon icon=icon /> })}
            <span class="btn-label">{children()}</span>
            {shortcut.map(|keys| view! { <Kbd keys=keys /> })}
            {external
                .then(|| {
                    view! {
                        <Icon icon=icondata::LuExternalLink />
                        <span class="sr-only">"(opens a new tab)"</span>
                    }
                })}
        </a>
    }
}
