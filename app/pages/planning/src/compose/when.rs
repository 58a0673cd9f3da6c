//! When the post goes out, in the brand's zone.

use base::{Form, browser};
use leptos::prelude::*;
use model::FieldErrors;
use ui::{Card, Choice, FieldKind, Segmented, TextField, icons};

use super::state::{AT, Composer, NOW};

/// The card "When". Without script day and time are always there and count only with "Schedule".
#[component]
pub fn WhenCard(
    composer: Composer,
    form: Form,
    zone: String,
    now_words: String,
    #[prop(into)] issues: Signal<FieldErrors>,
) -> impl IntoView {
    let runs = browser::script_runs();
    let error = move |field: &'static str| Signal::derive(move || issues.get().of(field).map(str::to_owned));
    let is_folded = move || runs.get() && composer.when.read().as_str() == NOW;
    // The server's word about a time is about the old one.
    let changed = move |_: String| {
        form.left("date", Ok(()));
        form.left("time", Ok(()));
    };
    view! {
        <Card title="When">
            <Segmented
                legend="When to publish"
                name="input[when]"
                options=vec![
                    Choice::new(AT, "Schedule").icon(icons::LuClock),
                    Choice::new(NOW, "Publish now").icon(icons::LuSend),
                ]
                bind=composer.when
            />
            <div class="stack" hidden=is_folded>
                <div class="grid gap-4 sm:grid-cols-2">
                    <TextField
                        label="Day"
                        name="input[date]"
                        kind=FieldKind::Date
                        bind=composer.date
                        error=error("date")
                        on_input=changed
                    />
                    <TextField
                        label="Time"
                        name="input[time]"
                        kind=FieldKind::Time
                        bind=composer.time
                        error=error("time")
                        on_input=changed
                    />
                </div>
                <p class="field-hint">
                    {format!("Time zone {zone}. It is {now_words} there as this page opens.")}
                </p>
            </div>
        </Card>
    }
}
