//! The file with the key of the installation: 64 hexadecimal digits, readable by its owner alone.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use chacha20poly1305::XChaCha20Poly1305;
use chacha20poly1305::aead::{Generate as _, Key as AeadKey};
use secrecy::SecretBox;
use secrecy::zeroize::Zeroize as _;

use super::VaultError;
use super::envelope::Key;

/// Makes a key file from the randomness of the operating system, mode 600. Refuses to write over one:
/// a lost key takes all sealed values with it.
pub fn make_key_file(path: &Path) -> Result<(), VaultError> {
    let failed = |source| VaultError::Make { path: path.to_owned(), source };
    let mut text = hex::encode(AeadKey::<XChaCha20Poly1305>::generate());
    let written =
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).and_then(|mut file| {
            writeln!(file, "{text}")?;
            file.sync_all()
        });
    text.zeroize();
    written.map_err(failed)
}

pub(super) fn read(path: &Path) -> Result<SecretBox<Key>, VaultError> {
    let failed = |source| VaultError::Read { path: path.to_owned(), source };
    let mode = fs::metadata(path).map_err(failed)?.mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(VaultError::Readable { path: path.to_owned(), mode });
    }
    let mut text = fs::read_to_string(path).map_err(failed)?;
    let mut bytes = [0; 32];
    let decoded = hex::decode_to_slice(text.trim(), &mut bytes);
    text.zeroize();
    decoded.map_err(|_| VaultError::NotAKey { path: path.to_owned() })?;
    let key = SecretBox::new(Box::new(Key::new(bytes)));
    bytes.zeroize();
    Ok(key)
}
