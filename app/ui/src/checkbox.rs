//! A box to tick.

use leptos::html;
use leptos::prelude::*;

use crate::form::{FieldNote, described_by, field_id};

/// A labelled checkbox that sends `value` (`true` unless given) when ticked and nothing when not.
#[component]
pub fn Checkbox(
    #[prop(into)] label: String,
    #[prop(into)] name: String,
    #[prop(optional, into)] id: Option<String>,
    #[prop(default = "true".to_owned(), into)] value: String,
    /// Ticked at first.
    #[prop(optional)]
    checked: bool,
    #[prop(optional)] bind: Option<RwSignal<bool>>,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional, into)] error: MaybeProp<String>,
    #[prop(optional)] required: bool,
    #[prop(optional, into)] disabled: Signal<bool>,
    #[prop(optional, into)] on_change: Option<Callback<bool>>,
) -> impl IntoView {
    let id = id.unwrap_or_else(|| field_id(&name));
    let node = NodeRef::<html::Input>::new();
    let rendered = bind.map_or(checked, |on| on.get_untracked());
    if let Some(on) = bind {
        // As in `bind::follow`: a tick made before hydration wins once, afterwards the signal does.
        Effect::new(move |met: Option<bool>| {
            let wanted = on.get();
            let Some(el) = node.get() else { return met.unwrap_or(false) };
            if !met.unwrap_or(false) && el.checked() != rendered {
                on.set(el.checked());
            } else {
                el.set_checked(wanted);
            }
            true
        });
    }
    let described = {
        let id = id.clone();
        move || described_by(&id, false, error.get().is_some())
    };
    let wrong = move || error.get().is_some().then_some("true");
    view! {
        <div class="field">
            <label class="choice">
                <input
                    class="check"
                    type="checkbox"
                    id=id.clone()
                    name=name
                    value=value
                    checked=rendered
                    required=required
                    disabled=disabled
                    aria-invalid=wrong
                    aria-describedby=described
                    node_ref=node
                    on:change=move |event| {
                        let ticked = event_target_checked(&event);
                        if let Some(on) = bind {
                            on.set(ticked);
                        }
                        if let Some(tell) = on_change {
                            tell.run(ticked);
                        }
                    }
                />
                <span>
                    {label} {hint.map(|hint| view! { <span class="choice-hint">{hint}</span> })}
                </span>
            </label>
            <FieldNote id=id error=error />
        </div>
    }
}
