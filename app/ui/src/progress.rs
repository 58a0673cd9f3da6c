//! How far something has come: a bar, and a list of steps.

use leptos::prelude::*;

use crate::icon::{Icon, join};

/// A bar 6 high with its words. `percent` of `None` moves without an end in sight.
#[component]
pub fn ProgressBar(
    /// What is going on: "Sending the video".
    #[prop(into)]
    label: Signal<String>,
    #[prop(into)] percent: Signal<Option<u8>>,
    /// At the end instead of the percentage: "2.1 of 4.0 GB, about 1 min".
    #[prop(optional, into)]
    note: MaybeProp<String>,
) -> impl IntoView {
    let note = move || note.get().or_else(|| percent.get().map(|p| format!("{p} %"))).unwrap_or_default();
    view! {
        <div class="progress-line">
            <div class="progress-head">
                <span>{move || label.get()}</span>
                <span>{note}</span>
            </div>
            <progress
                class="progress-bar"
                max="100"
                value=move || percent.get().map(|p| p.min(100).to_string())
                aria-label=move || label.get()
            ></progress>
        </div>
    }
}

/// Where one step of a [`Steps`] list stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum StepState {
    #[default]
    Waiting,
    Running,
    Done,
    Failed,
}

/// One line of a [`Steps`] list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Step {
    pub title: String,
    pub state: StepState,
    /// Elapsed time, or what went wrong.
    pub note: Option<String>,
    /// Where the step is done, for onboarding.
    pub href: Option<String>,
}

/// Steps in their order, each with its state as icon and word.
#[component]
pub fn Steps(
    #[prop(into)] steps: Signal<Vec<Step>>,
    /// As rows of a flush card, 48 high with hairlines.
    #[prop(optional)]
    rows: bool,
) -> impl IntoView {
    let items = move || {
        steps
            .get()
            .into_iter()
            .map(|step| {
                let (code, words, mark) = match step.state {
                    StepState::Waiting => ("waiting", "To do", None),
                    StepState::Running => {
                        ("running", "In progress", Some((icondata::LuLoaderCircle, 16, "spin")))
                    }
                    StepState::Done => ("done", "Done", Some((icondata::LuCheck, 12, ""))),
                    StepState::Failed => ("failed", "Failed", Some((icondata::LuX, 12, ""))),
                };
                let title = match step.href {
                    Some(href) => view! { <a class="link" href=href>{step.title}</a> }.into_any(),
                    None => view! { <span>{step.title}</span> }.into_any(),
                };
                view! {
                    <li data-step=code>
                        <span class="step-mark">
                            {mark
                                .map(|(icon, size, class)| {
                                    view! { <Icon icon=icon size=size class=class /> }
                                })}
                        </span>
                        {title}
                        <span class="sr-only">{format!("({words})")}</span>
                        {step.note.map(|note| view! { <span class="step-note">{note}</span> })}
                    </li>
                }
            })
            .collect_view()
    };
    view! { <ol class=join("steps", if rows { "rows" } else { "" })>{items}</ol> }
}
