//! What can go wrong with posts.

use model::{AppError, DeliveryState, ErrorKind, FieldErrors};

use crate::Denied;
use crate::channels::ChannelError;
use crate::db::store_failed;

#[derive(Debug, thiserror::Error)]
pub enum PostError {
    #[error(transparent)]
    Denied(#[from] Denied),
    #[error("the form does not fit")]
    Invalid(FieldErrors),
    #[error("there is no such post")]
    NotFound,
    /// Too far on to be taken back.
    #[error("a delivery that is {} cannot be canceled", .0.as_str())]
    NotCancelable(DeliveryState),
    #[error("the month is not of the form 2026-11")]
    NoMonth,
    #[error("the channel did not take part")]
    Channel(#[source] ChannelError),
    #[error("failed to read or write posts")]
    Store(#[source] sqlx::Error),
}

impl From<&PostError> for AppError {
    fn from(error: &PostError) -> Self {
        match error {
            PostError::Denied(denied) => denied.into(),
            PostError::Invalid(fields) => Self::invalid(fields.clone()),
            PostError::NotFound => Self::not_found("post"),
            PostError::NotCancelable(state) => Self::new(ErrorKind::Conflict, not_cancelable(*state)),
            PostError::NoMonth => Self::not_found("month"),
            PostError::Channel(error) => error.into(),
            PostError::Store(source) => store_failed(source),
        }
    }
}

fn not_cancelable(state: DeliveryState) -> &'static str {
    match state {
        DeliveryState::Published => {
            "It is published already, so it cannot be canceled. You can delete it on the platform."
        }
        DeliveryState::Canceled => "It is canceled already. Nothing was changed.",
        DeliveryState::Failed => "It has failed already, so there is nothing to cancel.",
        DeliveryState::Parked => {
            "It may be live: look at the account first. It cannot be canceled while that is open. Nothing was changed."
        }
        _ => "It is already being published, so it cannot be canceled any more. Nothing was changed.",
    }
}
