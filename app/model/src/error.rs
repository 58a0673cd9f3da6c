//! The one error a person or a program ever sees.

use serde::{Deserialize, Serialize};

/// What sort of trouble it is; decides the HTTP status and which part of a page shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// Something that was sent does not fit; `fields` says what.
    Invalid,
    /// Nobody is signed in.
    SignIn,
    /// Signed in, but not allowed.
    Forbidden,
    /// There is no such thing, or it belongs to somebody else: the two look the same.
    NotFound,
    /// The thing has changed meanwhile, or the act no longer fits its state.
    Conflict,
    /// Too many tries; later it will work again.
    TooMany,
    /// A service we depend on does not answer.
    Unavailable,
    /// Our own fault; `reference` finds it in the log.
    Internal,
    /// The request or its answer got lost on the way.
    Transport,
}

impl ErrorKind {
    /// The HTTP status that says the same.
    pub fn status(self) -> u16 {
        match self {
            Self::Invalid => 422,
            Self::SignIn => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Conflict => 409,
            Self::TooMany => 429,
            Self::Unavailable => 503,
            Self::Internal | Self::Transport => 500,
        }
    }
}

/// One field of a form and what is wrong with it, in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    pub field: String,
    pub message: String,
}

/// What is wrong with a form; empty means nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldErrors(pub Vec<FieldError>);

impl FieldErrors {
    /// Notes a problem with `field`.
    pub fn add(&mut self, field: &str, message: impl Into<String>) {
        self.0.push(FieldError { field: field.to_owned(), message: message.into() });
    }

    /// Ok when nothing was noted.
    pub fn into_result(self) -> Result<(), Self> {
        if self.0.is_empty() { Ok(()) } else { Err(self) }
    }

    /// The first message for `field`.
    pub fn of(&self, field: &str) -> Option<&str> {
        self.0.iter().find(|e| e.field == field).map(|e| e.message.as_str())
    }
}

/// An error in words for people: what happened, whether anything is lost, what to do.
/// Never carries a machine text or a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct AppError {
    pub kind: ErrorKind,
    /// What happened, one sentence; with what is safe and what to do where that is not plain.
    pub message: String,
    #[serde(default)]
    pub fields: FieldErrors,
    /// Finds the cause in the log; only for [`ErrorKind::Internal`].
    #[serde(default)]
    pub reference: Option<String>,
}

impl AppError {
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), fields: FieldErrors::default(), reference: None }
    }

    /// A form that does not fit; the message is for the top of the form.
    pub fn invalid(fields: FieldErrors) -> Self {
        let message = match fields.0.as_slice() {
            [one] => one.message.clone(),
            _ => "Some fields need another look. Nothing was saved yet.".to_owned(),
        };
        Self { kind: ErrorKind::Invalid, message, fields, reference: None }
    }

    /// The thing asked for is not there, or not ours to see.
    pub fn not_found(what: &str) -> Self {
        Self::new(ErrorKind::NotFound, format!("There is no such {what} here. It may have been removed."))
    }

    /// Unknown trouble; `reference` is in the log too.
    pub fn internal(reference: String) -> Self {
        Self {
            kind: ErrorKind::Internal,
            message: format!(
                "Something failed on our side. What you had saved is safe. Try again; if it stays, tell the \
                 operator the reference {reference}."
            ),
            fields: FieldErrors::default(),
            reference: Some(reference),
        }
    }
}

impl From<FieldErrors> for AppError {
    fn from(fields: FieldErrors) -> Self {
        Self::invalid(fields)
    }
}
