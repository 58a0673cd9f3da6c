//! One line of text.

use leptos::html;
use leptos::prelude::*;

use crate::bind::{follow, script_runs};
use crate::form::{FieldLabel, FieldNote, described_by, field_id};

/// What a field takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum FieldKind {
    #[default]
    Text,
    Email,
    /// With a show button once script runs.
    Password,
    Search,
    Url,
    Date,
    Time,
}

impl FieldKind {
    fn input_type(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Email => "email",
            Self::Password => "password",
            Self::Search => "search",
            Self::Url => "url",
            Self::Date => "date",
            Self::Time => "time",
        }
    }
}

/// A labelled input, 40 high. The value is the one of `bind` if given, else `value` once. What was
/// typed before hydration is kept.
#[expect(clippy::fn_params_excessive_bools, reason = "they are the attributes of an input, set by name")]
#[component]
pub fn TextField(
    #[prop(into)] label: String,
    #[prop(into)] name: String,
    #[prop(optional)] kind: FieldKind,
    /// Made from `name` unless given.
    #[prop(optional, into)]
    id: Option<String>,
    #[prop(optional, into)] value: String,
    #[prop(optional)] bind: Option<RwSignal<String>>,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional, into)] error: MaybeProp<String>,
    #[prop(optional, into)] placeholder: Option<String>,
    #[prop(optional, into)] autocomplete: Option<String>,
    #[prop(optional)] required: bool,
    /// Marks the label; required is the default and says nothing.
    #[prop(optional)]
    optional: bool,
    #[prop(optional)] autofocus: bool,
    #[prop(optional)] readonly: bool,
    #[prop(optional, into)] disabled: Signal<bool>,
    /// For dates and times.
    #[prop(optional, into)]
    min: Option<String>,
    #[prop(optional, into)] max: Option<String>,
    #[prop(optional, into)] step: Option<String>,
    #[prop(optional)] maxlength: Option<u32>,
    /// Called with the text at each change.
    #[prop(optional, into)]
    on_input: Option<Callback<String>>,
    /// Called when the field loses the focus: the moment to validate.
    #[prop(optional, into)]
    on_blur: Option<Callback<()>>,
) -> impl IntoView {
    let id = id.unwrap_or_else(|| field_id(&name));
    let node = NodeRef::<html::Input>::new();
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
    let is_shown = RwSignal::new(false);
    let described = {
        let (id, has_hint) = (id.clone(), hint.is_some());
        move || described_by(&id, has_hint, error.get().is_some())
    };
    let wrong = move || error.get().is_some().then_some("true");
    view! {
        <div class="field">
            <FieldLabel id=id.clone() label=label optional=optional />
            <div class="control-wrap">
                <input
                    class="control"
                    id=id.clone()
                    type=move || if is_shown.get() { "text" } else { kind.input_type() }
                    name=name
                    value=value
                    placeholder=placeholder
                    autocomplete=autocomplete
                    required=required
                    autofocus=autofocus
                    readonly=readonly
                    disabled=disabled
                    min=min
                    max=max
                    step=step
                    maxlength=maxlength
                    aria-invalid=wrong
                    aria-describedby=described
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
                />
                {(kind == FieldKind::Password).then(|| view! { <ShowToggle is_shown=is_shown /> })}
            </div>
            <FieldNote id=id hint=hint error=error />
        </div>
    }
}

#[component]
fn ShowToggle(is_shown: RwSignal<bool>) -> impl IntoView {
    let runs = script_runs();
    view! {
        <button
            type="button"
            class="btn btn-ghost btn-sm"
            hidden=move || !runs.get()
            aria-pressed=move || if is_shown.get() { "true" } else { "false" }
            aria-label="Show password"
            on:click=move |_| is_shown.update(|on| *on = !*on)
        >
            {move || if is_shown.get() { "Hide" } else { "Show" }}
        </button>
    }
}
