//! The pages people see: plain HTML with one style sheet, without scripts.

pub(crate) mod faults;
pub(crate) mod feed;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;

use crate::tiktok::ACCOUNTS;
use crate::world::World;

pub(crate) fn routes() -> Router<World> {
    Router::new().route("/", get(index)).route("/feed", get(feed::page)).route("/sandbox.css", get(style))
}

async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("sandbox.css")).into_response()
}

async fn index(State(world): State<World>) -> Html<String> {
    let (live, faults) =
        world.read(|state, _| (crate::tiktok::live_posts(&world, state).len(), state.faults.len())).await;
    let calls = world.log().calls().len();
    let accounts = ACCOUNTS.iter().map(|account| {
        format!(
            "<li class=\"row\"><img src=\"{picture}\" alt=\"\" width=\"40\" height=\"40\"> \
             <span class=\"grow\"><strong>{name}</strong><br><span class=\"quiet\">@{user} on TikTok</span></span>\
             <form method=\"post\" action=\"{action}\"><button class=\"quiet\">Disconnect the app</button></form></li>",
            picture = escape(&world.path(&format!("/tiktok/avatars/{}", account.username))),
            name = escape(account.display_name),
            user = account.username,
            action = escape(&world.path(&format!("/tiktok/accounts/{}/disconnect", account.username))),
        )
    });
    let link = |path: &str| escape(&world.path(path));
    let main = format!(
        "<section class=\"card\"><ul class=\"plain\">\
         <li><a href=\"{feed}\">Feed</a>: {live} live (<a href=\"{feed_json}\">JSON</a>)</li>\
         <li><a href=\"{fault}\">Faults</a>: {faults} set</li>\
         <li><a href=\"{log}\">Log</a>: {calls} calls received</li>\
         <li><a href=\"{settings}\">Settings</a>, changed by <code>PUT {settings_put}</code></li>\
         </ul></section>\
         <section class=\"card\"><h2>Accounts</h2><ul class=\"plain\">{accounts}</ul></section>",
        feed = link("/feed"),
        feed_json = link("/feed.json"),
        fault = link("/faults"),
        log = link("/log.json"),
        settings = link("/settings.json"),
        settings_put = link("/settings"),
        accounts = accounts.collect::<String>(),
    );
    Html(layout(&world, "The outside world, doubled", &main))
}

pub(crate) fn not_found(world: &World) -> Response {
    let main = format!(
        "<section class=\"card\"><p>This video is not live, or never was. <a href=\"{}\">See what is live</a>.</p></section>",
        escape(&world.path("/feed"))
    );
    (StatusCode::NOT_FOUND, Html(layout(world, "There is no such video", &main))).into_response()
}

/// A whole page around `main`, which is HTML.
pub(crate) fn layout(world: &World, title: &str, main: &str) -> String {
    let title = escape(title);
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\">\
         <title>{title} · Sandbox</title><link rel=\"stylesheet\" href=\"{css}\"></head><body>\
         <header><p><strong>Sandbox.</strong> This is a double of the platforms; nothing here reaches the real ones.</p>\
         <nav aria-label=\"Sandbox\"><a href=\"{home}\">Overview</a> <a href=\"{feed}\">Feed</a> <a href=\"{faults}\">Faults</a></nav></header>\
         <main><h1>{title}</h1>{main}</main></body></html>",
        css = escape(&world.path("/sandbox.css")),
        home = escape(world.home()),
        feed = escape(&world.path("/feed")),
        faults = escape(&world.path("/faults")),
    )
}

/// Makes text harmless inside HTML text and quoted attributes.
pub(crate) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}
