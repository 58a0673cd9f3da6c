//! Choosing a file, and what becomes of it. Uploading itself is the page's business.

use leptos::html;
use leptos::prelude::*;
use web_sys::FileList;

use crate::button::{IconButton, Size};
use crate::form::{FieldNote, described_by, field_id};
use crate::icon::Icon;
use crate::progress::ProgressBar;

/// A place to drop a file on or press to choose one. The native input covers it, so choosing and
/// dropping both work before any script; then the file travels with the form.
#[component]
pub fn FileDrop(
    /// What to do: "Drop a video here".
    #[prop(into)]
    title: String,
    #[prop(into)] name: String,
    /// The limits, told before the upload.
    #[prop(into)]
    hint: String,
    /// The `accept` attribute: `video/mp4,video/quicktime`.
    #[prop(into)]
    accept: String,
    #[prop(optional, into)] id: Option<String>,
    #[prop(optional, into)] error: MaybeProp<String>,
    #[prop(optional)] required: bool,
    #[prop(optional, into)] disabled: Signal<bool>,
    /// Called with what was chosen or dropped.
    #[prop(optional, into)]
    on_files: Option<Callback<FileList>>,
) -> impl IntoView {
    let id = id.unwrap_or_else(|| field_id(&name));
    let node = NodeRef::<html::Input>::new();
    let over = RwSignal::new(false);
    let hint_id = format!("{id}-hint");
    let described = {
        let id = id.clone();
        move || described_by(&id, true, error.get().is_some())
    };
    let wrong = move || error.get().is_some().then_some("true");
    view! {
        <div class="field">
            <label
                class="file-drop"
                data-over=move || over.get().then_some("true")
                data-invalid=wrong
                on:dragover=move |_| over.set(true)
                on:dragleave=move |_| over.set(false)
                on:drop=move |_| over.set(false)
            >
                <Icon icon=icondata::LuUpload size=24 />
                <span class="file-drop-title">{title} " or " <span>"choose a file"</span></span>
                <span class="file-drop-hint" id=hint_id>
                    {hint}
                </span>
                <input
                    type="file"
                    id=id.clone()
                    name=name
                    accept=accept
                    required=required
                    disabled=disabled
                    aria-invalid=wrong
                    aria-describedby=described
                    node_ref=node
                    on:change=move |_| {
                        let files = node.get_untracked().and_then(|el| el.files());
                        if let (Some(files), Some(tell)) = (files, on_files) {
                            tell.run(files);
                        }
                    }
                />
            </label>
            <FieldNote id=id error=error />
        </div>
    }
}

/// Where a chosen file stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileState {
    /// Bytes are on their way.
    Sending {
        percent: u8,
        /// "2.1 of 4.0 GB, about 1 min".
        note: String,
    },
    /// All bytes arrived; the server looks at them.
    Checking,
    /// Usable; its facts in words.
    Ready { facts: String },
    /// Refused or cut off: what happened and what to do.
    Failed { message: String },
}

/// Nobody knows how long the server looks at a file.
const ENDLESS: Option<u8> = None;

/// A chosen file with its state, a thumbnail and a way to remove it.
#[component]
pub fn FileCard(
    #[prop(into)] name: String,
    #[prop(into)] state: Signal<FileState>,
    /// A still picture, once there is one.
    #[prop(optional, into)]
    poster: MaybeProp<String>,
    /// Offers to remove the file, or to stop its upload.
    #[prop(optional, into)]
    on_remove: Option<Callback<()>>,
) -> impl IntoView {
    let thumb = move || match (poster.get(), state.get()) {
        (Some(src), _) => view! { <img src=src alt="" /> }.into_any(),
        (None, FileState::Failed { .. }) => {
            view! { <Icon icon=icondata::LuCircleAlert size=24 /> }.into_any()
        }
        (None, _) => view! { <Icon icon=icondata::LuFilm size=24 /> }.into_any(),
    };
    let body = move || match state.get() {
        FileState::Sending { percent, note } => view! {
            <ProgressBar label=String::from("Uploading") percent=Some(percent) note=note />
        }
        .into_any(),
        FileState::Checking => view! {
            <ProgressBar label=String::from("Checking the file") percent={ENDLESS} />
        }
        .into_any(),
        FileState::Ready { facts } => view! { <p class="file-card-note">{facts}</p> }.into_any(),
        FileState::Failed { message } => view! {
            <p class="field-error" role="alert">{message}</p>
        }
        .into_any(),
    };
    let remove = format!("Remove {name}");
    view! {
        <div class="file-card">
            <span class="media-thumb">{thumb}</span>
            <div class="file-card-body">
                <p class="file-card-name">{name}</p>
                {body}
            </div>
            {on_remove
                .map(|then| {
                    view! {
                        <IconButton
                            icon=icondata::LuX
                            label=remove
                            size=Size::Small
                            on_click=move |_| then.run(())
                        />
                    }
                })}
        </div>
    }
}
