//! The composer.

use base::form::FormTrouble;
use base::page::Width;
use base::{Form, Loaded, Page, Redirect, browser};
use leptos::ev::MouseEvent;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use model::rules::tiktok;
use model::{AssetId, ChannelHealth, ChannelId, ChannelView, ComposeView, FieldErrors};
use ui::{
    Button, ChannelAvatar, Counter, EmptyState, Icon, LinkButton, Size, Skeleton, TextArea, Variant,
    field_id, icons,
};

use super::api::{MediaGet, PostsSchedule, compose};
use super::draft;
use super::options::Options;
use super::preview::Preview;
use super::state::{Around, Composer};
use super::video::{Video, address};
use super::when::WhenCard;

/// `/compose?channel=ch_…&asset=as_…&date=2026-11-22`.
#[component]
pub fn ComposePage() -> impl IntoView {
    let query = use_query_map();
    let channel = Memo::new(move |_| query.get().get("channel").and_then(|id| id.parse::<ChannelId>().ok()));
    let asset = Memo::new(move |_| query.get().get("asset").and_then(|id| id.parse::<AssetId>().ok()));
    let view =
        Resource::new(move || (channel.get(), asset.get()), |(channel, asset)| compose(channel, asset));
    let composer = Composer::new();
    let action = ServerAction::<PostsSchedule>::new();
    let form = Form::of(action);
    let note = RwSignal::new("");
    let clear = move |_| {
        composer.clear();
        draft::forget();
        note.set("");
    };
    view! {
        <Page
            title="New post"
            width=Width::Flush
            note=move || {
                view! {
                    <p class="topbar-note" role="status">
                        {move || note.get()}
                    </p>
                }
            }
            actions=move || {
                view! {
                    <span hidden=move || note.get().is_empty()>
                        <Button variant=Variant::Ghost on_click=clear>
                            "Discard"
                        </Button>
                    </span>
                }
            }
        >
            <Loaded
                resource=view
                loading=Loading
                content=move |view| {
                    composer.suggest(&view, query.read_untracked().get_str("date"));
                    let usable = view.channels.iter().filter(|c| c.health == ChannelHealth::Connected);
                    let only = match usable.collect::<Vec<_>>().as_slice() {
                        [] => return view! { <NoChannel /> }.into_any(),
                        [one] => Some(one.id),
                        _ => None,
                    };
                    let asked = channel.get_untracked();
                    if let (None, None, Some(only)) = (asked, &view.creator, only) {
                        let asset = asset.get_untracked().map(|asset| asset.to_string());
                        return view! { <Redirect to=address(Some(only), asset.as_deref()) /> }.into_any();
                    }
                    view! { <Editor view=view asked=asked composer=composer action=action form=form note=note /> }
                        .into_any()
                }
            />
        </Page>
    }
}

#[component]
fn Loading() -> impl IntoView {
    view! {
        <div class="composer" aria-busy="true">
            <span class="sr-only">"Loading"</span>
            <div class="composer-main">
                <Skeleton class="skeleton-text w-2/5" />
                <Skeleton class="skeleton-block" />
                <Skeleton class="skeleton-block" />
                <Skeleton class="skeleton-block" />
            </div>
            <div class="composer-side"></div>
        </div>
    }
}

#[component]
fn NoChannel() -> impl IntoView {
    view! {
        <EmptyState
            icon=icons::LuPlug
            title="Connect a channel first"
            text="A post needs somewhere to go. Connect your TikTok account, or reconnect it; then come back here."
        >
            <LinkButton href="/connections" variant=Variant::Primary>
                "Open Connections"
            </LinkButton>
        </EmptyState>
    }
}

