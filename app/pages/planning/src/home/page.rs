//! Home: the first steps, what goes out next, what needs a person.

use base::live::{LineState, live};
use base::{Loaded, Page};
use leptos::prelude::*;
use model::{HomeView, NextUp, Onboarding};
use ui::{
    Card, EmptyState, LinkButton, PlatformTile, Skeleton, SkeletonRows, StateBadge, Step, StepState, Steps,
    icons,
};

use super::api::home;

/// `/` for whoever is signed in.
#[component]
pub fn HomePage() -> impl IntoView {
    let view = Resource::new(|| (), |()| home());
    let is_down = live(move |_| view.refetch());
    view! {
        <Page
            title="Home"
            note=move || {
                view! {
                    <Loaded
                        resource=view
                        loading=|| ()
                        quiet=true
                        content=|view| view! { <p class="topbar-note">{view.zone}</p> }
                    />
                }
            }
            actions=move || view! { <LineState is_down=is_down /> }
        >
            <Loaded resource=view loading=Loading content=|view| view! { <Content view=view /> } />
        </Page>
    }
}

#[component]
fn Loading() -> impl IntoView {
    view! {
        <div class="stack">
            <Skeleton class="skeleton-text w-2/5" />
            <div class="page-grid">
                <Card title="Next up" flush=true>
                    <SkeletonRows count=4 />
                </Card>
                <Card title="Needs you" flush=true>
                    <SkeletonRows count=2 />
                </Card>
            </div>
        </div>
    }
}

#[component]
fn Content(view: HomeView) -> impl IntoView {
    let HomeView { greeting, onboarding, next_up, recent, needs_you, .. } = view;
    let is_started = onboarding.channel_connected;
    view! {
        <div class="stack">
            <p class="text-hero">{greeting}</p>
            <div class="page-grid">
                <div class="stack">
                    <FirstSteps onboarding=onboarding />
                    <Card
                        title="Next up"
                        flush=true
                        actions=|| view! { <LinkButton href="/calendar">"Open calendar"</LinkButton> }
                    >
                        {if next_up.is_empty() {
                            view! { <NothingPlanned is_started=is_started /> }.into_any()
                        } else {
                            view! { <Rows rows=next_up /> }.into_any()
                        }}
                    </Card>
                    {(!recent.is_empty())
                        .then(|| {
                            view! {
                                <Card title="Recent" flush=true>
                                    <Rows rows=recent />
                                </Card>
                            }
                        })}
                </div>
                <Card title="Needs you" flush=true>
                    {if needs_you.is_empty() {
                        view! {
                            <EmptyState
                                icon=icons::LuCheck
                                title="All is well"
                                text="Posts that fail or wait for a decision appear here."
                            />
                        }
                            .into_any()
                    } else {
                        view! { <Rows rows=needs_you /> }.into_any()
                    }}
                </Card>
            </div>
        </div>
    }
}

#[component]
fn NothingPlanned(is_started: bool) -> impl IntoView {
    if is_started {
        view! {
            <EmptyState
                icon=icons::LuCalendar
                title="Nothing is planned"
                text="Write a post and choose when it goes out."
            >
                <LinkButton href="/compose" icon=icons::LuPlus>
                    "Write a post"
                </LinkButton>
            </EmptyState>
        }
        .into_any()
    } else {
        view! {
            <EmptyState
                icon=icons::LuPlug
                title="Nothing is planned yet"
                text="Connect a channel first; then you can plan posts for it."
            >
                <LinkButton href="/connections">"Connect a channel"</LinkButton>
            </EmptyState>
        }
        .into_any()
    }
}

/// "Get to your first post"; gone once one is out, also when its channel is disconnected later.
#[component]
fn FirstSteps(onboarding: Onboarding) -> impl IntoView {
    let rows = [
        ("Name your brand", onboarding.brand_named, "/welcome"),
        ("Connect a channel", onboarding.channel_connected, "/connections"),
        ("Create a post", onboarding.post_created, "/compose"),
        ("See it published", onboarding.post_published, "/calendar"),
    ];
    let done = rows.iter().filter(|(_, is_done, _)| *is_done).count();
    (!onboarding.post_published).then(|| {
        let steps: Vec<_> = rows
            .into_iter()
            .map(|(title, is_done, href)| Step {
                title: title.to_owned(),
                state: if is_done { StepState::Done } else { StepState::Waiting },
                note: None,
                href: (!is_done).then(|| href.to_owned()),
            })
            .collect();
        let count = format!("{done} of {}", steps.len());
        view! {
            <Card
                title="Get to your first post"
                flush=true
                actions=move || view! { <span class="muted text-caption">{count}</span> }
            >
                <Steps steps=steps rows=true />
            </Card>
        }
    })
}

#[component]
fn Rows(rows: Vec<NextUp>) -> impl IntoView {
    view! {
        <ul class="rows">
            {rows
                .into_iter()
                .map(|row| {
                    let title = if row.title.is_empty() { "Without a caption".to_owned() } else { row.title };
                    view! {
                        <li>
                            <PlatformTile platform=row.platform />
                            <div class="rows-text">
                                <p class="clip">
                                    <a href=format!("/posts/{}", row.post)>
                                        {title}
                                    </a>
                                </p>
                                <p>{format!("{} · @{}", row.when, row.handle)}</p>
                            </div>
                            <StateBadge state=row.state />
                        </li>
                    }
                })
                .collect_view()}
        </ul>
    }
}
