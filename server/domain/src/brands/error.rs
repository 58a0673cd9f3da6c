//! What can go wrong with brands.

use model::{AppError, FieldErrors};

use crate::Denied;
use crate::db::store_failed;

#[derive(Debug, thiserror::Error)]
pub enum BrandError {
    #[error("the form does not fit")]
    Invalid(FieldErrors),
    #[error(transparent)]
    Denied(#[from] Denied),
    #[error("the brand in use is gone")]
    Gone,
    #[error("failed to read or write the brand")]
    Store(#[source] sqlx::Error),
}

impl From<&BrandError> for AppError {
    fn from(error: &BrandError) -> Self {
        match error {
            BrandError::Invalid(fields) => Self::invalid(fields.clone()),
            BrandError::Denied(denied) => denied.into(),
            BrandError::Gone => Self::not_found("brand"),
            BrandError::Store(source) => store_failed(source),
        }
    }
}
