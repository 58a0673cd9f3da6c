//! Connecting a channel: to the platform's consent screen, and back from it.

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::channels::{self, ChannelError, Return};
use model::{AppError, ConnectRefusal, ErrorKind, Platform};
use serde::Deserialize;

use super::{Asked, with_news};
use crate::router::Web;

/// The page that shows connected channels.
const CONNECTIONS: &str = "/connections";

/// `POST /connect/{platform}`: off to the consent screen.
pub async fn begin(State(web): State<Web>, Path(platform): Path<String>, asked: Asked) -> Response {
    let Some(platform) = Platform::parse(&platform) else {
        return asked.refuse(&web, AppError::not_found("platform"));
    };
    match channels::begin(&web.domain, &asked.actor, platform, redirect_uri(&web, platform)).await {
        Ok(consent) => Redirect::to(&consent).into_response(),
        Err(error) => problem(&web, &asked, &error),
    }
}

/// What a consent screen sends back with the person.
#[derive(Deserialize)]
pub struct Answer {
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    state: Option<String>,
    #[serde(default)]
    error: Option<String>,
}

/// `GET /connect/{platform}/callback`.
pub async fn finish(
    State(web): State<Web>,
    Path(platform): Path<String>,
    Query(answer): Query<Answer>,
    asked: Asked,
) -> Response {
    let Some(platform) = Platform::parse(&platform) else {
        return asked.refuse(&web, AppError::not_found("platform"));
    };
    let answer = Return { code: answer.code, state: answer.state, error: answer.error };
    match channels::finish(&web.domain, &asked.actor, platform, answer).await {
        Ok(channel) => {
            Redirect::to(&with_news(CONNECTIONS, &[], "connected", &channel.id.to_string())).into_response()
        }
        Err(error) => problem(&web, &asked, &error),
    }
}

fn redirect_uri(web: &Web, platform: Platform) -> String {
    format!("{}/connect/{}/callback", web.public.origin, platform.as_str())
}

/// Back to the page with the reason; the code in our address must not stay in the person's history.
fn problem(web: &Web, asked: &Asked, error: &ChannelError) -> Response {
    let told = asked.told(error);
    if told.kind == ErrorKind::Internal {
        return asked.refuse(web, told);
    }
    let refusal = match error {
        ChannelError::Denied(_) => ConnectRefusal::NotAllowed,
        ChannelError::NotSetUp(_) => ConnectRefusal::NotSetUp,
        ChannelError::StaleState => ConnectRefusal::Stale,
        ChannelError::ConsentDenied(_) => ConnectRefusal::Declined,
        ChannelError::Away { .. } => ConnectRefusal::Away,
        ChannelError::Store(_) | ChannelError::Vault(_) => ConnectRefusal::Unavailable,
        ChannelError::Refused { .. }
        | ChannelError::Reconnect(_)
        | ChannelError::NotFound
        | ChannelError::Publishing => ConnectRefusal::Refused,
    };
    tracing::info!(reason = %error, "A channel was not connected");
    Redirect::to(&with_news(CONNECTIONS, &[], "error", refusal.as_str())).into_response()
}
