//! `/healthz`: the process runs. `/readyz`: it can do its work.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use domain::{Domain, delivery};
use jobs::{Pulse, Queue};
use serde::Serialize;

use crate::router::Web;

/// The claim loop must have run within this time.
const CLAIM_WITHIN: Duration = Duration::from_secs(10);
/// No claimable delivery may wait longer.
const OLDEST_CLAIMABLE: Duration = Duration::from_secs(30);

/// What readiness is judged by.
#[derive(Clone)]
pub struct Health {
    pub queue: Arc<Queue>,
    /// Only where this process publishes.
    pub pulse: Option<Arc<Pulse>>,
}

/// The answer to "are you ready?".
#[derive(Debug, Serialize, PartialEq, Eq)]
pub struct Readiness {
    pub ready: bool,
    pub database: bool,
    pub redis: bool,
    /// Milliseconds since the claim loop last heard from the database; absent where nothing is claimed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claimed_ms_ago: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oldest_claimable_ms: Option<i64>,
}

/// `GET /healthz`.
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// `GET /readyz`.
pub async fn readyz(State(web): State<Web>) -> Response {
    let readiness = web.health.look(&web.domain).await;
    let status = if readiness.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(readiness)).into_response()
}

impl Health {
    /// Asks everything anew.
    pub async fn look(&self, domain: &Domain) -> Readiness {
        let (database, redis) = tokio::join!(domain.db.answers(), self.queue.answers());
        let mut readiness = Readiness {
            ready: database && redis,
            database,
            redis,
            claimed_ms_ago: None,
            oldest_claimable_ms: None,
        };
        if let Some(pulse) = &self.pulse {
            let since = pulse.since_claim(&*domain.clock);
            readiness.claimed_ms_ago = since.map(|time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX));
            readiness.ready &= since.is_some_and(|time| time < CLAIM_WITHIN);
            match delivery::health(domain).await {
                Ok(health) => {
                    readiness.oldest_claimable_ms = health.oldest_claimable_ms;
                    let limit = i64::try_from(OLDEST_CLAIMABLE.as_millis()).unwrap_or(i64::MAX);
                    readiness.ready &= health.oldest_claimable_ms.is_none_or(|age| age < limit);
                }
                Err(_) => readiness.ready = false,
            }
        }
        readiness
    }
}
