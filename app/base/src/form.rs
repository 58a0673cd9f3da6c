//! Forms that say what is wrong at the field: checked in the browser on leaving a field and on
//! sending, and again by the use case, whose answer arrives with or without script.

use leptos::ev::MouseEvent;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use model::{AppError, ErrorKind, FieldErrors};
use ui::{Banner, ErrorSummary, Tone, field_id};

use crate::redirect::{here, sign_in_address};
use crate::{Fault, browser};

/// More problems than this get a list at the top of the form (DESIGN §6.11).
const MANY: usize = 3;

/// What is known to be wrong with a form.
#[derive(Clone, Copy)]
pub struct Form {
    /// The server's last word.
    refused: Signal<Option<AppError>>,
    /// How many answers came; a finding of the browser holds until the next one.
    version: Signal<usize>,
    found: RwSignal<Vec<Finding>>,
}

/// What the browser found at a field.
#[derive(Clone)]
struct Finding {
    /// How many answers there were then.
    at: usize,
    field: String,
    /// `None` says that the field is all right.
    message: Option<String>,
}

impl Form {
    /// The form that `action` sends. When the server refuses, the first wrong field gets the focus.
    pub fn of<S>(action: ServerAction<S>) -> Self
    where
        S: ServerFn<Error = Fault> + Clone + Send + Sync + 'static,
        S::Output: Send + Sync + 'static,
    {
        let value = action.value();
        let version = action.version();
        let form = Self {
            refused: Signal::derive(move || {
                value.with(|answer| match answer {
                    Some(Err(Fault(error))) => Some(error.clone()),
                    _ => None,
                })
            }),
            version: Signal::derive(move || version.get()),
            found: RwSignal::new(Vec::new()),
        };
        Effect::new(move |_| {
            if let Some(first) = form.refused.with(|e| e.as_ref().and_then(|e| e.fields.0.first().cloned())) {
                focus_field(&first.field);
            }
        });
        form
    }

    /// The message at `field`.
    pub fn error(self, field: &'static str) -> Signal<Option<String>> {
        Signal::derive(move || self.message(field))
    }

    /// All messages at fields.
    pub fn errors(self) -> Signal<FieldErrors> {
        Signal::derive(move || {
            let mut all = FieldErrors::default();
            if let Some(refused) = self.refused.get() {
                for error in refused.fields.0 {
                    if self.found_at(&error.field).is_none() {
                        all.0.push(error);
                    }
                }
            }
            let version = self.version.get();
            for finding in self.found.get() {
                if let (true, Some(message)) = (finding.at == version, finding.message) {
                    all.add(&finding.field, message);
                }
            }
            all
        })
    }

    /// Whether the last answer was no.
    pub fn is_refused(self) -> bool {
        self.refused.with(Option::is_some)
    }

    /// How many answers came so far.
    pub fn answers(self) -> Signal<usize> {
        self.version
    }

    /// The server's error, if it belongs to no field.
    pub fn trouble(self) -> Signal<Option<AppError>> {
        Signal::derive(move || self.refused.get().filter(|error| error.fields.0.is_empty()))
    }

    /// Notes what a check says about one field that was just left.
    pub fn left(self, field: &str, checked: Result<(), FieldErrors>) {
        let message = checked.err().and_then(|errors| errors.of(field).map(str::to_owned));
        self.note(field, message);
    }

    /// As [`Form::left`] while typing: only takes effect where a message is shown already.
    pub fn changed(self, field: &'static str, checked: Result<(), FieldErrors>) {
        if untrack(|| self.message(field)).is_some() {
            self.left(field, checked);
        }
    }

    /// At the press of the submit button, which the Enter key causes too: stops a form that does not fit
    /// and leads to the first problem. Not at the form's `submit`: there the action's own listener comes
    /// first, and one that captures stays behind when leptos 0.8 renews the form.
    pub fn guard(self, event: &MouseEvent, checked: Result<(), FieldErrors>) {
        let Err(errors) = checked else { return };
        event.prevent_default();
        for error in &errors.0 {
            if errors.of(&error.field) == Some(error.message.as_str()) {
                self.note(&error.field, Some(error.message.clone()));
            }
        }
        if let Some(first) = errors.0.first() {
            focus_field(&first.field);
        }
    }

    fn note(self, field: &str, message: Option<String>) {
        let version = self.version.get_untracked();
        self.found.update(|found| {
            found.retain(|finding| finding.at == version && finding.field != field);
            found.push(Finding { at: version, field: field.to_owned(), message });
        });
    }

    fn message(self, field: &str) -> Option<String> {
        match self.found_at(field) {
            Some(finding) => finding.message,
            None => self.refused.with(|error| error.as_ref()?.fields.of(field).map(str::to_owned)),
        }
    }

    /// What the browser found at `field` since the last answer.
    fn found_at(self, field: &str) -> Option<Finding> {
        let version = self.version.get();
        self.found.with(|found| {
            found.iter().find(|finding| finding.at == version && finding.field == field).cloned()
        })
    }
}

fn focus_field(field: &str) {
    browser::focus_soon(format!("#{}", field_id(field)));
}

/// What stands at the top of a form: the error that belongs to no field, or the list of many.
#[component]
pub fn FormTrouble(
    form: Form,
    /// Without the list, for forms that have their own.
    #[prop(optional)]
    no_list: bool,
) -> impl IntoView {
    let errors = form.errors();
    let many = Signal::derive(move || {
        let errors = errors.get();
        if errors.0.len() > MANY && !no_list { errors } else { FieldErrors::default() }
    });
    view! {
        {move || form.trouble().get().map(|error| view! { <Refusal error=error /> })}
        <ErrorSummary errors=many />
    }
}

#[component]
fn Refusal(error: AppError) -> impl IntoView {
    let here = here();
    // Where one signs in, "sign in" is no advice.
    let to_sign_in = (error.kind == ErrorKind::SignIn && !here.starts_with("/sign-in")).then(|| {
        let address = sign_in_address(&here);
        ViewFnOnce::from(move || view! { <a href=address>"Sign in"</a> })
    });
    match to_sign_in {
        Some(action) => view! {
            <Banner tone=Tone::Destructive action=action>
                {error.message}
            </Banner>
        }
        .into_any(),
        None => view! { <Banner tone=Tone::Destructive>{error.message}</Banner> }.into_any(),
    }
}
