//! The native select, styled.

use leptos::html;
use leptos::prelude::*;

use crate::bind::follow;
use crate::form::{FieldLabel, FieldNote, described_by, field_id};
use crate::icon::Icon;

/// One of a short list. `options` are value and words; an empty value as the first option is the
/// prompt, so that nothing is chosen for the person.
#[component]
pub fn Select(
    #[prop(into)] label: String,
    #[prop(into)] name: String,
    options: Vec<(String, String)>,
    /// Made from `name` unless given.
    #[prop(optional, into)]
    id: Option<String>,
    /// The value chosen at first.
    #[prop(optional, into)]
    value: String,
    #[prop(optional)] bind: Option<RwSignal<String>>,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional, into)] error: MaybeProp<String>,
    #[prop(optional)] required: bool,
    #[prop(optional)] optional: bool,
    #[prop(optional, into)] disabled: Signal<bool>,
    #[prop(optional, into)] on_change: Option<Callback<String>>,
) -> impl IntoView {
    let id = id.unwrap_or_else(|| field_id(&name));
    let node = NodeRef::<html::Select>::new();
    let value = bind.map_or(value, |chosen| chosen.get_untracked());
    if let Some(chosen) = bind {
        follow(
            chosen,
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
            <div class="select">
                <select
                    class="control"
                    id=id.clone()
                    name=name
                    required=required
                    disabled=disabled
                    aria-invalid=wrong
                    aria-describedby=described
                    node_ref=node
                    on:change=move |event| {
                        let picked = event_target_value(&event);
                        if let Some(chosen) = bind {
                            chosen.set(picked.clone());
                        }
                        if let Some(tell) = on_change {
                            tell.run(picked);
                        }
                    }
                >
                    {options
                        .into_iter()
                        .map(|(option, words)| {
                            let selected = option == value;
                            view! { <option value=option selected=selected>{words}</option> }
                        })
                        .collect_view()}
                </select>
                <Icon icon=icondata::LuChevronDown />
            </div>
            <FieldNote id=id hint=hint error=error />
        </div>
    }
}
