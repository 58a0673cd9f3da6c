//! One delivery: where it stands, what may be done, what happened.

use leptos::prelude::*;
use model::{AttemptView, DeliveryState, DeliveryView, Platform, ShownState, StateChangeView};
use ui::{
    Banner, Card, ChannelAvatar, Icon, LinkButton, Menu, MenuItem, MenuLabel, StateBadge, Timeline,
    TimelineItem, Tone, icons, look,
};

use super::api::PostsCancel;
use super::words::{lateness, took};

#[component]
pub fn Delivery(delivery: DeliveryView, cancel: ServerAction<PostsCancel>) -> impl IntoView {
    let DeliveryView {
        id,
        platform,
        channel_name,
        channel_handle,
        state,
        shown,
        due_words,
        reason,
        published_words,
        late_ms,
        url,
        settings,
        may_cancel,
        attempts,
        changes,
        ..
    } = delivery;
    let tone = match shown {
        ShownState::Failed | ShownState::NeedsYou => Tone::Destructive,
        ShownState::Published | ShownState::Canceled | ShownState::Checking => Tone::Info,
        _ => Tone::Warning,
    };
    let is_over = matches!(shown, ShownState::Published | ShownState::Canceled);
    let notice = reason.filter(|_| !is_over || shown == ShownState::Canceled);
    let handle = channel_handle.clone();
    view! {
        <Card>
            <div class="delivery-head">
                <ChannelAvatar name=channel_name.clone() platform=platform />
                <div class="rows-text">
                    <h2 class="section-title">{channel_name}</h2>
                    <p>{format!("{} · @{channel_handle}", platform.label())}</p>
                </div>
                <StateBadge state=shown />
                {url
                    .map(|url| {
                        view! {
                            <LinkButton href=url external=true>
                                {format!("View on {}", platform.label())}
                            </LinkButton>
                        }
                    })}
                {may_cancel.then(|| view! { <Cancel id=id.to_string() handle=handle due=due_words.clone() cancel=cancel /> })}
            </div>
            {notice.clone().map(|notice| view! { <Banner tone=tone>{notice}</Banner> })}
            {meanwhile(state, platform).map(|words| view! { <p class="muted">{words}</p> })}
            <dl class="facts">
                <dt>"Due"</dt>
                <dd>{due_words}</dd>
                {published_words
                    .map(|words| {
                        view! {
                            <dt>"Published"</dt>
                            <dd>{words}</dd>
                        }
                    })}
                {late_ms
                    .map(|ms| {
                        view! {
                            <dt>"Started"</dt>
                            <dd>{lateness(ms)}</dd>
                        }
                    })}
                {(!settings.is_empty())
                    .then(|| {
                        view! {
                            <dt>"Settings"</dt>
                            <dd>{settings.join(" · ")}</dd>
                        }
                    })}
            </dl>
            <Changes changes=changes platform=platform notice=notice />
            <Attempts attempts=attempts />
        </Card>
    }
}

/// What is worth knowing while it stands like this.
fn meanwhile(state: DeliveryState, platform: Platform) -> Option<String> {
    let label = platform.label();
    match state {
        DeliveryState::Confirming => Some(format!(
            "{label} is processing the video. This can take a few minutes; you can leave this page."
        )),
        DeliveryState::Failed => Some(format!(
            "Nothing went live on {label}. The video stays stored; write a new post to try again."
        )),
        _ => None,
    }
}

/// Asks before it takes a delivery off the calendar.
#[component]
fn Cancel(id: String, handle: String, due: String, cancel: ServerAction<PostsCancel>) -> impl IntoView {
    view! {
        <Menu
            id=format!("cancel-{id}")
            label="Cancel this post"
            trigger=|| "Cancel…"
            trigger_class="btn btn-outline"
            end=true
        >
            <MenuLabel>
                {format!("It will not go out to @{handle} on {due}. This cannot be undone; the video stays stored.")}
            </MenuLabel>
            <ActionForm action=cancel>
                <input type="hidden" name="input[delivery]" value=id />
                <MenuItem submit=true destructive=true icon=icons::LuCalendarX>
                    "Cancel this post"
                </MenuItem>
            </ActionForm>
        </Menu>
    }
}

#[component]
fn Changes(
    changes: Vec<StateChangeView>,
    platform: Platform,
    /// Stands above already and is not said again.
    notice: Option<String>,
) -> impl IntoView {
    (!changes.is_empty()).then(|| {
        let items = changes
            .into_iter()
            .map(|change| {
                let look = look(change.shown);
                let (title, time) = (change.state.words(platform), change.at);
                match change.reason.filter(|reason| notice.as_ref() != Some(reason)) {
                    Some(reason) => view! {
                        <TimelineItem title=title time=time tone=look.tone icon=look.icon>
                            {reason}
                        </TimelineItem>
                    }
                    .into_any(),
                    None => view! { <TimelineItem title=title time=time tone=look.tone icon=look.icon /> }
                        .into_any(),
                }
            })
            .collect_view();
        view! {
            <section class="card-part">
                <h3 class="section-title">"What happened"</h3>
                <Timeline label="What happened">{items}</Timeline>
            </section>
        }
    })
}

#[component]
fn Attempts(attempts: Vec<AttemptView>) -> impl IntoView {
    (!attempts.is_empty()).then(|| {
        let count = attempts.len();
        let items = attempts.into_iter().map(|attempt| view! { <Attempt attempt=attempt /> }).collect_view();
        view! {
            <details class="fold">
                <summary>
                    <Icon icon=icons::LuChevronRight />
                    {if count == 1 { "1 step".to_owned() } else { format!("{count} steps") }}
                    " towards the platform"
                </summary>
                <Timeline label="Steps towards the platform">{items}</Timeline>
            </details>
        }
    })
}

#[component]
fn Attempt(attempt: AttemptView) -> impl IntoView {
    let AttemptView { at, what, outcome, took_ms, raw } = attempt;
    let words = match took_ms {
        Some(ms) => format!("{outcome} · {}", took(ms)),
        None => outcome,
    };
    view! {
        <TimelineItem title=what time=at icon=icons::LuArrowUpRight>
            <p>{words}</p>
            {(!raw.is_empty())
                .then(|| {
                    view! {
                        <details>
                            <summary>
                                <Icon icon=icons::LuChevronRight size=12 />
                                "Technical details"
                            </summary>
                            <pre>{raw}</pre>
                        </details>
                    }
                })}
        </TimelineItem>
    }
}
