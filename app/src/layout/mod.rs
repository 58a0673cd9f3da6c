//! The shell of DESIGN §3: sidebar, sheet and tab bar around the page.

mod sidebar;
mod tab_bar;

use account::me;
use base::page::SHEET;
use base::redirect::ToSignIn;
use base::{Fault, Redirect};
use leptos::prelude::*;
use leptos_router::components::Outlet;
use leptos_router::hooks::use_query_map;
use model::{ChannelView, ErrorKind, Me};
use settings::list_channels;
use ui::{Logo, Sheet};

use sidebar::Sidebar;
use tab_bar::TabBar;

/// What the sidebar shows, fetched once for its two places.
#[derive(Clone, Copy)]
struct Around {
    me: Resource<Result<Me, Fault>>,
    channels: Resource<Result<Vec<ChannelView>, Fault>>,
}

/// The frame of all pages for people who are signed in and have a brand; others are led to where they
/// get that.
#[component]
pub fn Layout() -> impl IntoView {
    let query = use_query_map();
    // A change on the Connections page ends in one of these.
    let changed = Memo::new(move |_| query.with(|q| (q.get("connected"), q.get("disconnected"))));
    let around = Around {
        me: Resource::new(|| (), |()| me()),
        channels: Resource::new(move || changed.get(), |_| list_channels()),
    };
    view! {
        <Guard me=around.me />
        <div class="shell">
            <aside class="sidebar" aria-label="Sidebar">
                <Sidebar around=around place="side" />
            </aside>
            <div class="shell-main">
                <Outlet />
            </div>
            <TabBar />
        </div>
        <Sheet id=SHEET label="Menu" head=|| view! { <Logo /> }>
            <Sidebar around=around place="sheet" />
        </Sheet>
    }
}

#[component]
fn Guard(me: Resource<Result<Me, Fault>>) -> impl IntoView {
    let check = move || {
        Suspend::new(async move {
            match me.await {
                Err(Fault(error)) if error.kind == ErrorKind::SignIn => view! { <ToSignIn /> }.into_any(),
                Ok(Me { brand: None, .. }) => view! { <Redirect to="/welcome" /> }.into_any(),
                // Other errors are told by the page, which needs more than this.
                _ => ().into_any(),
            }
        })
    };
    view! { <Transition>{check}</Transition> }
}
