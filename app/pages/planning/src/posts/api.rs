//! The server functions about one post.

use base::Fault;
use leptos::prelude::*;
use model::{CancelDelivery, PostId, PostView};

/// A post with all that happened to it.
#[server(name = PostsGet, prefix = "/api", endpoint = "posts/get")]
pub async fn get_post(post: PostId) -> Result<PostView, Fault> {
    let cx = base::request::context(model::Action::View)?;
    base::request::answer(base::server::posts::get(&cx.domain, &cx.actor, post).await)
}

/// Takes a delivery off the calendar.
#[server(name = PostsCancel, prefix = "/api", endpoint = "posts/cancel")]
pub async fn cancel_delivery(input: CancelDelivery) -> Result<PostView, Fault> {
    let cx = base::request::context(model::Action::Publish)?;
    base::request::answer(base::server::posts::cancel(&cx.domain, &cx.actor, input).await)
}
