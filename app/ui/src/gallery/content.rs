//! Identity, cards, tables, calendar chips and the parts of a post page.

use icondata::{LuCheck, LuChevronRight, LuCircleAlert, LuSend, LuUpload};
use leptos::prelude::*;
use model::Platform;

use super::feedback::STATES;
use crate::{
    Avatar, Badge, Button, Card, ChannelAvatar, Column, Icon, Kbd, Logo, PlatformTile, PostChip, Size, Table,
    TileSize, Timeline, TimelineItem, Tone, WorkspaceAvatar,
};

const PLATFORMS: [Platform; 4] =
    [Platform::Facebook, Platform::Instagram, Platform::Tiktok, Platform::Youtube];

#[component]
pub(super) fn Identity() -> impl IntoView {
    view! {
        <Card title="Identity">
            <div class="row">
                <Logo />
                <Logo mark_only=true />
                <Kbd keys="N" />
                <Kbd keys="Ctrl K" />
            </div>
            <div class="row">
                {[TileSize::Px16, TileSize::Px20, TileSize::Px24, TileSize::Px40]
                    .map(|size| {
                        PLATFORMS.map(|platform| view! { <PlatformTile platform=platform size=size /> }).collect_view()
                    })
                    .collect_view()}
            </div>
            <div class="row">
                <Avatar name="Ana Lopes" size=24 />
                <Avatar name="Ben Okafor" />
                <Avatar name="Chiara Neri" size=40 />
                <WorkspaceAvatar name="Northwind" />
                <WorkspaceAvatar name="Harbour" />
            </div>
            <div class="row gap-4">
                <ChannelAvatar name="Northwind Coffee" platform=Platform::Tiktok />
                <ChannelAvatar name="Northwind Coffee" platform=Platform::Instagram selected=Signal::from(true) />
                <ChannelAvatar name="Harbour Books" platform=Platform::Youtube selected=Signal::from(false) />
            </div>
        </Card>
    }
}

#[component]
pub(super) fn Chips() -> impl IntoView {
    view! {
        <Card title="Calendar chips">
            <div class="grid gap-1">
                {STATES
                    .map(|state| {
                        view! {
                            <PostChip
                                href="#post"
                                state=state
                                platforms=vec![Platform::Tiktok, Platform::Instagram]
                                time="09:00"
                                title="Winter menu, part one"
                            />
                        }
                    })
                    .collect_view()}
            </div>
        </Card>
    }
}

#[component]
pub(super) fn Cards() -> impl IntoView {
    view! {
        <Card
            title="Channels"
            flush=true
            actions=|| view! { <Button size=Size::Small>"Connect"</Button> }
        >
            <ul class="rows">
                <li>
                    <ChannelAvatar name="Northwind Coffee" platform=Platform::Tiktok />
                    <div class="rows-text">
                        <p>"Northwind Coffee"</p>
                        <p>"@northwind · 6 scheduled"</p>
                    </div>
                    <Badge tone=Tone::Success icon=LuCheck>"Connected"</Badge>
                </li>
                <li>
                    <ChannelAvatar name="Harbour Books" platform=Platform::Youtube />
                    <div class="rows-text">
                        <p>"Harbour Books"</p>
                        <p>"@harbourbooks"</p>
                    </div>
                    <Button size=Size::Small>"Reconnect"</Button>
                </li>
            </ul>
        </Card>
        <Card title="Table" flush=true>
            <Table caption="Attempts" columns=vec![Column::text("Step"), Column::text("Result"), Column::number("Took")]>
                <tr>
                    <td data-label="Step">"Sent part 1 of 1"</td>
                    <td data-label="Result">"Accepted"</td>
                    <td class="numeric" data-label="Took">"412 ms"</td>
                </tr>
                <tr>
                    <td data-label="Step">"Asked for the state"</td>
                    <td data-label="Result">"Published"</td>
                    <td class="numeric" data-label="Took">"88 ms"</td>
                </tr>
            </Table>
        </Card>
    }
}

#[component]
pub(super) fn PostParts() -> impl IntoView {
    view! {
        <Card title="Timeline">
            <Timeline label="Attempts">
                <TimelineItem title="Scheduled" time="Thu 12 Nov, 18:04" icon=icondata::LuClock tone=Tone::Info />
                <TimelineItem title="Video sent" time="09:00:00.120" icon=LuUpload tone=Tone::Primary>
                    "One part, 4.2 MB in 380 ms."
                </TimelineItem>
                <TimelineItem title="No answer" time="09:00:04" icon=LuCircleAlert tone=Tone::Warning>
                    "Everything was sent, no answer came. We looked at the feed before trying again."
                </TimelineItem>
                <TimelineItem title="Published" time="09:00:06" icon=LuSend tone=Tone::Success />
            </Timeline>
            <details class="fold">
                <summary>
                    <Icon icon=LuChevronRight />
                    "Technical details"
                </summary>
                <dl class="facts">
                    <dt>"Request"</dt>
                    <dd>
                        <code>"req_01HZX7"</code>
                    </dd>
                    <dt>"Late"</dt>
                    <dd>"120 ms"</dd>
                </dl>
            </details>
        </Card>
    }
}
