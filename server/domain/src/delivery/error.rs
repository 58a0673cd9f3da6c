//! What can go wrong with deliveries outside the core.

use model::{AppError, ErrorKind};

#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    #[error("the database did not take part")]
    Store(#[source] sqlx::Error),
}

impl From<&DeliveryError> for AppError {
    fn from(error: &DeliveryError) -> Self {
        match error {
            DeliveryError::Store(_) => Self::new(
                ErrorKind::Unavailable,
                "The database does not answer right now. Nothing is lost; posts that are due wait for it.",
            ),
        }
    }
}
