//! The public videos of the caller, newest first.

use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::clock::Millis;
use crate::faults;
use crate::state;
use crate::tiktok::answer::{Answer, Refusal, ok, read_fields, read_json};
use crate::tiktok::book::{Caller, Stage, Task};
use crate::world::World;

#[derive(Deserialize)]
pub(super) struct Fields {
    fields: Option<String>,
}

#[derive(Deserialize)]
struct ListRequest {
    cursor: Option<Millis>,
    max_count: Option<usize>,
}

#[derive(Deserialize)]
struct QueryRequest {
    filters: Filters,
}

#[derive(Deserialize)]
struct Filters {
    video_ids: Vec<String>,
}

// Contract §10.
const VIDEO_FIELDS: [&str; 15] = [
    "id",
    "create_time",
    "cover_image_url",
    "share_url",
    "video_description",
    "duration",
    "height",
    "width",
    "title",
    "embed_html",
    "embed_link",
    "like_count",
    "comment_count",
    "share_count",
    "view_count",
];

pub(super) async fn list(
    State(world): State<World>,
    Query(query): Query<Fields>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let data = world
        .change(|state, now| {
            let caller = admit(state, &headers, "video_list", now)?;
            let fields = read_fields(query.fields.as_deref(), &VIDEO_FIELDS)?;
            let request = if body.is_empty() {
                ListRequest { cursor: None, max_count: None }
            } else {
                read_json(&headers, &body)?
            };
            let count = request.max_count.unwrap_or(10);
            if !(1..=20).contains(&count) {
                return Err(Refusal::invalid("max_count must be between 1 and 20"));
            }
            let newest = now - faults::take_list_lag(&mut state.faults, "tiktok");
            let before = request.cursor.unwrap_or(Millis::MAX);
            let mut posts = public_posts(state, &caller, now);
            posts.retain(|post| post.at_ms <= newest && post.at_ms < before);
            let has_more = posts.len() > count;
            posts.truncate(count);
            let cursor = posts.last().map_or(request.cursor.unwrap_or(now), |post| post.at_ms);
            let videos = posts.iter().map(|post| post.choose(&world, &fields)).collect::<Vec<_>>();
            Ok(json!({ "videos": videos, "cursor": cursor, "has_more": has_more }))
        })
        .await?;
    Ok(ok(data))
}

pub(super) async fn query(
    State(world): State<World>,
    Query(query): Query<Fields>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let data = world
        .change(|state, now| {
            let caller = admit(state, &headers, "video_query", now)?;
            let fields = read_fields(query.fields.as_deref(), &VIDEO_FIELDS)?;
            let request: QueryRequest = read_json(&headers, &body)?;
            let wanted = request.filters.video_ids;
            if wanted.is_empty() || wanted.len() > 20 {
                return Err(Refusal::invalid("video_ids must hold 1 to 20 ids"));
            }
            let mut posts = public_posts(state, &caller, now);
            posts.retain(|post| wanted.contains(&post.post_id.to_string()));
            let videos = posts.iter().map(|post| post.choose(&world, &fields)).collect::<Vec<_>>();
            Ok(json!({ "videos": videos }))
        })
        .await?;
    Ok(ok(data))
}

fn admit(
    state: &mut state::State,
    headers: &HeaderMap,
    call: &'static str,
    now: Millis,
) -> Result<Caller, Refusal> {
    let caller = state.tiktok.caller(headers, now)?;
    caller.must_have("video.list")?;
    if state.settings.tiktok.rate_limits {
        state.tiktok.count_call(&caller, call, 600, now)?;
    }
    Ok(caller)
}

struct Listed<'a> {
    task: &'a Task,
    post_id: u64,
    at_ms: Millis,
}

fn public_posts<'a>(state: &'a state::State, caller: &Caller, now: Millis) -> Vec<Listed<'a>> {
    let tasks = state.tiktok.tasks.values().filter(|task| task.open_id == caller.account.open_id);
    let mut posts = tasks
        .filter_map(|task| match task.stage {
            Stage::Live { post_id, at_ms, public_at_ms: Some(public_at_ms), .. } if public_at_ms <= now => {
                Some(Listed { task, post_id, at_ms })
            }
            _ => None,
        })
        .collect::<Vec<_>>();
    posts.sort_by_key(|post| std::cmp::Reverse(post.at_ms));
    posts
}

impl Listed<'_> {
    fn choose(&self, world: &World, fields: &[String]) -> Map<String, Value> {
        let page = world.address(&format!("/tiktok/videos/{}", self.post_id));
        let title = self.task.post.as_ref().map_or("", |post| post.title.as_str());
        let facts = self.task.facts.clone().unwrap_or_default();
        let value = |field: &str| match field {
            "id" => json!(self.post_id.to_string()),
            "create_time" => json!(self.at_ms / 1000),
            "cover_image_url" => {
                let account = super::accounts::Account::by_open_id(&self.task.open_id);
                json!(account.map(|account| account.avatar_url(world)))
            }
            "share_url" | "embed_link" => json!(page),
            "embed_html" => json!(format!("<a href=\"{page}\">{}</a>", crate::pages::escape(title))),
            "title" | "video_description" => json!(title),
            "duration" => json!(facts.duration_ms.map_or(0, |duration| duration / 1000)),
            "width" => json!(facts.width),
            "height" => json!(facts.height),
            // Counts of likes, comments, shares and views: nobody watches in this world.
            _ => json!(0),
        };
        fields.iter().map(|field| (field.clone(), value(field))).collect()
    }
}
