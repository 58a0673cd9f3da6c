//! Who the creator is and what they may post.

use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::state;
use crate::tiktok::accounts::Account;
use crate::tiktok::answer::{Answer, Refusal, ok, read_fields, read_json};
use crate::tiktok::book::Stage;
use crate::world::World;

#[derive(Deserialize)]
pub(super) struct Fields {
    fields: Option<String>,
}

// Contract §2.
const USER_FIELDS: [(&str, &[&str]); 3] = [
    (
        "user.info.basic",
        &["open_id", "union_id", "avatar_url", "avatar_url_100", "avatar_large_url", "display_name"],
    ),
    (
        "user.info.profile",
        &["bio_description", "profile_deep_link", "profile_web_link", "is_verified", "username"],
    ),
    ("user.info.stats", &["follower_count", "following_count", "likes_count", "video_count"]),
];

pub(super) async fn user_info(
    State(world): State<World>,
    Query(query): Query<Fields>,
    headers: HeaderMap,
) -> Answer {
    let data = world
        .read(|state, now| {
            let caller = state.tiktok.caller(&headers, now)?;
            if state.settings.tiktok.rate_limits {
                state.tiktok.count_call(&caller, "user_info", 600, now)?;
            }
            let known = USER_FIELDS.iter().flat_map(|(_, fields)| fields.iter().copied()).collect::<Vec<_>>();
            let fields = read_fields(query.fields.as_deref(), &known)?;
            for (scope, names) in USER_FIELDS {
                if fields.iter().any(|field| names.contains(&field.as_str())) {
                    caller.must_have(scope)?;
                }
            }
            let all = user(&world, state, caller.account);
            let chosen = all.into_iter().filter(|(name, _)| fields.contains(name)).collect::<Map<_, _>>();
            Ok::<_, Refusal>(json!({ "user": chosen }))
        })
        .await?;
    Ok(ok(data))
}

fn user(world: &World, state: &state::State, account: &Account) -> Map<String, Value> {
    let avatar = account.avatar_url(world);
    let videos = state.tiktok.tasks.values().filter(|task| {
        task.open_id == account.open_id
            && task.post.as_ref().is_some_and(super::book::PostInfo::is_public)
            && matches!(task.stage, Stage::Live { .. })
    });
    let user = json!({
        "open_id": account.open_id,
        "union_id": account.union_id,
        "avatar_url": avatar,
        "avatar_url_100": avatar,
        "avatar_large_url": avatar,
        "display_name": account.display_name,
        "bio_description": account.bio,
        "profile_deep_link": world.address("/feed"),
        "profile_web_link": world.address("/feed"),
        "is_verified": false,
        "username": account.username,
        // Nobody else lives in this world, so nobody follows or likes.
        "follower_count": 0,
        "following_count": 0,
        "likes_count": 0,
        "video_count": videos.count(),
    });
    match user {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

pub(super) async fn creator_info(State(world): State<World>, headers: HeaderMap, body: Bytes) -> Answer {
    let data = world
        .read(|state, now| {
            let caller = state.tiktok.caller(&headers, now)?;
            caller.must_have("video.publish")?;
            let knobs = &state.settings.tiktok;
            if knobs.rate_limits {
                state.tiktok.count_call(&caller, "creator_info", 20, now)?;
            }
            if !body.is_empty() {
                read_json::<Map<String, Value>>(&headers, &body)?;
            }
            let account = caller.account;
            if knobs.rate_limits && state.tiktok.has_posted_enough(account.open_id, knobs.posts_per_day, now)
            {
                // Contract §3: this one comes with status 200.
                let message = "the creator has posted too many times in the last 24 hours";
                return Err(Refusal::new(StatusCode::OK, "spam_risk_too_many_posts", message));
            }
            Ok(json!({
                "creator_avatar_url": account.avatar_url(&world),
                "creator_username": account.username,
                "creator_nickname": account.display_name,
                "privacy_level_options": account.privacy_level_options(),
                "comment_disabled": false,
                // Nobody can duet or stitch what only friends can see.
                "duet_disabled": account.is_private,
                "stitch_disabled": account.is_private,
                "max_video_post_duration_sec": knobs.max_duration_seconds,
            }))
        })
        .await?;
    Ok(ok(data))
}
