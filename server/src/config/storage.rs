//! Where files are kept.

use std::path::{Path, PathBuf};

use super::{Source, Wrong};

/// A folder of this machine.
#[derive(Debug)]
pub struct Storage {
    pub folder: PathBuf,
}

impl Storage {
    pub(super) fn read(source: &Source, data: &Path) -> Result<Self, Wrong> {
        let folder = match source.get("STORAGE_URL") {
            None => data.join("media"),
            Some(text) => match text.strip_prefix("file://") {
                Some(path) if !path.is_empty() => PathBuf::from(path),
                _ => {
                    return Err(Wrong::new(
                        "STORAGE_URL",
                        format!("`{text}`: this version stores files in a folder only; use file:///path"),
                    ));
                }
            },
        };
        Ok(Self { folder })
    }
}
