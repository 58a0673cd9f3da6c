//! Notices, progress, files and states.

use icondata::{LuCalendar, LuPlus};
use leptos::prelude::*;
use model::ShownState;

use crate::{
    Badge, Banner, Button, Card, EmptyState, FileCard, FileDrop, FileState, LinkButton, ProgressBar,
    Skeleton, SkeletonRows, StateBadge, Step, StepState, Steps, Tone, Variant,
};

/// All states there are, in the order of DESIGN §4.
pub(super) const STATES: [ShownState; 12] = [
    ShownState::Draft,
    ShownState::NeedsReview,
    ShownState::Scheduled,
    ShownState::Publishing,
    ShownState::Checking,
    ShownState::Published,
    ShownState::Partly { done: 2, total: 3 },
    ShownState::Failed,
    ShownState::OnHold,
    ShownState::Missed,
    ShownState::NeedsYou,
    ShownState::Canceled,
];

#[component]
pub(super) fn States() -> impl IntoView {
    view! {
        <Card title="States and badges">
            <div class="row">{STATES.map(|state| view! { <StateBadge state=state /> }).collect_view()}</div>
            <div class="row">
                <Badge>"Neutral"</Badge>
                <Badge tone=Tone::Info>"Info"</Badge>
                <Badge tone=Tone::Primary>"3 of 5"</Badge>
                <Badge tone=Tone::Success icon=icondata::LuCheck>"Connected"</Badge>
                <Badge tone=Tone::Warning icon=icondata::LuPlug>"Reconnect"</Badge>
                <Badge tone=Tone::Destructive>"Failed"</Badge>
            </div>
        </Card>
    }
}

#[component]
pub(super) fn Notices() -> impl IntoView {
    view! {
        <Card title="Banners">
            <Banner>"Times are shown in Europe/Lisbon."</Banner>
            <Banner tone=Tone::Success>"Northwind is connected. 6 posts resumed."</Banner>
            <Banner tone=Tone::Warning>
                "TikTok @northwind lost its connection. 6 posts are on hold. " <a href="#reconnect">"Reconnect"</a>
            </Banner>
            <Banner
                tone=Tone::Destructive
                action=|| view! { <Button variant=Variant::Outline size=crate::Size::Small>"Try again"</Button> }
            >
                "The calendar could not be loaded. Nothing is lost."
            </Banner>
        </Card>
        <Card title="Empty">
            <EmptyState
                icon=LuCalendar
                title="Nothing planned yet"
                text="Posts appear here on their day. Start with one for this week."
            >
                <LinkButton href="#new" variant=Variant::Primary icon=LuPlus>"New post"</LinkButton>
                <a class="link text-control" href="#connect">"Connect a channel first"</a>
            </EmptyState>
        </Card>
    }
}

#[component]
pub(super) fn Progresses() -> impl IntoView {
    let step = |title: &str, state, note: Option<&str>| Step {
        title: title.to_owned(),
        state,
        note: note.map(str::to_owned),
        href: None,
    };
    let steps = vec![
        step("Uploaded to TikTok", StepState::Done, Some("4 s")),
        step("TikTok checks the video", StepState::Running, Some("about 2 min")),
        step("Live", StepState::Waiting, None),
        step("Verify the feed", StepState::Failed, Some("no answer")),
    ];
    view! {
        <Card title="Progress">
            <ProgressBar label="Uploading" percent=Some(62) note="2.1 of 3.4 GB, about 1 min" />
            <ProgressBar label="Checking the file" percent={None::<u8>} />
            <Steps steps=steps />
        </Card>
        <Card title="Loading">
            <SkeletonRows count=2 />
            <Skeleton class="skeleton-block" />
        </Card>
    }
}

#[component]
pub(super) fn Files(theme: &'static str) -> impl IntoView {
    let sending = FileState::Sending { percent: 62, note: "2.1 of 3.4 GB".to_owned() };
    let ready = FileState::Ready { facts: "1080 × 1920 · 12 s · 4.2 MB".to_owned() };
    let failed =
        FileState::Failed { message: "This is a text, not a video. Choose an MP4 or MOV.".to_owned() };
    view! {
        <Card title="Files">
            <FileDrop
                title="Drop a video here"
                name="file"
                id=format!("file-{theme}")
                hint="MP4, MOV or WebM up to 4 GB"
                accept="video/*"
            />
            <FileDrop
                title="Drop a video here"
                name="file-wrong"
                id=format!("file-wrong-{theme}")
                hint="MP4, MOV or WebM up to 4 GB"
                accept="video/*"
                error="Add a video."
            />
            <FileCard name="winter-menu.mp4" state=sending on_remove=|()| () />
            <FileCard name="winter-menu.mp4" state=FileState::Checking />
            <FileCard name="winter-menu.mp4" state=ready on_remove=|()| () />
            <FileCard name="notes.mp4" state=failed on_remove=|()| () />
        </Card>
    }
}
