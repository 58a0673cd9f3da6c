//! The feed: every live video, newest first, playable.

use axum::extract::State;
use axum::response::Html;

use crate::pages::{escape, layout};
use crate::tiktok::{Account, LivePost, live_posts};
use crate::world::World;

pub(crate) async fn page(State(world): State<World>) -> Html<String> {
    let posts = world.read(|state, _| live_posts(&world, state)).await;
    let main = if posts.is_empty() {
        "<section class=\"card\"><p>Nothing is live yet. Publish a video, and it plays here.</p></section>"
            .into()
    } else {
        posts.iter().rev().map(|post| card(&world, post)).collect::<String>()
    };
    Html(layout(&world, "What is live", &format!("<div class=\"feed\">{main}</div>")))
}

/// One video with its caption and its facts.
pub(crate) fn card(world: &World, post: &LivePost) -> String {
    let file = world.path(&format!("/tiktok/videos/{}/file", post.post_id));
    let name = Account::by_open_id(&post.account).map_or(post.username, |account| account.display_name);
    let visible = match post.privacy.as_str() {
        "PUBLIC_TO_EVERYONE" => "Everyone",
        "MUTUAL_FOLLOW_FRIENDS" => "Friends",
        "FOLLOWER_OF_CREATOR" => "Followers",
        _ => "Only the creator",
    };
    format!(
        "<article class=\"card\"><video controls playsinline preload=\"metadata\" aria-label=\"Video of @{user}\" src=\"{file}\"></video>\
         <p><strong>{name}</strong> <span class=\"quiet\">@{user} on TikTok</span></p>\
         <p class=\"caption\">{caption}</p>\
         <dl><dt>Visible to</dt><dd>{visible}</dd>\
         <dt>Video</dt><dd><a href=\"{url}\">{id}</a></dd>\
         <dt>SHA-256</dt><dd><code>{sha256}</code></dd></dl></article>",
        file = escape(&file),
        name = escape(name),
        user = escape(post.username),
        caption = escape(&post.caption),
        url = escape(&world.path(&format!("/tiktok/videos/{}", post.post_id))),
        id = escape(&post.post_id),
        sha256 = escape(&post.sha256),
    )
}
