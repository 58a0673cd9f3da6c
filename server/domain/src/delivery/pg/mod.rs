//! The only SQL over deliveries and steps.

pub(crate) mod claim;
pub(crate) mod gate;
pub(crate) mod job;
pub(crate) mod others;
pub(crate) mod settle;
pub(crate) mod steps;

use publishing::StoreError;

/// What the database said, as the core understands it.
pub(super) fn trouble(error: sqlx::Error) -> StoreError {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    // PC…: the guard. 23…: a unique index or a check, that is, a rule of the schema.
    if code.is_some_and(|code| code.starts_with("PC") || code.starts_with("23")) {
        return StoreError::Guard(
            error.as_database_error().map_or_else(String::new, |e| e.message().to_owned()),
        );
    }
    StoreError::Unavailable(Box::new(error))
}
