//! Who asks, and how answers are given; the only reader of the server's contexts.

use std::error::Error;

use domain::{Actor, Domain, Visit};
use http::request::Parts;
use http::{StatusCode, header};
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use model::{Action, AppError, ErrorKind};

use crate::{Fault, Theme};

/// What the server's layers found out about a request. The server puts it into the request's
/// extensions and provides it as a context.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// Who is signed in.
    pub actor: Option<Actor>,
    pub visit: Visit,
    pub request_id: String,
    pub theme: Theme,
    /// Whether the public address is https.
    pub secure: bool,
}

/// A signed-in person who may do what was asked.
pub struct Cx {
    pub domain: Domain,
    pub actor: Actor,
}

/// Anybody.
pub struct AnyCx {
    pub domain: Domain,
    pub actor: Option<Actor>,
    pub visit: Visit,
}

/// The person who asks, if they may do `action` in the workspace they are in.
pub fn context(action: Action) -> Result<Cx, Fault> {
    let cx = signed_in()?;
    match cx.actor.may(action) {
        Ok(_) => Ok(cx),
        Err(denied) => Err(refuse(AppError::from(&denied))),
    }
}

/// The signed-in person, with or without a workspace.
pub fn signed_in() -> Result<Cx, Fault> {
    let AnyCx { domain, actor, .. } = anyone()?;
    let actor = actor.ok_or_else(|| {
        refuse(AppError::new(
            ErrorKind::SignIn,
            "Your session has ended. Sign in again; what you saved is safe.",
        ))
    })?;
    Ok(Cx { domain, actor })
}

/// Whoever asks.
pub fn anyone() -> Result<AnyCx, Fault> {
    let (Some(domain), Some(incoming)) = (use_context::<Domain>(), use_context::<Incoming>()) else {
        tracing::error!("A server function ran without the server's contexts");
        return Err(refuse(AppError::internal("no-context".to_owned())));
    };
    Ok(AnyCx { domain, actor: incoming.actor, visit: incoming.visit })
}

/// Turns what a use case returned into what a server function returns. Logs a failure once, with its
/// causes and the request id, which is also the reference people can name.
pub fn answer<T, E>(result: Result<T, E>) -> Result<T, Fault>
where
    E: Error,
    AppError: for<'a> From<&'a E>,
{
    result.map_err(|error| {
        let request_id = use_context::<Incoming>().map(|incoming| incoming.request_id).unwrap_or_default();
        let mut told = AppError::from(&error);
        match told.kind {
            ErrorKind::Internal => {
                tracing::error!(request.id = %request_id, error = %chain(&error), "Request `{request_id}` failed");
                told = AppError::internal(request_id);
            }
            ErrorKind::Unavailable => {
                tracing::warn!(request.id = %request_id, error = %chain(&error), "A service did not answer");
            }
            kind => tracing::debug!(request.id = %request_id, ?kind, "A request was refused"),
        }
        refuse(told)
    })
}

/// Whether cookies may travel by https only.
pub(crate) fn is_secure() -> bool {
    use_context::<Incoming>().is_some_and(|incoming| incoming.secure)
}

/// Whether a server function was called over the wire, rather than a page being drawn.
pub(crate) fn is_call(parts: &Parts) -> bool {
    parts.uri.path().starts_with("/api/")
}

/// Sets the status of the page that is being drawn; a redirect that was decided on stays.
pub(crate) fn set_page_status(kind: ErrorKind) {
    let Some(response) = use_context::<ResponseOptions>() else { return };
    let is_call = use_context::<Parts>().is_some_and(|parts| is_call(&parts));
    let leaves = response.0.read().is_ok_and(|parts| parts.headers.contains_key(header::LOCATION));
    if !is_call && !leaves {
        response.set_status(status(kind));
    }
}

/// An error with its HTTP status. A plain form keeps its 302 back to the page, which a status set here
/// would override, and a page that is being drawn shows the error itself.
pub(crate) fn refuse(error: AppError) -> Fault {
    if let (Some(parts), Some(response)) = (use_context::<Parts>(), use_context::<ResponseOptions>())
        && is_call(&parts)
        && !accepts_html(&parts)
    {
        response.set_status(status(error.kind));
    }
    Fault(error)
}

fn accepts_html(parts: &Parts) -> bool {
    parts.headers.get(header::ACCEPT).and_then(|v| v.to_str().ok()).is_some_and(|v| v.contains("text/html"))
}

fn status(kind: ErrorKind) -> StatusCode {
    StatusCode::from_u16(kind.status()).expect("every kind of error has a legal status")
}

/// The error with all its causes in one line.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    enum Broken {
        #[error("failed to read the post")]
        Store(#[source] std::io::Error),
        #[error("no such post")]
        Missing,
    }

    impl From<&Broken> for AppError {
        fn from(error: &Broken) -> Self {
            match error {
                Broken::Store(_) => Self::internal(String::new()),
                Broken::Missing => Self::not_found("post"),
            }
        }
    }

    fn called_with(accept: &str) -> (Owner, ResponseOptions) {
        let owner = Owner::new();
        let response = ResponseOptions::default();
        owner.with(|| {
            let request = http::Request::post("/api/posts/get")
                .header(header::ACCEPT, accept)
                .body(())
                .expect("legal request");
            provide_context(request.into_parts().0);
            provide_context(response.clone());
            provide_context(Incoming {
                actor: None,
                visit: Visit::default(),
                request_id: "req-7".to_owned(),
                theme: Theme::System,
                secure: false,
            });
        });
        (owner, response)
    }

    #[test]
    fn an_unknown_failure_carries_the_request_id_and_no_machine_text() {
        let (owner, _) = called_with("application/json");
        let fault = owner
            .with(|| answer::<(), _>(Err(Broken::Store(std::io::Error::other("disk sda1 is full")))))
            .expect_err("it failed");
        assert_eq!(fault.0.reference.as_deref(), Some("req-7"));
        assert!(!fault.0.message.contains("sda1"));
    }

    #[test]
    fn programs_get_the_status_and_plain_forms_keep_their_redirect() {
        let (owner, response) = called_with("application/json");
        owner.with(|| answer::<(), _>(Err(Broken::Missing))).expect_err("it failed");
        assert_eq!(response.0.read().expect("nobody panicked").status, Some(StatusCode::NOT_FOUND));

        let (owner, response) = called_with("text/html,application/xhtml+xml");
        owner.with(|| answer::<(), _>(Err(Broken::Missing))).expect_err("it failed");
        assert_eq!(response.0.read().expect("nobody panicked").status, None);
    }

    #[test]
    fn the_log_line_names_every_cause() {
        let error = Broken::Store(std::io::Error::other("disk full"));
        assert_eq!(chain(&error), "failed to read the post: disk full");
    }
}
