//! How mails leave.

use super::{Source, Wrong};

/// Mails stay in the outbox, readable at `/sandbox/mail`.
#[derive(Debug)]
pub struct Mail {
    pub from: String,
}

impl Mail {
    pub(super) fn read(source: &Source) -> Result<Self, Wrong> {
        if let Some(text) = source.get("MAIL_URL")
            && text != "outbox:"
        {
            return Err(Wrong::new("MAIL_URL", "this version keeps mails in its outbox only; use outbox:"));
        }
        let from = source.get("MAIL_FROM").unwrap_or_else(|| "Daybill <hello@daybill.example>".to_owned());
        if !from.contains('@') {
            return Err(Wrong::new("MAIL_FROM", format!("`{from}` is no mail address")));
        }
        Ok(Self { from })
    }
}
