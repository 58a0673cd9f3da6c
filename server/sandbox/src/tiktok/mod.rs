//! TikTok: Login Kit v2 and Content Posting API as `contracts/tiktok.md` describes them.
//!
//! The hosts of the real service are paths here: consent `/tiktok/v2/auth/authorize/`, API `/tiktok/v2/…`,
//! upload `/tiktok/upload/video/`.

mod accounts;
mod answer;
pub(crate) mod book;
mod consent;
mod init;
mod list;
mod profile;
pub(crate) mod settle;
mod status;
mod token;
pub(crate) mod upload;
mod watch;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware;
use axum::response::Response;
use axum::routing::{get, post, put};

pub(crate) use accounts::{ACCOUNTS, Account};
pub(crate) use watch::{LivePost, live_posts};

use crate::calls::{self, Platform};
use crate::clock::Millis;
use crate::state::State;
use crate::world::World;

/// The only app that this TikTok knows.
pub(crate) const CLIENT_KEY: &str = "sandbox";
pub(crate) const CLIENT_SECRET: &str = "sandbox-secret";

static PLATFORM: Platform =
    Platform { name: "tiktok", call_of, refuse, rate_limit_code: "rate_limit_exceeded", expire_token };

pub(crate) fn routes(world: &World) -> Router<World> {
    let observed = Router::new()
        .route("/v2/auth/authorize/", get(consent::show).post(consent::decide))
        .route("/v2/oauth/token/", post(token::exchange))
        .route("/v2/oauth/revoke/", post(token::revoke))
        .route("/v2/user/info/", get(profile::user_info))
        .route("/v2/post/publish/creator_info/query/", post(profile::creator_info))
        .route("/v2/post/publish/video/init/", post(init::direct))
        .route("/v2/post/publish/inbox/video/init/", post(init::inbox))
        .route("/v2/post/publish/status/fetch/", post(status::fetch))
        .route("/v2/post/publish/cancel/", post(status::cancel))
        .route("/v2/video/list/", post(list::list))
        .route("/v2/video/query/", post(list::query))
        .route("/upload/video/", put(upload::put))
        .fallback(answer::unknown_path)
        .layer(middleware::from_fn_with_state((world.clone(), &PLATFORM), calls::observe));
    // What people do on the platform itself; no app calls these.
    let people = Router::new()
        .route("/videos/{post_id}", get(watch::page))
        .route("/videos/{post_id}/file", get(watch::file))
        .route("/videos/{post_id}/remove", post(watch::remove))
        .route("/avatars/{username}", get(accounts::avatar))
        .route("/accounts/{username}/disconnect", post(accounts::disconnect));
    observed.merge(people)
}

fn call_of(request: &Request) -> &'static str {
    match request.uri().path() {
        "/v2/auth/authorize/" => "authorize",
        "/v2/oauth/token/" => "token",
        "/v2/oauth/revoke/" => "revoke",
        "/v2/user/info/" => "user_info",
        "/v2/post/publish/creator_info/query/" => "creator_info",
        "/v2/post/publish/video/init/" => "video_init",
        "/v2/post/publish/inbox/video/init/" => "inbox_init",
        "/v2/post/publish/status/fetch/" => "status",
        "/v2/post/publish/cancel/" => "cancel",
        "/v2/video/list/" => "video_list",
        "/v2/video/query/" => "video_query",
        "/upload/video/" => {
            let range = upload::Range::of(request.headers());
            if range.is_some_and(|range| range.last + 1 == range.total) { "last_chunk" } else { "upload" }
        }
        _ => "unknown",
    }
}

fn refuse(call: &str, status: StatusCode, code: &str) -> Response {
    match call {
        "token" | "revoke" => answer::oauth_error(status, code, "refused by a fault of the sandbox"),
        "upload" | "last_chunk" => answer::bare(status, code),
        _ => answer::Refusal::new(status, code, "refused by a fault of the sandbox").answer(),
    }
}

fn expire_token(state: &mut State, headers: &HeaderMap, now: Millis) {
    if let Some(token) = bearer(headers) {
        state.tiktok.expire_access_token(token, now);
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}
