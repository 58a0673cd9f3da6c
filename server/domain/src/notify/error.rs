//! What can go wrong on the way to a letter box.

use model::AppError;

use crate::db::store_failed;

#[derive(Debug, thiserror::Error)]
pub enum NotifyError {
    #[error("failed to read or write mails")]
    Store(#[source] sqlx::Error),
}

impl From<&NotifyError> for AppError {
    fn from(error: &NotifyError) -> Self {
        match error {
            NotifyError::Store(source) => store_failed(source),
        }
    }
}

/// Why a mail did not go out.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// It may work later: the server is away, slow or busy.
    #[error("the mail cannot be sent now: {0}")]
    Later(String),
    /// It will never work: there is no such letter box.
    #[error("the mail was refused: {0}")]
    Refused(String),
}
