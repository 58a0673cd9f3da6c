//! One of few: a radio group, or the same as a segmented control.

use leptos::prelude::*;

use crate::form::{FieldNote, described_by, field_id};
use crate::icon::{Icon, join};

/// One option of a [`RadioGroup`] or [`Segmented`].
#[derive(Clone, Default)]
pub struct Choice {
    pub value: String,
    pub label: String,
    /// What choosing it means; for radio groups.
    pub hint: Option<String>,
    /// For segmented controls.
    pub icon: Option<icondata::Icon>,
    pub disabled: bool,
}

impl Choice {
    /// An option with nothing but its words.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into(), ..Self::default() }
    }

    /// Adds what choosing it means.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds an icon.
    #[must_use]
    pub fn icon(mut self, icon: icondata::Icon) -> Self {
        self.icon = Some(icon);
        self
    }

    /// Shows it, but it cannot be chosen.
    #[must_use]
    pub fn disabled(mut self, disabled: bool) -> Self {
        self.disabled = disabled;
        self
    }
}

/// What both controls do when an option is chosen, and which one is.
#[derive(Clone, Copy)]
struct Chosen {
    bind: Option<RwSignal<String>>,
    on_change: Option<Callback<String>>,
}

impl Chosen {
    fn pick(self, value: String) {
        if let Some(chosen) = self.bind {
            chosen.set(value.clone());
        }
        if let Some(tell) = self.on_change {
            tell.run(value);
        }
    }
}

/// The native radio of one option. With `bind` it follows the signal, and a choice made before
/// hydration moves into the signal.
#[component]
fn RadioInput(
    id: String,
    class: &'static str,
    name: String,
    value: String,
    checked: bool,
    disabled: bool,
    chosen: Chosen,
) -> impl IntoView {
    let node = NodeRef::<leptos::html::Input>::new();
    if let Some(signal) = chosen.bind {
        let value = value.clone();
        Effect::new(move |met: Option<bool>| {
            let wanted = signal.get() == value;
            let Some(el) = node.get() else { return met.unwrap_or(false) };
            if !met.unwrap_or(false) && el.checked() && !checked {
                signal.set(value.clone());
            } else if el.checked() != wanted && (met.unwrap_or(false) || !checked) {
                el.set_checked(wanted);
            }
            true
        });
    }
    let sent = value.clone();
    view! {
        <input
            class=class
            type="radio"
            id=id
            name=name
            value=value
            checked=checked
            disabled=disabled
            node_ref=node
            on:change=move |_| chosen.pick(sent.clone())
        />
    }
}

/// A group of radios with a legend. Options with hints are drawn as cards.
#[component]
pub fn RadioGroup(
    #[prop(into)] legend: String,
    #[prop(into)] name: String,
    options: Vec<Choice>,
    #[prop(optional, into)] id: Option<String>,
    /// The value chosen at first; empty chooses nothing.
    #[prop(optional, into)]
    value: String,
    #[prop(optional)] bind: Option<RwSignal<String>>,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional, into)] error: MaybeProp<String>,
    #[prop(optional, into)] on_change: Option<Callback<String>>,
) -> impl IntoView {
    let id = id.unwrap_or_else(|| field_id(&name));
    let value = bind.map_or(value, |chosen| chosen.get_untracked());
    let chosen = Chosen { bind, on_change };
    let cards = options.iter().any(|option| option.hint.is_some());
    let described = {
        let (id, has_hint) = (id.clone(), hint.is_some());
        move || described_by(&id, has_hint, error.get().is_some())
    };
    let radios = options
        .into_iter()
        .enumerate()
        .map(|(n, option)| {
            // The first option carries the group's id, so that an error summary can lead to it.
            let input_id = if n == 0 { id.clone() } else { format!("{id}-{n}") };
            let checked = option.value == value;
            view! {
                <label class="choice">
                    <RadioInput
                        id=input_id
                        class="radio"
                        name=name.clone()
                        value=option.value
                        checked=checked
                        disabled=option.disabled
                        chosen=chosen
                    />
                    <span>
                        {option.label}
                        {option.hint.map(|hint| view! { <span class="choice-hint">{hint}</span> })}
                    </span>
                </label>
            }
        })
        .collect_view();
    view! {
        <fieldset class="field" aria-describedby=described>
            <legend class="field-label">{legend}</legend>
            <div class=join("choices", if cards { "choices-cards" } else { "" })>{radios}</div>
            <FieldNote id=id hint=hint error=error />
        </fieldset>
    }
}

/// The segmented control: a radio group in one row, for two to four short options.
#[component]
pub fn Segmented(
    /// Read to screen readers only.
    #[prop(into)]
    legend: String,
    #[prop(into)] name: String,
    options: Vec<Choice>,
    #[prop(optional, into)] id: Option<String>,
    #[prop(optional, into)] value: String,
    #[prop(optional)] bind: Option<RwSignal<String>>,
    #[prop(optional, into)] on_change: Option<Callback<String>>,
) -> impl IntoView {
    let id = id.unwrap_or_else(|| field_id(&name));
    let value = bind.map_or(value, |chosen| chosen.get_untracked());
    let chosen = Chosen { bind, on_change };
    let items = options
        .into_iter()
        .enumerate()
        .map(|(n, option)| {
            let input_id = if n == 0 { id.clone() } else { format!("{id}-{n}") };
            let checked = option.value == value;
            view! {
                <label>
                    <RadioInput
                        id=input_id
                        class=""
                        name=name.clone()
                        value=option.value
                        checked=checked
                        disabled=option.disabled
                        chosen=chosen
                    />
                    <span>{option.icon.map(|icon| view! { <Icon icon=icon /> })} {option.label}</span>
                </label>
            }
        })
        .collect_view();
    view! {
        <fieldset class="segmented">
            <legend class="sr-only">{legend}</legend>
            {items}
        </fieldset>
    }
}
