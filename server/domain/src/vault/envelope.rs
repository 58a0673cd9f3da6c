//! The cipher and its layout: `version(1) ‖ key id(16) ‖ nonce(24) ‖ ciphertext and tag`. Pure.

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use secrecy::zeroize::Zeroize;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::VaultError;

const VERSION: u8 = 1;
const HEAD: usize = 1 + 16 + 24;

/// 256 bits that leave memory when dropped.
pub(super) struct Key([u8; 32]);

impl Key {
    pub(super) fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub(super) fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Tells keys apart; 64 bits of a hash of 256 random ones say nothing about them.
    pub(super) fn fingerprint(&self) -> String {
        let digest = Sha256::new().chain_update(b"daybill key id v1").chain_update(self.0).finalize();
        hex::encode(&digest[..8])
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&self.0.into())
    }
}

impl Zeroize for Key {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}

/// What a ciphertext is bound to. Names end in NUL, so that no two places read the same.
pub(super) fn aad(table: &str, column: &str, workspace: Uuid, row: Uuid, generation: i32) -> Vec<u8> {
    let mut aad = Vec::with_capacity(4 + table.len() + column.len() + 38);
    for name in ["v1", table, column] {
        aad.extend_from_slice(name.as_bytes());
        aad.push(0);
    }
    aad.extend_from_slice(workspace.as_bytes());
    aad.extend_from_slice(row.as_bytes());
    aad.extend_from_slice(&generation.to_be_bytes());
    aad
}

/// A ciphertext with what is needed to find its key.
pub(super) struct Sealed {
    pub(super) key: Uuid,
    /// Random: 192 bits are enough never to meet twice without a counter.
    pub(super) nonce: [u8; 24],
    pub(super) body: Vec<u8>,
}

impl Sealed {
    pub(super) fn fill(mut self, key: &Key, aad: &[u8], plain: &[u8]) -> Result<Self, VaultError> {
        self.body = key
            .cipher()
            .encrypt(&XNonce::from(self.nonce), Payload { msg: plain, aad })
            .map_err(|_| VaultError::TooLong)?;
        Ok(self)
    }

    pub(super) fn open(&self, key: &Key, aad: &[u8]) -> Result<Vec<u8>, VaultError> {
        key.cipher()
            .decrypt(&XNonce::from(self.nonce), Payload { msg: &self.body, aad })
            .map_err(|_| VaultError::DoesNotOpen)
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEAD + self.body.len());
        bytes.push(VERSION);
        bytes.extend_from_slice(self.key.as_bytes());
        bytes.extend_from_slice(&self.nonce);
        bytes.extend_from_slice(&self.body);
        bytes
    }

    pub(super) fn parse(bytes: &[u8]) -> Result<Self, VaultError> {
        let (head, body) = bytes.split_at_checked(HEAD).ok_or(VaultError::DoesNotOpen)?;
        if head[0] != VERSION {
            return Err(VaultError::DoesNotOpen);
        }
        let key = Uuid::from_slice(&head[1..17]).map_err(|_| VaultError::DoesNotOpen)?;
        let nonce = head[17..].try_into().map_err(|_| VaultError::DoesNotOpen)?;
        Ok(Self { key, nonce, body: body.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed() -> (Key, Vec<u8>, Vec<u8>) {
        let key = Key::new([7; 32]);
        let aad = aad("channels", "token", Uuid::from_u128(1), Uuid::from_u128(2), 3);
        let sealed = Sealed { key: Uuid::from_u128(9), nonce: [5; 24], body: Vec::new() };
        let bytes = sealed.fill(&key, &aad, b"secret").expect("short texts can be sealed").to_bytes();
        (key, aad, bytes)
    }

    #[test]
    fn what_was_sealed_opens_in_its_place() {
        let (key, aad, bytes) = sealed();
        assert_eq!(Sealed::parse(&bytes).unwrap().open(&key, &aad).unwrap(), b"secret");
    }

    #[test]
    fn no_bit_can_be_turned() {
        let (key, aad, bytes) = sealed();
        for bit in 0..bytes.len() * 8 {
            let mut turned = bytes.clone();
            turned[bit / 8] ^= 1 << (bit % 8);
            let opened =
                Sealed::parse(&turned)
                    // The id of the key is looked up before; another id finds another key or none.
                    .and_then(|sealed| {
                        if sealed.key == Uuid::from_u128(9) { Ok(sealed) } else { Err(VaultError::NoKey) }
                    })
                    .and_then(|sealed| sealed.open(&key, &aad));
            assert!(opened.is_err(), "bit {bit} was turned and it opened");
        }
    }

    #[test]
    fn a_cut_ciphertext_does_not_open() {
        let (key, aad, bytes) = sealed();
        for len in 0..bytes.len() {
            let opened = Sealed::parse(&bytes[..len]).and_then(|sealed| sealed.open(&key, &aad));
            assert!(opened.is_err(), "{len} bytes opened");
        }
    }

    #[test]
    fn names_cannot_run_into_each_other() {
        let (w, r) = (Uuid::from_u128(1), Uuid::from_u128(2));
        assert_ne!(aad("ab", "c", w, r, 0), aad("a", "bc", w, r, 0));
    }
}