#[component]
fn Editor(
    view: ComposeView,
    asked: Option<ChannelId>,
    composer: Composer,
    action: ServerAction<PostsSchedule>,
    form: Form,
    note: RwSignal<&'static str>,
) -> impl IntoView {
    let around = StoredValue::new(Around::of(&view, asked));
    let check = move || around.with_value(|around| composer.check(around));
    let is_tried = RwSignal::new(false);
    let is_sent = StoredValue::new(false);
    let issues = Memo::new(move |_| {
        let mut all = if is_tried.get() { check() } else { FieldErrors::default() };
        for told in form.errors().get().0 {
            if all.of(&told.field).is_none() {
                all.0.push(told);
            }
        }
        all
    });
    let send = move |event: MouseEvent| {
        is_tried.set(true);
        let errors = untrack(check);
        if let Some(first) = errors.0.first() {
            event.prevent_default();
            browser::focus_soon(format!("#{}", field_id(&first.field)));
        } else {
            is_sent.set_value(true);
            draft::forget();
        }
    };
    let kept_video = keep_draft(composer, around, form, is_sent, note);

    let Around { request_key, channel, creator, asset } = around.get_value();
    let preview = asset.clone();
    let nickname = creator.as_ref().map(|creator| creator.nickname.clone());
    let has_asset = asset.is_some();
    view! {
           <div class="composer">
               <div class="composer-main">
                   <Channels channels=view.channels chosen=channel asset=asset.as_ref().map(|a| a.id) />
                   <Video
                       channel=channel
                       asset=asset.clone()
                       error=Signal::derive(move || issues.get().of("asset").map(str::to_owned))
                   />
                   {(!has_asset).then(|| view! { <KeptVideo kept=kept_video channel=channel /> })}
                   <ActionForm action=action attr:class="stack" attr:novalidate=true>
                       <input type="hidden" name="input[request_key]" value=request_key />
                       {channel
                           .map(|channel| {
                               view! { <input type="hidden" name="input[channels][]" value=channel.to_string() /> }
                           })}
                       {asset
                           .map(|asset| {
                               view! { <input type="hidden" name="input[asset]" value=asset.id.to_string() /> }
                           })}
                       <FormTrouble form=form no_list=true />
                       <Caption composer=composer issues=issues />
                       <Options composer=composer creator=creator issues=issues />
                       <WhenCard
                           composer=composer
                           form=form
                           zone=view.zone
                           now_words=view.now_words
                           issues=issues
                       />
                       <Issues issues=issues />
                       <p class="text-caption muted">
                           {move || composer.consent()}
                           ". After publishing, TikTok may need a few minutes to process the video before it shows on your profile."
                       </p>
                       <div class="composer-bar">
                           {move || {
                               composer
                                   .lacks_disclosure()
                                   .then(|| {
                                       view! { <p class="field-hint" id="act-hint">{tiktok::DISCLOSE_HINT}</p> }
                                   })
                           }}
                           <Button
                               submit=true
                               variant=Variant::Primary
                               size=Size::Large
                               busy=action.pending()
    on_click=send
                               disabled=Signal::derive(move || composer.lacks_disclosure())
                           >
                               {move || composer.act()}
                           </Button>
                       </div>
                   </ActionForm>
               </div>
               <Preview composer=composer asset=preview nickname=nickname />
           </div>
       }
}

/// Brings a kept draft back and keeps what is entered from now on. Returns the draft's video, if the
/// form has none.
fn keep_draft(
    composer: Composer,
    around: StoredValue<Around>,
    form: Form,
    is_sent: StoredValue<bool>,
    note: RwSignal<&'static str>,
) -> ServerAction<MediaGet> {
    let kept_video = ServerAction::<MediaGet>::new();
    Effect::new(move |_| {
        let Some(draft) = draft::kept() else { return };
        let video = draft.asset;
        if composer.restore(draft) {
            note.set("Draft restored from this device");
        }
        if let (Some(asset), true) = (video, around.with_value(|around| around.asset.is_none())) {
            kept_video.dispatch(MediaGet { asset });
        }
    });
    Effect::new(move |is_later: Option<bool>| {
        let draft = around.with_value(|around| composer.draft(around));
        // What was sent is no draft any more, unless it was refused.
        form.answers().track();
        if is_sent.get_value() && !form.is_refused() {
            return true;
        }
        is_sent.set_value(false);
        if let Some(mut draft) = draft {
            draft.asset = draft.asset.or_else(|| draft::kept().and_then(|old| old.asset));
            if draft::keep(&draft) && is_later.is_some() {
                note.set("Draft kept on this device");
            }
        }
        true
    });
    kept_video
}

