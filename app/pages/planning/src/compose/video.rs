//! The video of a post: choosing it, sending it with progress, and the one that is there.

use base::redirect::query_value;
use base::upload::{ADDRESS, Held, send};
use base::{browser, redirect};
use leptos::prelude::*;
use leptos::web_sys::FileList;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use model::rules::{seconds_words, tiktok};
use model::{AssetView, ChannelId};
use ui::{Button, Card, FileCard, FileDrop, FileState, LinkButton};

/// What the platform plays; the server looks at the bytes.
const ACCEPT: &str = "video/mp4,video/quicktime,video/webm";

/// The composer's address for a channel and a file.
pub fn address(channel: Option<ChannelId>, asset: Option<&str>) -> String {
    let pairs: Vec<_> = channel
        .map(|channel| format!("channel={channel}"))
        .into_iter()
        .chain(asset.map(|asset| format!("asset={}", query_value(asset))))
        .collect();
    if pairs.is_empty() { "/compose".to_owned() } else { format!("/compose?{}", pairs.join("&")) }
}

/// The card above the form. A form of its own: without script the file is sent by itself and the page
/// comes back with it.
#[component]
pub fn Video(
    channel: Option<ChannelId>,
    asset: Option<AssetView>,
    /// What the form's check says about the file.
    #[prop(into)]
    error: Signal<Option<String>>,
) -> impl IntoView {
    match asset {
        Some(asset) => view! { <Chosen channel=channel asset=asset error=error /> }.into_any(),
        None => view! { <Choose channel=channel error=error /> }.into_any(),
    }
}

#[component]
fn Chosen(channel: Option<ChannelId>, asset: AssetView, error: Signal<Option<String>>) -> impl IntoView {
    let state = FileState::Ready { facts: asset.facts };
    view! {
        <Card title="Video">
            <div id="field-asset" tabindex="-1">
                <FileCard name=asset.file_name state=state poster=asset.poster_url />
            </div>
            {move || {
                error
                    .get()
                    .map(|words| {
                        view! {
                            <p class="field-error" role="alert">
                                {words}
                            </p>
                        }
                    })
            }}
            <div class="row">
                <LinkButton href=address(channel, None)>"Choose another video"</LinkButton>
            </div>
        </Card>
    }
}

#[component]
fn Choose(channel: Option<ChannelId>, error: Signal<Option<String>>) -> impl IntoView {
    let query = use_query_map();
    let navigate = use_navigate();
    let runs = browser::script_runs();
    let sent = RwSignal::new(None::<(String, FileState)>);
    let held: Held = StoredValue::new(None);
    // The server's word about a file that was sent without script.
    let told = move || error.get().or_else(|| query.get().get("upload_error"));
    let start = move |files: FileList| {
        let Some(file) = files.get(0) else { return };
        let name = file.name();
        sent.set(Some((name.clone(), FileState::Sending { percent: 0, note: String::new() })));
        let tell = move |state| {
            // The page may be gone when the last word arrives.
            sent.try_set(Some((name.clone(), state)));
        };
        let navigate = navigate.clone();
        let done = move |asset: AssetView| {
            let options = NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() };
            navigate(&address(channel, Some(&asset.id.to_string())), options);
        };
        held.set_value(send(&file, tell, done));
    };
    let remove = move |()| {
        held.set_value(None);
        sent.set(None);
    };
    let name = Memo::new(move |_| sent.with(|sent| sent.as_ref().map(|(name, _)| name.clone())));
    let state = Signal::derive(move || sent.get().map_or(FileState::Checking, |(_, state)| state));
    let start = Callback::new(move |(files,): (FileList,)| start(files));
    let body = move || match name.get() {
        Some(name) => view! { <FileCard name=name state=state on_remove=remove /> }.into_any(),
        None => view! {
                   <form method="post" action=ADDRESS enctype="multipart/form-data" class="stack">
                       <input type="hidden" name="return_to" value=redirect::here() />
                       <FileDrop
                           title="Drop a video here"
                           name="file"
                           id="field-asset"
                           hint=format!(
        "MP4, MOV or WebM, up to 4 GB and {}",
        seconds_words(tiktok::VIDEO_MAX_SECONDS),
        )
                           accept=ACCEPT
                           required=true
                           error=Signal::derive(told)
                           on_files=move |files| start.run((files,))
                       />
                       <div class="form-actions" hidden=move || runs.get()>
                           <Button submit=true>"Upload video"</Button>
                       </div>
                   </form>
               }
        .into_any(),
    };
    view! { <Card title="Video">{body}</Card> }
}
