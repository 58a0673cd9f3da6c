//! What happens by itself: processing ends, posts become public, and the app hears of it.

use serde_json::{Value, json};

use crate::clock::Millis;
use crate::faults;
use crate::state::State;
use crate::tiktok::CLIENT_KEY;
use crate::tiktok::book::{Book, Stage, Task, new_id};
use crate::webhooks::Delivery;

/// Brings tasks whose time has come up to date; tells whether anything changed.
pub(crate) fn settle(state: &mut State, now: Millis) -> bool {
    let moderation_ms = Millis::from(state.settings.tiktok.moderation_ms);
    let mut events = Vec::new();
    for task in state.tiktok.tasks.values_mut() {
        end_processing(task, now, moderation_ms, &mut events);
        become_public(task, now, &mut events);
    }
    let has_changed = !events.is_empty();
    for event in events {
        announce(state, now, event.at_ms, event.name, &event.open_id, &event.content);
    }
    has_changed
}

/// The moments at which [`settle`] will have something to do.
pub(crate) fn due_times(book: &Book) -> impl Iterator<Item = Millis> {
    book.tasks.values().filter_map(|task| match task.stage {
        Stage::Processing { ready_at_ms, .. } => Some(ready_at_ms),
        Stage::Live { public_at_ms, is_announced: false, .. } => public_at_ms,
        _ => None,
    })
}

/// Puts a webhook on its way, if the app listens.
pub(super) fn announce(
    state: &mut State,
    now: Millis,
    at_ms: Millis,
    event: &str,
    open_id: &str,
    content: &Value,
) {
    let Some(url) = state.settings.tiktok.webhook_url.clone() else { return };
    // Contract §9: the content is a JSON string inside the JSON.
    let body = json!({
        "client_key": CLIENT_KEY,
        "event": event,
        "create_time": at_ms / 1000,
        "user_openid": open_id,
        "content": content.to_string(),
    })
    .to_string();
    let next_at_ms = now + faults::take_webhook_delay(&mut state.faults, "tiktok");
    let copies = if faults::take_webhook_double(&mut state.faults, "tiktok") { 2 } else { 1 };
    for _ in 0..copies {
        let (url, body) = (url.clone(), body.clone());
        state.webhooks.push(Delivery { id: new_id(), url, body, first_at_ms: now, next_at_ms, attempts: 0 });
    }
}

/// The content of an event about a post.
pub(super) fn post_content(task: &Task, more: (&str, Value)) -> Value {
    let publish_type = if task.post.is_some() { "DIRECT_PUBLISH" } else { "INBOX_SHARE" };
    let mut content = json!({ "publish_id": task.publish_id, "publish_type": publish_type });
    if !more.0.is_empty() {
        content[more.0] = more.1;
    }
    content
}

struct Event {
    name: &'static str,
    at_ms: Millis,
    open_id: String,
    content: Value,
}

fn end_processing(task: &mut Task, now: Millis, moderation_ms: Millis, events: &mut Vec<Event>) {
    let Stage::Processing { ready_at_ms: at_ms, post_id, failure } = &task.stage else { return };
    let (at_ms, post_id) = (*at_ms, *post_id);
    if at_ms > now {
        return;
    }
    let nothing = ("", Value::Null);
    let (stage, name, more) = match (failure, &task.post) {
        (Some(reason), _) => {
            let stage = Stage::Failed { reason: reason.clone(), at_ms };
            (stage, "post.publish.failed", ("reason", json!(reason)))
        }
        (None, None) => (Stage::InInbox { at_ms }, "post.publish.inbox_delivered", nothing),
        (None, Some(post)) => {
            let public_at_ms = post.is_public().then_some(at_ms + moderation_ms);
            let stage = Stage::Live { post_id, at_ms, public_at_ms, is_announced: false };
            (stage, "post.publish.complete", nothing)
        }
    };
    task.stage = stage;
    events.push(Event { name, at_ms, open_id: task.open_id.clone(), content: post_content(task, more) });
}

fn become_public(task: &mut Task, now: Millis, events: &mut Vec<Event>) {
    let Stage::Live { post_id, public_at_ms: Some(at_ms), is_announced, .. } = &mut task.stage else {
        return;
    };
    if *is_announced || *at_ms > now {
        return;
    }
    *is_announced = true;
    let (at_ms, post_id) = (*at_ms, *post_id);
    let content = post_content(task, ("post_id", json!(post_id.to_string())));
    events.push(Event {
        name: "post.publish.publicly_available",
        at_ms,
        open_id: task.open_id.clone(),
        content,
    });
}
