//! Signed messages to the app: kept until they are taken, tried again with growing pauses for three days.

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::clock::{self, Millis};
use crate::world::World;

/// A message on its way.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Delivery {
    pub(crate) id: u64,
    pub(crate) url: String,
    pub(crate) body: String,
    pub(crate) first_at_ms: Millis,
    pub(crate) next_at_ms: Millis,
    pub(crate) attempts: u32,
}

// Contract tiktok.md §9: retries up to 72 h with growing pauses.
const GIVE_UP_AFTER_MS: Millis = 72 * 3_600_000;
const LONGEST_PAUSE_MS: Millis = 3_600_000;
/// Longer than the client waits, so that a message is never under way twice.
const UNDER_WAY_MS: Millis = 10_000;

/// The value of the header `TikTok-Signature` for `body` sent at the Unix second `at`.
pub fn signature(secret: &str, at: i64, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(format!("{at}.").as_bytes());
    mac.update(body.as_bytes());
    format!("t={at},s={}", hex::encode(mac.finalize().into_bytes()))
}

/// Sends every message whose time has come; does not wait for the answers.
pub(crate) async fn send_due(world: &World) {
    let is_any_due =
        world.read(|state, now| state.webhooks.iter().any(|delivery| delivery.next_at_ms <= now)).await;
    if !is_any_due {
        return;
    }
    let due = world
        .change(|state, now| {
            state.webhooks.retain(|delivery| now - delivery.first_at_ms < GIVE_UP_AFTER_MS);
            let due = state.webhooks.iter_mut().filter(|delivery| delivery.next_at_ms <= now);
            due.map(|delivery| {
                delivery.attempts += 1;
                delivery.next_at_ms = now + UNDER_WAY_MS;
                delivery.clone()
            })
            .collect::<Vec<_>>()
        })
        .await;
    for delivery in due {
        tokio::spawn(send(world.clone(), delivery));
    }
}

async fn send(world: World, delivery: Delivery) {
    // Signed by the process's clock: the receiver compares it with its own, not with the world's.
    let stamp = signature(crate::tiktok::CLIENT_SECRET, clock::real_now() / 1000, &delivery.body);
    let answer = world
        .client()
        .post(delivery.url)
        .header("content-type", "application/json")
        .header("TikTok-Signature", stamp)
        .body(delivery.body)
        .send()
        .await;
    let was_taken = answer.is_ok_and(|answer| answer.status().is_success());
    world
        .change(|state, now| {
            if was_taken {
                state.webhooks.retain(|other| other.id != delivery.id);
            } else if let Some(other) = state.webhooks.iter_mut().find(|other| other.id == delivery.id) {
                let pause = 1_000 << delivery.attempts.saturating_sub(1).min(12);
                other.next_at_ms = now + LONGEST_PAUSE_MS.min(pause);
            }
        })
        .await;
}
