//! The page of a post: what it is, where it stands, what happened.

use base::form::FormTrouble;
use base::live::{LineState, live};
use base::{Form, Loaded, NothingHere, Page};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use model::{AssetKind, AssetView, PostId, PostView};
use ui::{Card, Icon, Skeleton, SkeletonRows, StateBadge, icons};

use super::api::{PostsCancel, get_post};
use super::parts::Delivery;

/// `/posts/po_…`.
#[component]
pub fn PostPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.get().get("id").and_then(|text| text.parse::<PostId>().ok()));
    move || match id.get() {
        Some(id) => view! { <Post id=id /> }.into_any(),
        None => view! {
            <Page title="Post">
                <NothingHere />
            </Page>
        }
        .into_any(),
    }
}

#[component]
fn Post(id: PostId) -> impl IntoView {
    let cancel = ServerAction::<PostsCancel>::new();
    let form = Form::of(cancel);
    let version = cancel.version();
    let post = Resource::new(move || version.get(), move |_| get_post(id));
    let is_down = live(move |changed| {
        if changed.is_none_or(|changed| changed == id) {
            post.refetch();
        }
    });
    view! {
        <Page
            title="Post"
            note=move || {
                view! {
                    <Loaded
                        resource=post
                        loading=|| ()
                        quiet=true
                        content=|post| view! { <StateBadge state=post.state /> }
                    />
                }
            }
            actions=move || view! { <LineState is_down=is_down /> }
        >
            <div class="stack">
                <FormTrouble form=form />
                <Loaded
                    resource=post
                    loading=Loading
                    content=move |post| view! { <Content post=post cancel=cancel /> }
                />
            </div>
        </Page>
    }
}

#[component]
fn Loading() -> impl IntoView {
    view! {
        <div class="post-layout">
            <div class="post-media">
                <Icon icon=icons::LuFilm size=24 />
            </div>
            <div class="stack">
                <Card>
                    <Skeleton class="skeleton-text w-4/5" />
                    <Skeleton class="skeleton-text w-3/5" />
                </Card>
                <Card flush=true>
                    <SkeletonRows count=3 />
                </Card>
            </div>
        </div>
    }
}

#[component]
fn Content(post: PostView, cancel: ServerAction<PostsCancel>) -> impl IntoView {
    let PostView { caption, zone, asset, created_words, author, deliveries, .. } = post;
    view! {
        <div class="post-layout">
            <Media asset=asset.clone() />
            <div class="stack">
                <Card title="Caption">
                    {if caption.is_empty() {
                        view! { <p class="muted">"This post has no caption."</p> }.into_any()
                    } else {
                        view! { <p class="post-caption">{caption}</p> }.into_any()
                    }}
                    <dl class="facts">
                        <dt>"Written"</dt>
                        <dd>{format!("{created_words} by {author}")}</dd>
                        <dt>"Time zone"</dt>
                        <dd>{zone}</dd>
                        {asset
                            .map(|asset| {
                                view! {
                                    <dt>"File"</dt>
                                    <dd>{format!("{} · {}", asset.file_name, asset.facts)}</dd>
                                }
                            })}
                    </dl>
                </Card>
                {deliveries
                    .into_iter()
                    .map(|delivery| view! { <Delivery delivery=delivery cancel=cancel /> })
                    .collect_view()}
            </div>
        </div>
    }
}

#[component]
fn Media(asset: Option<AssetView>) -> impl IntoView {
    let content = match asset {
        None => view! {
            <Icon icon=icons::LuFilm size=24 />
            <span class="sr-only">"The file is no longer stored."</span>
        }
        .into_any(),
        Some(AssetView { kind: AssetKind::Image, url, file_name, .. }) => {
            view! { <img src=url alt=file_name /> }.into_any()
        }
        Some(AssetView { url, poster_url, file_name, .. }) => view! {
            <video src=url poster=poster_url controls=true playsinline="" preload="metadata" aria-label=file_name></video>
        }
        .into_any(),
    };
    view! { <div class="post-media">{content}</div> }
}
