//! The server function behind the calendar.

use base::Fault;
use leptos::prelude::*;
use model::CalendarMonth;

/// A month such as `2026-11`; the current one without it.
#[server(name = PostsMonth, prefix = "/api", endpoint = "posts/month")]
pub async fn month(month: Option<String>) -> Result<CalendarMonth, Fault> {
    let cx = base::request::context(model::Action::View)?;
    base::request::answer(base::server::posts::month(&cx.domain, &cx.actor, month).await)
}
