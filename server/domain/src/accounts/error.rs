//! What can go wrong with accounts, and how it is said. Nothing here tells whether an address is known.

use std::time::Duration;

use model::{AppError, ErrorKind, FieldErrors};

use super::PasswordError;
use crate::Denied;
use crate::db::store_failed;

#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    #[error("the form does not fit")]
    Invalid(FieldErrors),
    #[error("wrong address or password")]
    Wrong,
    /// Only said after the right password.
    #[error("the address is not verified yet")]
    Unverified,
    #[error("too many tries")]
    TooMany { wait: Duration },
    #[error("no verification link has this token")]
    LinkUnknown,
    #[error("the verification link was used before")]
    LinkUsed,
    #[error("the verification link has expired")]
    LinkExpired,
    #[error("the session or its account is gone")]
    SignedOut,
    #[error(transparent)]
    Denied(#[from] Denied),
    #[error("failed to hash a password")]
    Password(#[source] PasswordError),
    #[error("failed to read or write the account")]
    Store(#[source] sqlx::Error),
}

impl From<&AccountError> for AppError {
    fn from(error: &AccountError) -> Self {
        match error {
            AccountError::Invalid(fields) => Self::invalid(fields.clone()),
            AccountError::Wrong => Self::new(
                ErrorKind::Invalid,
                "The e-mail address or the password is wrong. Check both and try again.",
            ),
            AccountError::Unverified => Self::new(
                ErrorKind::Forbidden,
                "Open the link we mailed you first; it proves that the address is yours. A fresh one is on its \
                 way.",
            ),
            AccountError::TooMany { wait } => Self::new(ErrorKind::TooMany, too_many(*wait)),
            AccountError::LinkUnknown => Self::new(
                ErrorKind::NotFound,
                "This link is not complete or not ours. Copy the whole address out of the mail, or sign up \
                 again with the same e-mail address to get a new one.",
            ),
            AccountError::LinkUsed => Self::new(
                ErrorKind::Conflict,
                "This link has done its work already. Sign in with your e-mail address and password.",
            ),
            AccountError::LinkExpired => Self::new(
                ErrorKind::Conflict,
                "This link was good for 24 hours and has expired. Sign in with your e-mail address and \
                 password, and we mail you a new one.",
            ),
            AccountError::SignedOut => Self::new(
                ErrorKind::SignIn,
                "You are signed out. Sign in to go on. What you had saved is safe.",
            ),
            AccountError::Denied(denied) => denied.into(),
            AccountError::Password(_) => Self::internal(String::new()),
            AccountError::Store(source) => store_failed(source),
        }
    }
}

fn too_many(wait: Duration) -> String {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    let span = match (seconds, seconds.div_ceil(60)) {
        (..=60, _) => format!("{} s", seconds.max(1)),
        (_, minutes) => format!("{minutes} min"),
    };
    format!("Too many tries. Wait {span}, then try again. Nothing is locked.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_is_said_in_words_that_are_never_too_short() {
        assert!(too_many(Duration::from_millis(29_100)).contains("Wait 30 s"));
        assert!(too_many(Duration::from_secs(61)).contains("Wait 2 min"));
        assert!(too_many(Duration::ZERO).contains("Wait 1 s"));
    }
}
