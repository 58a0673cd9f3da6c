//! The calendar: a month as a grid, and as an agenda on narrow screens.

use base::live::{LineState, live};
use base::page::Width;
use base::{Loaded, Page};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use model::CalendarMonth;
use ui::{LinkButton, Skeleton, icons};

use super::api::month;
use super::parts::{Agenda, Grid};

/// `/calendar?month=2026-11`.
#[component]
pub fn CalendarPage() -> impl IntoView {
    let query = use_query_map();
    let asked = Memo::new(move |_| query.get().get("month"));
    let view = Resource::new(move || asked.get(), month);
    let is_down = live(move |_| view.refetch());
    view! {
        <Page
            title="Calendar"
            width=Width::Wide
            note=move || {
                view! {
                    <Loaded
                        resource=view
                        loading=|| ()
                        quiet=true
                        content=|month| {
                            view! { <p class="topbar-note">{format!("{} ({})", month.zone, month.offset)}</p> }
                        }
                    />
                }
            }
            actions=move || view! { <LineState is_down=is_down /> }
        >
            <Loaded resource=view loading=Loading content=|month| view! { <Month month=month /> } />
        </Page>
    }
}

#[component]
fn Loading() -> impl IntoView {
    view! {
        <div class="stack" aria-busy="true">
            <span class="sr-only">"Loading"</span>
            <Skeleton class="skeleton-text w-2/5" />
            {(0..4).map(|_| view! { <Skeleton class="skeleton-block" /> }).collect_view()}
        </div>
    }
}

#[component]
fn Month(month: CalendarMonth) -> impl IntoView {
    let address = |month: &str| format!("/calendar?month={month}");
    let is_empty = month.days.iter().all(|day| day.chips.is_empty());
    view! {
        <div class="calendar-bar">
            <h2 class="section-title" aria-live="polite">
                {month.title.clone()}
            </h2>
            <nav class="row" aria-label="Month">
                <LinkButton href=address(&month.previous)>
                    <span class="row">
                        <ui::Icon icon=icons::LuChevronLeft />
                        <span class="sr-only">"Previous month"</span>
                    </span>
                </LinkButton>
                <LinkButton href="/calendar">"Today"</LinkButton>
                <LinkButton href=address(&month.next)>
                    <span class="row">
                        <ui::Icon icon=icons::LuChevronRight />
                        <span class="sr-only">"Next month"</span>
                    </span>
                </LinkButton>
            </nav>
            {is_empty
                .then(|| {
                    view! {
                        <p class="muted">
                            {format!("Nothing is planned in {}. ", month.title)}
                            <a class="link" href="/compose">
                                "Write a post"
                            </a>
                        </p>
                    }
                })}
        </div>
        <Grid title=month.title.clone() days=month.days.clone() />
        <Agenda days=month.days />
    }
}
