//! Sign-up, sign-in and who one is.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::input::looks_like_email;
use crate::{BrandView, Check, FieldErrors, Role, SafeReturn, UserId, WorkspaceId};

/// NIST SP 800-63B-4: at least 15 where the password is the only factor.
pub const PASSWORD_MIN_CHARS: usize = 15;
/// Far above what people type; keeps the hash's input bounded.
pub const PASSWORD_MAX_CHARS: usize = 256;

/// A new account.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct SignUp {
    pub name: String,
    pub email: String,
    pub password: String,
    #[serde(default)]
    pub return_to: SafeReturn,
}

impl Check for SignUp {
    fn check(&self) -> Result<(), FieldErrors> {
        let mut errors = FieldErrors::default();
        let name = self.name.trim();
        if name.is_empty() {
            errors.add("name", "Enter your name.");
        } else if name.chars().count() > 80 || name.chars().any(char::is_control) {
            errors.add("name", "Use a name of at most 80 characters.");
        }
        if !looks_like_email(self.email.trim()) {
            errors.add("email", "Enter an e-mail address such as ana@example.com.");
        }
        let length = self.password.chars().count();
        if length < PASSWORD_MIN_CHARS {
            errors.add(
                "password",
                format!("Use at least {PASSWORD_MIN_CHARS} characters; a few words in a row are easiest."),
            );
        } else if length > PASSWORD_MAX_CHARS {
            errors.add("password", format!("Use at most {PASSWORD_MAX_CHARS} characters."));
        }
        errors.into_result()
    }
}

/// Signing in with e-mail and password.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct SignIn {
    pub email: String,
    pub password: String,
    #[serde(default)]
    pub return_to: SafeReturn,
}

impl Check for SignIn {
    fn check(&self) -> Result<(), FieldErrors> {
        let mut errors = FieldErrors::default();
        if self.email.trim().is_empty() {
            errors.add("email", "Enter your e-mail address.");
        }
        if self.password.is_empty() {
            errors.add("password", "Enter your password.");
        }
        errors.into_result()
    }
}

/// The secret of a verification link.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Verify {
    pub token: String,
}

// What these three hold must never reach a log.
impl fmt::Debug for SignUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignUp").finish_non_exhaustive()
    }
}

impl fmt::Debug for SignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignIn").finish_non_exhaustive()
    }
}

impl fmt::Debug for Verify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verify").finish_non_exhaustive()
    }
}

/// How hard a password is to guess, 0 to 4, with a word about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordStrength {
    pub score: u8,
    pub advice: String,
}

/// Who is asking: the signed-in person and the workspace they are in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Me {
    pub user: UserId,
    pub name: String,
    pub email: String,
    /// The workspace in use; `None` only before the first one is made.
    pub workspace: Option<WorkspaceLink>,
    /// The brand in use; `None` until the first run is finished.
    pub brand: Option<BrandView>,
}

/// A workspace as one of its members sees it in the switcher.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkspaceLink {
    pub id: WorkspaceId,
    pub name: String,
    pub role: Role,
}
