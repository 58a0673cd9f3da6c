//! PostgreSQL and Redis: of one's own, or private ones below the data folder.

use secrecy::SecretString;

use super::{Source, Wrong};

/// Addresses of the services; `None` starts a private one. They may hold passwords.
#[derive(Debug)]
pub struct Services {
    pub database: Option<SecretString>,
    pub redis: Option<SecretString>,
}

impl Services {
    pub(super) fn read(source: &Source) -> Result<Self, Wrong> {
        let of = |variable, schemes: &[&str]| -> Result<Option<SecretString>, Wrong> {
            let Some(text) = source.get(variable) else { return Ok(None) };
            if schemes.iter().any(|scheme| text.starts_with(&format!("{scheme}://"))) {
                return Ok(Some(SecretString::from(text)));
            }
            // The value may hold a password and is not repeated.
            Err(Wrong::new(variable, format!("must begin with {}", schemes.join(":// or ") + "://")))
        };
        Ok(Self {
            database: of("DATABASE_URL", &["postgres", "postgresql"])?,
            redis: of("REDIS_URL", &["redis", "redis+unix", "unix"])?,
        })
    }
}
