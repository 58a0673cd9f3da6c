//! Takes mails out of the outbox.

use std::time::Duration;

use domain::{Domain, notify};
use tokio_util::sync::CancellationToken;

const EVERY: Duration = Duration::from_secs(1);

/// Relays due mails until `stop`; every process that works for later does, they share the rows.
pub async fn relay_mails(domain: Domain, sender: &dyn notify::MailSender, stop: CancellationToken) {
    let mut is_failing = false;
    while !stop.is_cancelled() {
        match notify::relay(&domain, sender).await {
            Ok(_) => is_failing = false,
            Err(error) => {
                if !is_failing {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "Cannot relay mails; trying on quietly"
                    );
                }
                is_failing = true;
            }
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = stop.cancelled() => {}
        }
    }
}
