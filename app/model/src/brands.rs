//! The profile a workspace publishes as.

use serde::{Deserialize, Serialize};

use crate::{BrandId, Check, FieldErrors};

/// What the first run asks for.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct FirstBrand {
    pub name: String,
    /// IANA name, for example `Europe/Lisbon`.
    pub zone: String,
}

impl Check for FirstBrand {
    fn check(&self) -> Result<(), FieldErrors> {
        let mut errors = FieldErrors::default();
        let name = self.name.trim();
        if name.is_empty() {
            errors.add("name", "Enter the name you publish as.");
        } else if name.chars().count() > 60 || name.chars().any(char::is_control) {
            errors.add("name", "Use a name of at most 60 characters.");
        }
        if self.zone.trim().is_empty() {
            errors.add("zone", "Choose the time zone your posts are planned in.");
        }
        errors.into_result()
    }
}

/// A brand as pages show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrandView {
    pub id: BrandId,
    pub name: String,
    pub zone: String,
}