/// Offers the video that the kept draft had.
#[component]
fn KeptVideo(kept: ServerAction<MediaGet>, channel: Option<ChannelId>) -> impl IntoView {
    let value = kept.value();
    move || {
        value.get().and_then(Result::ok).map(|asset| {
            view! {
                <p class="row">
                    {format!("Your draft had {}.", asset.file_name)}
                    <a class="link" href=address(channel, Some(&asset.id.to_string()))>
                        "Use this video"
                    </a>
                </p>
            }
        })
    }
}

/// Where the post goes. A form of its own that opens the page anew with the channel's options; with
/// script choosing is enough.
#[component]
fn Channels(channels: Vec<ChannelView>, chosen: Option<ChannelId>, asset: Option<AssetId>) -> impl IntoView {
    let runs = browser::script_runs();
    let navigate = use_navigate();
    let asset = asset.map(|asset| asset.to_string());
    let shown = channels.into_iter().filter(|channel| channel.health != ChannelHealth::Disconnected);
    let picks = shown
        .enumerate()
        .map(|(n, channel)| {
            let is_usable = channel.health == ChannelHealth::Connected;
            let id = channel.id;
            let to = address(Some(id), asset.as_deref());
            let navigate = navigate.clone();
            view! {
                <label class="channel-pick">
                    <input
                        type="radio"
                        name="channel"
                        id=if n == 0 { field_id("channels") } else { format!("{}-{n}", field_id("channels")) }
                        value=id.to_string()
                        checked=chosen == Some(id)
                        disabled=!is_usable
                        on:change=move |_| {
                            let options = NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() };
                            navigate(&to, options);
                        }
                    />
                    <ChannelAvatar name=channel.name platform=channel.platform />
                    <span>
                        {format!("@{}", channel.handle)}
                        {(!is_usable).then_some(" (reconnect needed)")}
                    </span>
                </label>
            }
        })
        .collect_view();
    view! {
        <form method="get" action="/compose">
            {asset.clone().map(|asset| view! { <input type="hidden" name="asset" value=asset /> })}
            <fieldset class="channel-strip">
                <legend>"Channel"</legend>
                {picks}
                <span hidden=move || runs.get()>
                    <Button submit=true>"Use this channel"</Button>
                </span>
            </fieldset>
        </form>
    }
}

#[component]
fn Caption(composer: Composer, issues: Memo<FieldErrors>) -> impl IntoView {
    let error = Signal::derive(move || issues.get().of("caption").map(str::to_owned));
    view! {
        <div class="composer-card">
            <div class="composer-editor">
                <TextArea
                    label="Caption"
                    name="input[caption]"
                    bind=composer.caption
                    editor=true
                    optional=true
                    rows=4
                    placeholder="What is the video about? Hashtags and mentions go here too."
                    error=error
                />
            </div>
            <div class="composer-tools">
                <Counter used=Signal::derive(move || composer.length()) limit=tiktok::CAPTION_MAX of="TikTok" />
            </div>
        </div>
    }
}

/// One line per problem; pressing it leads to the field.
#[component]
fn Issues(issues: Memo<FieldErrors>) -> impl IntoView {
    view! {
        <div role="alert">
            {move || {
                let issues = issues.get().0;
                (!issues.is_empty())
                    .then(|| {
                        view! {
                            <ul class="issue-list">
                                {issues
                                    .into_iter()
                                    .map(|issue| {
                                        let id = field_id(&issue.field);
                                        view! {
                                            <li>
                                                <Icon icon=icons::LuCircleAlert />
                                                <a
                                                    href=format!("#{id}")
                                                    on:click=move |event| {
                                                        event.prevent_default();
                                                        browser::focus_soon(format!("#{id}"));
                                                    }
                                                >
                                                    {issue.message}
                                                </a>
                                            </li>
                                        }
                                    })
                                    .collect_view()}
                            </ul>
                        }
                    })
            }}
        </div>
    }
}
