//! The server functions behind the composer.

use base::Fault;
use leptos::prelude::*;
use model::{AssetId, AssetView, ChannelId, ComposeView, PostView, SchedulePost};

/// All the composer needs to open; asks the platform afresh what the chosen channel may do.
#[server(name = PostsCompose, prefix = "/api", endpoint = "posts/compose")]
pub async fn compose(channel: Option<ChannelId>, asset: Option<AssetId>) -> Result<ComposeView, Fault> {
    let cx = base::request::context(model::Action::Write)?;
    base::request::answer(base::server::posts::compose(&cx.domain, &cx.actor, channel, asset).await)
}

/// Puts a post on the calendar, or out at once, and goes to its page.
#[server(name = PostsSchedule, prefix = "/api", endpoint = "posts/schedule")]
pub async fn schedule_post(input: SchedulePost) -> Result<PostView, Fault> {
    let cx = base::request::context(model::Action::Publish)?;
    let post = base::request::answer(base::server::posts::schedule(&cx.domain, &cx.actor, input).await)?;
    base::redirect(&format!("/posts/{}", post.id));
    Ok(post)
}

/// A stored file.
#[server(name = MediaGet, prefix = "/api", endpoint = "media/get")]
pub async fn get_asset(asset: AssetId) -> Result<AssetView, Fault> {
    let cx = base::request::context(model::Action::View)?;
    base::request::answer(base::server::media::get(&cx.domain, &cx.actor, asset).await)
}
