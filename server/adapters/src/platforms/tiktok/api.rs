//! One call of the v2 API: what was seen of it, then what it says.

use std::time::Duration;

use model::Evidence;
use publishing::{Answer, CallLog, Class, Exchange, Http, Method, Refusal, Request};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::super::calls::{self, Sent};
use super::{failures, wire};

/// Posts JSON with the account's token and reads `data`.
pub(super) async fn post<T: DeserializeOwned>(
    http: &dyn Http,
    token: &SecretString,
    url: String,
    body: Value,
    timeout: Duration,
) -> Answer<T> {
    let request = Request::new(Method::Post, url)
        .header("content-type", "application/json; charset=UTF-8")
        .header("authorization", format!("Bearer {}", token.expose_secret()))
        .body(calls::json(&body))
        .timeout(timeout);
    let (exchange, log) = calls::send(http, request, Sent::Json(body), &[token]).await;
    read(&exchange, log)
}

/// Gets with the account's token and reads `data`.
pub(super) async fn get<T: DeserializeOwned>(
    http: &dyn Http,
    token: &SecretString,
    url: String,
    timeout: Duration,
) -> Answer<T> {
    let request = Request::new(Method::Get, url)
        .header("authorization", format!("Bearer {}", token.expose_secret()))
        .timeout(timeout);
    let (exchange, log) = calls::send(http, request, Sent::Nothing, &[token]).await;
    read(&exchange, log)
}

/// Contract §2: `error.code` decides, whatever the status; success is the word `ok`.
fn read<T: DeserializeOwned>(exchange: &Exchange, mut log: CallLog) -> Answer<T> {
    if let Some(evidence) = exchange.wire_evidence() {
        return Answer { outcome: Err(unanswered(evidence)), evidence, log };
    }
    log.platform_ref = exchange.header("x-tt-logid").map(str::to_owned);
    let (outcome, evidence) = match serde_json::from_slice::<wire::Envelope>(&exchange.body) {
        Err(_) => refuse(unreadable(exchange.status)),
        Ok(envelope) => {
            log.platform_ref = envelope.error.log_id.filter(|id| !id.is_empty()).or(log.platform_ref);
            if envelope.error.code != "ok" {
                refuse(failures::refusal(exchange.status, &envelope.error.code))
            } else if exchange.status >= 300 {
                refuse(unreadable(exchange.status))
            } else {
                match serde_json::from_value(envelope.data) {
                    Ok(value) => (Ok(value), Evidence::E8),
                    Err(_) => refuse(unreadable(exchange.status)),
                }
            }
        }
    };
    Answer { outcome, evidence, log }
}

fn refuse<T>((refusal, evidence): (Refusal, Evidence)) -> (Result<T, Refusal>, Evidence) {
    (Err(refusal), evidence)
}

/// No answer came; the evidence of the wire says how far the call got.
pub(super) fn unanswered(evidence: Evidence) -> Refusal {
    match evidence {
        Evidence::E0 => {
            Refusal::new(Class::Retry, "not_connected", "TikTok could not be reached. Trying again.")
        }
        Evidence::E1 => Refusal::new(
            Class::Retry,
            "nothing_sent",
            "The connection to TikTok broke at once. Trying again.",
        ),
        Evidence::E2 => Refusal::new(
            Class::Ambiguous,
            "partly_sent",
            "The connection to TikTok broke before everything was sent.",
        ),
        _ => Refusal::new(Class::Ambiguous, "no_answer", "TikTok did not answer in time."),
    }
}

/// An answer that is not what the contract promises: the status alone has to do.
pub(super) fn unreadable(status: u16) -> (Refusal, Evidence) {
    match status {
        401 | 429 => failures::refusal(status, ""),
        500.. | 408 => (
            Refusal::new(Class::Ambiguous, format!("http_{status}"), "TikTok answered with a server error."),
            Evidence::E4,
        ),
        // Not documented, so nothing that is prepared is given up for it.
        400.. => (
            Refusal::new(
                Class::Retry,
                format!("http_{status}"),
                format!("TikTok refused with status {status} and no reason. Trying again."),
            ),
            Evidence::E5,
        ),
        _ => {
            (Refusal::new(Class::Ambiguous, "unreadable", "TikTok's answer could not be read."), Evidence::E7)
        }
    }
}

/// A step that can be repeated without harm turns doubt into another try. Contract (b): nothing is posted
/// before the last bytes arrive, and the orphan of a lost init expires after 1 h.
pub(super) fn reversible<T>(mut answer: Answer<T>) -> Answer<T> {
    if let Err(refusal) = &mut answer.outcome
        && refusal.class == Class::Ambiguous
    {
        refusal.class = Class::Retry;
    }
    answer
}
