//! The only textarea of the product.

use leptos::html;
use leptos::prelude::*;

use crate::bind::follow;
use crate::form::{FieldLabel, FieldNote, described_by, field_id};
use crate::icon::join;

/// The text as HTML text content. leptos 0.8 writes the children of a textarea unescaped, so this
/// component never gives it any: the text goes through here into `inner_html`.
pub fn escape_html(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(c),
        }
    }
    escaped
}

/// Several lines of text; grows with them where the browser can. The value is the one of `bind` if
/// given, else `value` once. What was typed before hydration is kept.
#[component]
pub fn TextArea(
    #[prop(into)] label: String,
    #[prop(into)] name: String,
    /// Made from `name` unless given.
    #[prop(optional, into)]
    id: Option<String>,
    #[prop(optional, into)] value: String,
    #[prop(optional)] bind: Option<RwSignal<String>>,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional, into)] error: MaybeProp<String>,
    #[prop(optional, into)] placeholder: Option<String>,
    #[prop(default = 3)] rows: u32,
    /// The larger type of the composer.
    #[prop(optional)]
    editor: bool,
    #[prop(optional)] required: bool,
    #[prop(optional)] optional: bool,
    #[prop(optional, into)] disabled: Signal<bool>,
    #[prop(optional, into)] on_input: Option<Callback<String>>,
    #[prop(optional, into)] on_blur: Option<Callback<()>>,
) -> impl IntoView {
    let id = id.unwrap_or_else(|| field_id(&name));
    let node = NodeRef::<html::Textarea>::new();
    let value = bind.map_or(value, |text| text.get_untracked());
    if let Some(text) = bind {
        follow(
            text,
            value.clone(),
            move || node.get().map(|el| el.value()),
            move |wanted| {
                if let Some(el) = node.get_untracked() {
                    el.set_value(wanted);
                }
            },
        );
    }
    let described = {
        let (id, has_hint) = (id.clone(), hint.is_some());
        move || described_by(&id, has_hint, error.get().is_some())
    };
    let wrong = move || error.get().is_some().then_some("true");
    view! {
        <div class="field">
            <FieldLabel id=id.clone() label=label optional=optional />
            <textarea
                class=join("control", if editor { "control-editor" } else { "" })
                id=id.clone()
                name=name
                rows=rows
                placeholder=placeholder
                required=required
                disabled=disabled
                aria-invalid=wrong
                aria-describedby=described
                inner_html=escape_html(&value)
                node_ref=node
                on:input=move |event| {
                    let typed = event_target_value(&event);
                    if let Some(text) = bind {
                        text.set(typed.clone());
                    }
                    if let Some(tell) = on_input {
                        tell.run(typed);
                    }
                }
                on:blur=move |_| {
                    if let Some(tell) = on_blur {
                        tell.run(());
                    }
                }
            ></textarea>
            <FieldNote id=id hint=hint error=error />
        </div>
    }
}
