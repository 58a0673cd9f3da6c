//! What can go wrong with files.

use model::{AppError, ErrorKind, FieldErrors, MediaLimits};

use super::ports::ProbeError;
use crate::Denied;
use crate::db::store_failed;

#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    #[error(transparent)]
    Denied(#[from] Denied),
    #[error("there is no such file")]
    NotFound,
    #[error("the file is empty")]
    Empty,
    #[error("the file is of no kind we take")]
    NotMedia,
    /// The limit that was passed, in bytes.
    #[error("the file is larger than {0} bytes")]
    TooLarge(u64),
    /// The body ended early or broke off.
    #[error("the upload was cut off")]
    Cut(#[source] Option<std::io::Error>),
    /// Cut off or damaged before it came to us.
    #[error("the file is damaged")]
    Damaged(#[source] Option<ProbeError>),
    #[error("storage did not take part")]
    Storage(#[source] std::io::Error),
    #[error("the media tool did not work")]
    Tool(#[source] ProbeError),
    #[error("the file lies where the media tool cannot reach it")]
    OutOfReach,
    #[error("failed to read or write assets")]
    Store(#[source] sqlx::Error),
}

impl From<&MediaError> for AppError {
    fn from(error: &MediaError) -> Self {
        let file = |message: String| {
            let mut fields = FieldErrors::default();
            fields.add("asset", message);
            Self::invalid(fields)
        };
        match error {
            MediaError::Denied(denied) => denied.into(),
            MediaError::NotFound => Self::not_found("file"),
            MediaError::Empty => file("The file is empty. Nothing was kept. Choose another one.".to_owned()),
            MediaError::NotMedia => file(format!(
                "This is no video or picture we can use, whatever its name says. Nothing was kept. We take {}.",
                MediaLimits::WORDS
            )),
            MediaError::TooLarge(limit) => file(format!(
                "The file is larger than {}. Nothing was kept. We take {}.",
                super::words::bytes(*limit),
                MediaLimits::WORDS
            )),
            MediaError::Cut(_) => file(
                "The upload broke off before its end. Nothing was kept. Check the connection and send the file again."
                    .to_owned(),
            ),
            MediaError::Damaged(_) => file(
                "The file cannot be read: it seems to be cut off or damaged. Nothing was kept. Export it again and \
                 send the new file."
                    .to_owned(),
            ),
            MediaError::Storage(_) => Self::new(
                ErrorKind::Unavailable,
                "The file could not be stored. Nothing was kept. Try again in a minute.",
            ),
            MediaError::Store(source) => store_failed(source),
            MediaError::Tool(_) | MediaError::OutOfReach => Self::internal(String::new()),
        }
    }
}
