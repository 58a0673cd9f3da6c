//! `GET /events`: tells the pages of a workspace which of its posts changed.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive};
use axum::response::{IntoResponse as _, Response, Sse};
use futures::{Stream, StreamExt as _};
use model::Action;
use tokio_stream::wrappers::{BroadcastStream, WatchStream};

use super::Asked;
use crate::router::Web;

/// A line ends after this and the browser opens another: so a session that ended stops hearing.
const LIVES_FOR: Duration = Duration::from_mins(10);
const RECONNECT_AFTER: Duration = Duration::from_millis(500);

/// Opens the line. It carries ids only; whoever hears one reads the post through the usual door.
pub async fn line(State(web): State<Web>, asked: Asked) -> Response {
    let place = match asked.actor.may(Action::View) {
        Ok(place) => place,
        Err(denied) => return asked.refuse(&web, (&denied).into()),
    };
    let opened_at_ms = web.domain.clock.now().as_millisecond();
    // A reader that lags, or a gap in what we heard ourselves, ends the line: the page reads anew when it
    // opens the next one.
    let missed = WatchStream::from_changes(web.events.gaps()).into_future();
    let changes = BroadcastStream::new(web.events.subscribe())
        .take_while(|change| std::future::ready(change.is_ok()))
        .filter_map(|change| std::future::ready(change.ok()))
        .filter(move |change| std::future::ready(change.workspace == place.workspace))
        .enumerate()
        .map(move |(n, change)| {
            Event::default().event("change").id(format!("{opened_at_ms}-{n}")).data(change.post.to_string())
        });
    let over = {
        let stop = web.stop.clone();
        async move {
            tokio::select! {
                () = stop.cancelled_owned() => {}
                () = tokio::time::sleep(LIVES_FOR) => {}
                _ = missed => {}
            }
        }
    };
    let hello = futures::stream::iter([Event::default().retry(RECONNECT_AFTER).comment("open")]);
    let events = hello.chain(changes).take_until(Box::pin(over)).map(Ok);
    answer(events)
}

fn answer(events: impl Stream<Item = Result<Event, Infallible>> + Send + 'static) -> Response {
    let mut response =
        Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))).into_response();
    // Proxies that collect answers would hold the line back.
    response.headers_mut().insert("x-accel-buffering", axum::http::HeaderValue::from_static("no"));
    response
}
