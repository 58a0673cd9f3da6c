//! What forms share: ids, the notes under a field, the summary of errors, the card of the auth pages.

use leptos::prelude::*;
use model::FieldErrors;

use crate::icon::Icon;

/// The id of the control that sends `name`; `input[email]` and `email` have the same, so an error can
/// point at its field without knowing how the form nests its names.
pub fn field_id(name: &str) -> String {
    let last = name
        .split(['[', ']'])
        .rfind(|part| !part.is_empty() && !part.bytes().all(|b| b.is_ascii_digit()))
        .unwrap_or(name);
    format!("field-{}", last.replace(|c: char| !c.is_ascii_alphanumeric(), "-"))
}

/// The value of `aria-describedby` for a control with this id.
pub(crate) fn described_by(id: &str, has_hint: bool, has_error: bool) -> Option<String> {
    match (has_hint, has_error) {
        (false, false) => None,
        (true, false) => Some(format!("{id}-hint")),
        (false, true) => Some(format!("{id}-error")),
        (true, true) => Some(format!("{id}-error {id}-hint")),
    }
}

/// The label above a control.
#[component]
pub(crate) fn FieldLabel(id: String, label: String, optional: bool) -> impl IntoView {
    view! {
        <label class="field-label" for=id>
            {label}
            {optional.then(|| view! { <span class="field-optional">"optional"</span> })}
        </label>
    }
}

/// Error and hint under a control; the control names them in `aria-describedby`.
#[component]
pub fn FieldNote(
    /// The id of the control.
    #[prop(into)]
    id: String,
    #[prop(default = None)] hint: Option<String>,
    #[prop(optional, into)] error: MaybeProp<String>,
) -> impl IntoView {
    let error_id = format!("{id}-error");
    view! {
        {move || {
            let id = error_id.clone();
            error
                .get()
                .map(|message| {
                    view! {
                        <p class="field-error" id=id>
                            <Icon icon=icondata::LuCircleAlert />
                            <span>{message}</span>
                        </p>
                    }
                })
        }}
        {hint.map(|hint| view! { <p class="field-hint" id=format!("{id}-hint")>{hint}</p> })}
    }
}

/// All that is wrong with a form, at its top, each line leading to its field. Empty shows nothing.
#[component]
pub fn ErrorSummary(
    #[prop(into)] errors: Signal<FieldErrors>,
    #[prop(default = "Some fields need another look".to_owned(), into)] title: String,
) -> impl IntoView {
    move || {
        let list = errors.get().0;
        (!list.is_empty()).then(|| {
            view! {
                <div class="error-summary" role="alert">
                    <h2>
                        <Icon icon=icondata::LuTriangleAlert />
                        {title.clone()}
                    </h2>
                    <ul>
                        {list
                            .into_iter()
                            .map(|e| {
                                view! {
                                    <li>
                                        <a href=format!("#{}", field_id(&e.field))>{e.message}</a>
                                    </li>
                                }
                            })
                            .collect_view()}
                    </ul>
                </div>
            }
        })
    }
}

/// The card that holds the form on sign-in, sign-up and first-run pages (`main.auth`).
#[component]
pub fn FormCard(children: Children) -> impl IntoView {
    view! { <div class="form-card">{children()}</div> }
}

/// A hairline with a word, between two ways of doing the same.
#[component]
pub fn Divider(#[prop(into)] word: String) -> impl IntoView {
    view! { <p class="divider">{word}</p> }
}
