//! The routes by which tests and people judge and steer the world: feed, log, faults, settings.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, put};
use axum::{Json, Router};
use serde_json::{Map, Value, json};

use crate::faults::Fault;
use crate::pages;
use crate::settings::Settings;
use crate::tiktok::live_posts;
use crate::world::World;

pub(crate) fn routes() -> Router<World> {
    Router::new()
        .route("/feed.json", get(feed))
        .route("/log.json", get(log))
        .route("/faults", get(show_faults).put(set_faults).post(add_fault))
        .route("/settings.json", get(show_settings))
        .route("/settings", put(set_settings))
}

async fn feed(State(world): State<World>) -> Json<Value> {
    let live = world.read(|state, _| live_posts(&world, state)).await;
    Json(json!({ "live": live }))
}

async fn log(State(world): State<World>) -> Json<Value> {
    Json(json!({ "calls": world.log().calls() }))
}

async fn show_faults(State(world): State<World>, headers: HeaderMap) -> Response {
    let faults = world.read(|state, _| state.faults.clone()).await;
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or("");
    if accept.contains("text/html") {
        Html(pages::faults::page(&world, &faults, None)).into_response()
    } else {
        Json(faults).into_response()
    }
}

/// Replaces the whole plan.
async fn set_faults(State(world): State<World>, body: Bytes) -> Response {
    let faults: Vec<Fault> = match serde_json::from_slice(&body) {
        Ok(faults) => faults,
        Err(error) => return bad_request(&error.to_string()),
    };
    if let Some(problem) = faults.iter().find_map(|fault| fault.check().err()) {
        return bad_request(&problem);
    }
    Json(
        world
            .change(|state, _| {
                state.faults.clone_from(&faults);
                faults
            })
            .await,
    )
    .into_response()
}

/// The form of the page: adds one fault, or clears them all.
async fn add_fault(State(world): State<World>, body: Bytes) -> Response {
    let fields = url::form_urlencoded::parse(&body).into_owned().collect::<Vec<_>>();
    let field = |name: &str| {
        fields.iter().find(|(key, _)| key == name).map_or(String::new(), |(_, value)| value.clone())
    };
    if field("clear") == "yes" {
        world.change(|state, _| state.faults.clear()).await;
        return Redirect::to(&world.path("/faults")).into_response();
    }
    match pages::faults::read_form(field) {
        Ok(fault) => {
            world.change(|state, _| state.faults.push(fault)).await;
            Redirect::to(&world.path("/faults")).into_response()
        }
        Err(problem) => {
            let faults = world.read(|state, _| state.faults.clone()).await;
            let page = pages::faults::page(&world, &faults, Some(&problem));
            (StatusCode::BAD_REQUEST, Html(page)).into_response()
        }
    }
}

async fn show_settings(State(world): State<World>) -> Json<Value> {
    Json(world.read(|state, now| settings_json(&state.settings, state.offset_ms, now)).await)
}

/// Changes only what the body names; `advance_ms` moves the world's time forward.
async fn set_settings(State(world): State<World>, body: Bytes) -> Response {
    let mut wish: Map<String, Value> = match serde_json::from_slice(&body) {
        Ok(wish) => wish,
        Err(error) => return bad_request(&error.to_string()),
    };
    let advance_ms =
        match wish.remove("advance_ms").map(|value| value.as_u64().and_then(|ms| i64::try_from(ms).ok())) {
            None => 0,
            Some(Some(ms)) if ms <= 100 * 365 * 86_400_000 => ms,
            Some(_) => {
                return bad_request(
                    "advance_ms must be a whole number from 0 to 100 years: time never goes back",
                );
            }
        };
    let changed = world
        .change(|state, now| {
            let mut settings = serde_json::to_value(&state.settings).map_err(|error| error.to_string())?;
            merge(&mut settings, Value::Object(wish));
            let settings: Settings = serde_json::from_value(settings).map_err(|error| error.to_string())?;
            settings.check()?;
            state.settings = settings;
            state.offset_ms += advance_ms;
            Ok::<_, String>(settings_json(&state.settings, state.offset_ms, now + advance_ms))
        })
        .await;
    match changed {
        Ok(settings) => Json(settings).into_response(),
        Err(problem) => bad_request(&problem),
    }
}

fn settings_json(settings: &Settings, offset_ms: i64, now: i64) -> Value {
    json!({ "now_ms": now, "offset_ms": offset_ms, "tiktok": settings.tiktok })
}

fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from,
    }
}

fn bad_request(problem: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({ "error": problem }))).into_response()
}
