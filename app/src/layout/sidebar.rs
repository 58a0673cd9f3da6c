//! The sidebar's content; stands in the sidebar and, on narrow screens, in the sheet.

use account::AccountSignOut;
use base::assets::surroundings;
use base::redirect::here;
use base::{Loaded, Theme};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos_router::components::A;
use leptos_router::hooks::use_location;
use model::{ChannelHealth, ChannelView, Me};
use ui::{
    Avatar, Badge, Icon, LinkButton, Menu, MenuChoice, MenuItem, MenuLabel, MenuSeparator, PlatformTile,
    Skeleton, TileSize, Tone, Variant, WorkspaceAvatar, icons,
};

use super::Around;

/// Brand, New post, places, channels, and who is signed in. `place` keeps ids apart.
#[component]
pub fn Sidebar(around: Around, place: &'static str) -> impl IntoView {
    view! {
        <div class="sidebar-body">
            <div class="sidebar-top">
                <Loaded resource=around.me loading=Line quiet=true content=|me| view! { <Brand me=me /> } />
                <NewPost />
            </div>
            <nav class="sidebar-nav" aria-label="Main">
                <A href="/" exact=true attr:class="nav-item">
                    <Icon icon=icons::LuHouse />
                    <span>"Home"</span>
                </A>
                <A href="/calendar" attr:class="nav-item">
                    <Icon icon=icons::LuCalendar />
                    <span>"Calendar"</span>
                </A>
                <Loaded resource=around.channels loading=Line quiet=true content=|list| view! { <Channels channels=list /> } />
            </nav>
            <div class="sidebar-foot">
                <A href="/connections" attr:class="nav-item">
                    <Icon icon=icons::LuPlug />
                    <span>"Connections"</span>
                </A>
                <Loaded resource=around.me loading=Line quiet=true content=move |me| view! { <UserMenu me=me place=place /> } />
            </div>
        </div>
    }
}

#[component]
fn Line() -> impl IntoView {
    view! { <Skeleton class="skeleton-text w-3/5" /> }
}

#[component]
fn Brand(me: Me) -> impl IntoView {
    let name = me.brand.map(|brand| brand.name).unwrap_or(me.name);
    view! {
        <div class="workspace-button">
            <WorkspaceAvatar name=name.clone() />
            <span>{name}</span>
        </div>
    }
}

/// The one primary action, unless the page has its own.
#[component]
fn NewPost() -> impl IntoView {
    let path = use_location().pathname;
    move || {
        let page_has_own = matches!(path.get().as_str(), "/compose" | "/connections");
        let variant = if page_has_own { Variant::Outline } else { Variant::Primary };
        view! {
            <LinkButton href="/compose" variant=variant wide=true icon=icons::LuPlus>
                "New post"
            </LinkButton>
        }
    }
}

#[component]
fn Channels(channels: Vec<ChannelView>) -> impl IntoView {
    let shown: Vec<_> = channels.into_iter().filter(|c| c.health != ChannelHealth::Disconnected).collect();
    (!shown.is_empty()).then(|| {
        view! {
            <p class="nav-group">"Channels"</p>
            {shown
                .into_iter()
                .map(|channel| {
                    view! {
                        <a class="nav-item" href="/connections">
                            <PlatformTile platform=channel.platform size=TileSize::Px16 />
                            <span>{format!("@{}", channel.handle)}</span>
                            {(channel.health == ChannelHealth::Broken)
                                .then(|| view! { <Badge tone=Tone::Warning>"Reconnect"</Badge> })}
                        </a>
                    }
                })
                .collect_view()}
        }
    })
}

/// Theme and sign-out: plain forms, because both end with a whole new page.
#[component]
fn UserMenu(me: Me, place: &'static str) -> impl IntoView {
    let location = use_location();
    let back = move || {
        location.pathname.track();
        location.search.track();
        here()
    };
    let current = surroundings().theme;
    let name = me.name.clone();
    view! {
        <Menu
            id=format!("user-menu-{place}")
            label="Your account"
            above=true
            trigger_class="nav-item"
            trigger=move || {
                view! {
                    <Avatar name=name.clone() size=24 />
                    <span>{name}</span>
                    <Icon icon=icons::LuChevronsUpDown />
                }
            }
        >
            <MenuLabel>{me.email}</MenuLabel>
            <MenuSeparator />
            <form method="post" action="/theme">
                <MenuLabel>"Theme"</MenuLabel>
                <input type="hidden" name="return_to" value=back />
                {Theme::ALL
                    .into_iter()
                    .map(|theme| {
                        let icon = match theme {
                            Theme::Light => icons::LuSun,
                            Theme::Dark => icons::LuMoon,
                            Theme::System => icons::LuMonitor,
                        };
                        view! {
                            <MenuChoice name="theme" value=theme.as_str() chosen=theme == current icon=icon>
                                {theme.label()}
                            </MenuChoice>
                        }
                    })
                    .collect_view()}
            </form>
            <MenuSeparator />
            <form
                method="post"
                action=AccountSignOut::url()
                on:submit=move |_| planning::forget_draft()
            >
                <MenuItem submit=true icon=icons::LuLogOut>
                    "Sign out"
                </MenuItem>
            </form>
        </Menu>
    }
}
