//! The error of every server function.

use model::{AppError, ErrorKind};
use serde::{Deserialize, Serialize};
use server_fn::codec::JsonEncoding;
use server_fn::error::{FromServerFnError, ServerFnErrorErr};

/// [`AppError`] as server functions return it; a type of its own because the trait and the error both
/// belong to other crates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(transparent)]
#[error(transparent)]
pub struct Fault(pub AppError);

impl From<AppError> for Fault {
    fn from(error: AppError) -> Self {
        Self(error)
    }
}

impl FromServerFnError for Fault {
    type Encoder = JsonEncoding;

    /// The machine texts of these errors help nobody who reads a page; what to do is the same for all.
    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        let (kind, message) = match error {
            ServerFnErrorErr::Args(_)
            | ServerFnErrorErr::MissingArg(_)
            | ServerFnErrorErr::Serialization(_) => (
                ErrorKind::Invalid,
                "The form could not be read. Nothing was saved. Reload the page and send it again.",
            ),
            _ => (
                ErrorKind::Transport,
                "The answer got lost on the way. Check your connection and try again; nothing is done twice.",
            ),
        };
        let error = AppError::new(kind, message);
        // Without this, arguments that cannot be read would count as a failure of ours.
        #[cfg(feature = "ssr")]
        return crate::request::refuse(error);
        #[cfg(not(feature = "ssr"))]
        Self(error)
    }
}

#[cfg(test)]
mod tests {
    use model::FieldErrors;

    use super::*;

    #[test]
    fn a_fault_survives_the_wire_with_its_fields() {
        let mut fields = FieldErrors::default();
        fields.add("email", "Enter an e-mail address.");
        let sent = Fault(AppError::invalid(fields));
        assert_eq!(Fault::de(sent.ser()), sent);
    }

    #[test]
    fn a_broken_answer_is_told_without_machine_words() {
        let fault = Fault::from_server_fn_error(ServerFnErrorErr::Deserialization("EOF at line 1".into()));
        assert_eq!(fault.0.kind, ErrorKind::Transport);
        assert!(!fault.0.message.contains("EOF"));
    }
}
