//! The bar at the bottom of phones.

use base::page::SHEET;
use leptos::prelude::*;
use leptos_router::components::A;
use ui::{Icon, icons};

/// Home, Calendar, New post, Connections, and the rest in the sheet.
#[component]
pub fn TabBar() -> impl IntoView {
    view! {
        <nav class="tabbar" aria-label="Quick">
            <A href="/" exact=true attr:class="tab-item">
                <Icon icon=icons::LuHouse size=20 />
                <span>"Home"</span>
            </A>
            <A href="/calendar" attr:class="tab-item">
                <Icon icon=icons::LuCalendar size=20 />
                <span>"Calendar"</span>
            </A>
            <A href="/compose" attr:class="tab-new" attr:aria-label="New post">
                <Icon icon=icons::LuPlus size=20 />
            </A>
            <A href="/connections" attr:class="tab-item">
                <Icon icon=icons::LuPlug size=20 />
                <span>"Connections"</span>
            </A>
            <button type="button" class="tab-item" popovertarget=SHEET>
                <Icon icon=icons::LuEllipsis size=20 />
                <span>"More"</span>
            </button>
        </nav>
    }
}
