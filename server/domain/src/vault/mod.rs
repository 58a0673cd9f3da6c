//! Secrets at rest: envelope encryption, each ciphertext bound to its place.
//!
//! The key of the installation (32 bytes in a file) wraps one key per workspace (`workspace_keys`), and that
//! one seals values with XChaCha20-Poly1305. What is authenticated besides names table, column, workspace,
//! row and generation, so a ciphertext copied to another row or workspace does not open. Deleting a
//! workspace's key erases all its secrets at once, backups included.

mod envelope;
mod error;
mod key_file;
mod pg;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;

use publishing::Rng;
use secrecy::{ExposeSecret as _, SecretBox, SecretString};
use uuid::Uuid;

pub use error::VaultError;
pub use key_file::make_key_file;

use crate::db::TenantTx;
use envelope::{Key, Sealed};

/// Where a sealed value stands. Opening needs the very same place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place4 {
    pub table: &'static str,
    pub column: &'static str,
    /// The id of the row; the workspace is that of the transaction.
    pub row: Uuid,
    /// Counts up when the value is replaced, so that an old ciphertext put back does not open.
    /// 0 where values are never replaced.
    pub generation: i32,
}

/// Seals and opens. Cheap to clone.
#[derive(Clone)]
pub struct Vault {
    key: Arc<SecretBox<Key>>,
    /// Names the key without telling anything of it.
    key_id: Arc<str>,
    rng: Arc<dyn Rng>,
}

impl Vault {
    /// Reads the key of the installation from its file; refuses one that others may read.
    pub fn from_file(key_file: &Path, rng: Arc<dyn Rng>) -> Result<Self, VaultError> {
        Ok(Self::with(key_file::read(key_file)?, rng))
    }

    pub fn from_key(key: [u8; 32], rng: Arc<dyn Rng>) -> Self {
        Self::with(SecretBox::new(Box::new(Key::new(key))), rng)
    }

    fn with(key: SecretBox<Key>, rng: Arc<dyn Rng>) -> Self {
        let key_id = key.expose_secret().fingerprint().into();
        Self { key: Arc::new(key), key_id, rng }
    }

    /// Seals `value` for `place` in the workspace of `tx`. Makes the workspace's key on first use.
    pub async fn seal(
        &self,
        tx: &mut TenantTx,
        place: Place4,
        value: &SecretString,
    ) -> Result<Vec<u8>, VaultError> {
        let (id, key) = self.sealing_key(tx).await?;
        let aad = place.aad(tx);
        let sealed = Sealed { key: id, nonce: self.random(), body: Vec::new() };
        sealed
            .fill(key.expose_secret(), &aad, value.expose_secret().as_bytes())
            .map(|sealed| sealed.to_bytes())
    }

    /// Opens what was sealed for exactly this place in this workspace.
    pub async fn open(
        &self,
        tx: &mut TenantTx,
        place: Place4,
        sealed: &[u8],
    ) -> Result<SecretString, VaultError> {
        let sealed = Sealed::parse(sealed)?;
        let workspace = tx.workspace();
        let row = pg::find(tx.conn(), workspace, sealed.key)
            .await
            .map_err(VaultError::Store)?
            .ok_or(VaultError::NoKey)?;
        let key = self.unwrap(tx, &row)?;
        let bytes = sealed.open(key.expose_secret(), &place.aad(tx))?;
        String::from_utf8(bytes).map(SecretString::from).map_err(|_| VaultError::DoesNotOpen)
    }

    async fn sealing_key(&self, tx: &mut TenantTx) -> Result<(Uuid, SecretBox<Key>), VaultError> {
        let workspace = tx.workspace();
        if let Some(row) = pg::find_sealing(tx.conn(), workspace).await.map_err(VaultError::Store)? {
            return Ok((row.id, self.unwrap(tx, &row)?));
        }
        let id = uuid::Builder::from_random_bytes(self.random()).into_uuid();
        let fresh = SecretBox::new(Box::new(Key::new(self.random())));
        let wrapped = Sealed { key: id, nonce: self.random(), body: Vec::new() }
            .fill(self.key.expose_secret(), &self.wrap_aad(tx, id), fresh.expose_secret().bytes())?
            .to_bytes();
        // Somebody else may make the first key at the same time; the unique index lets one win, and
        // whoever lost reads the winner's.
        pg::insert(tx.conn(), workspace, id, &self.key_id, &wrapped).await.map_err(VaultError::Store)?;
        let row = pg::find_sealing(tx.conn(), workspace)
            .await
            .map_err(VaultError::Store)?
            .ok_or(VaultError::NoKey)?;
        Ok((row.id, self.unwrap(tx, &row)?))
    }

    fn unwrap(&self, tx: &TenantTx, row: &pg::KeyRow) -> Result<SecretBox<Key>, VaultError> {
        if row.kek_id != *self.key_id {
            return Err(VaultError::OtherKeyFile {
                wanted: row.kek_id.clone(),
                present: self.key_id.to_string(),
            });
        }
        let bytes =
            Sealed::parse(&row.wrapped)?.open(self.key.expose_secret(), &self.wrap_aad(tx, row.id))?;
        Key::from_slice(&bytes).map(|key| SecretBox::new(Box::new(key))).ok_or(VaultError::DoesNotOpen)
    }

    fn wrap_aad(&self, tx: &TenantTx, id: Uuid) -> Vec<u8> {
        envelope::aad("workspace_keys", &self.key_id, tx.workspace().0, id, 0)
    }

    fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.rng.fill(&mut bytes);
        bytes
    }
}

impl Place4 {
    fn aad(&self, tx: &TenantTx) -> Vec<u8> {
        envelope::aad(self.table, self.column, tx.workspace().0, self.row, self.generation)
    }
}
