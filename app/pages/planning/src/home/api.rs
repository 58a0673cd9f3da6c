//! The server function behind Home.

use base::Fault;
use leptos::prelude::*;
use model::HomeView;

/// What Home shows.
#[server(name = PostsHome, prefix = "/api", endpoint = "posts/home")]
pub async fn home() -> Result<HomeView, Fault> {
    let cx = base::request::context(model::Action::View)?;
    base::request::answer(base::server::posts::home(&cx.domain, &cx.actor).await)
}
