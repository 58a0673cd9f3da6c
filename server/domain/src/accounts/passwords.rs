//! Hashing passwords, within bounds: each run takes 64 MiB and a core for a fifth of a second.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use hmac::{Hmac, KeyInit as _, Mac as _};
use publishing::Rng;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use tokio::sync::Semaphore;

use super::limits::Doors;

/// OWASP asks for less; calibrated to 150–300 ms.
const MEMORY_KIB: u32 = 65_536;
const PASSES: u32 = 3;

/// Hashes and compares passwords, and keeps the limits on tries. Cheap to clone.
#[derive(Clone)]
pub struct Passwords {
    inner: Arc<Inner>,
}

struct Inner {
    pepper: SecretString,
    pepper_id: String,
    params: Params,
    /// So that a hundred sign-ins at once do not take 6.4 GB.
    permits: Semaphore,
    runs: AtomicU64,
    doors: Doors,
}

/// Trouble while hashing; nothing a person could do about.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    #[error("argon2 failed")]
    Argon2(#[source] argon2::password_hash::Error),
    #[error("the thread that hashed is gone")]
    Thread(#[source] tokio::task::JoinError),
}

/// A hash as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hashed {
    pub(super) phc: String,
    pub(super) pepper_id: String,
}

/// Whether a password was right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Right,
    /// Right, but hashed with weaker parameters than today's: hash anew.
    RightButWeak,
    Wrong,
}

impl Passwords {
    /// `pepper` goes into every hash and is kept apart from the database; at most `parallel` run at once.
    pub fn new(pepper: SecretString, parallel: usize) -> Self {
        let params =
            Params::new(MEMORY_KIB, PASSES, 1, None).expect("the parameters are within argon2's bounds");
        Self::with(pepper, parallel, params)
    }

    /// Light parameters, because tests sign in often. Never for real people.
    pub fn for_tests() -> Self {
        let params = Params::new(64, 1, 1, None).expect("the parameters are within argon2's bounds");
        Self::with(SecretString::from("pepper of tests"), 4, params)
    }

    fn with(pepper: SecretString, parallel: usize, params: Params) -> Self {
        let id = Sha256::new()
            .chain_update(b"daybill pepper id v1")
            .chain_update(pepper.expose_secret())
            .finalize();
        let inner = Inner {
            pepper_id: hex::encode(&id[..4]),
            pepper,
            params,
            permits: Semaphore::new(parallel),
            runs: AtomicU64::new(0),
            doors: Doors::default(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// How often argon2 has run. Known and unknown addresses must cost the same.
    pub fn runs(&self) -> u64 {
        self.inner.runs.load(Ordering::Relaxed)
    }

    pub(super) fn doors(&self) -> &Doors {
        &self.inner.doors
    }

    pub(super) async fn hash(&self, rng: &dyn Rng, password: &str) -> Result<Hashed, PasswordError> {
        let mut salt = [0; 16];
        rng.fill(&mut salt);
        let input = self.peppered(password);
        let argon2 = self.argon2();
        let phc = self
            .run(move || {
                argon2.hash_password_with_salt(&input, &salt).map(|hash: PasswordHash| hash.to_string())
            })
            .await?
            .map_err(PasswordError::Argon2)?;
        Ok(Hashed { phc, pepper_id: self.inner.pepper_id.clone() })
    }

    /// Compares. `None` stands for an account that does not exist: the same work, always wrong.
    pub(super) async fn check(
        &self,
        rng: &dyn Rng,
        password: &str,
        stored: Option<&Hashed>,
    ) -> Result<Verdict, PasswordError> {
        let parsed = stored.filter(|stored| {
            let is_ours = stored.pepper_id == self.inner.pepper_id;
            if !is_ours {
                tracing::error!("A password was hashed with another pepper; its owner cannot sign in");
            }
            is_ours
        });
        let Some(parsed) = parsed.and_then(|stored| PasswordHash::new(&stored.phc).ok()) else {
            // A fresh hash takes exactly as long as a comparison.
            self.hash(rng, password).await?;
            return Ok(Verdict::Wrong);
        };
        let input = self.peppered(password);
        let wanted = self.inner.params.clone();
        let argon2 = self.argon2();
        self.run(move || {
            if argon2.verify_password(&input, &parsed).is_err() {
                return Verdict::Wrong;
            }
            match Params::try_from(&parsed) {
                Ok(used) if used.m_cost() >= wanted.m_cost() && used.t_cost() >= wanted.t_cost() => {
                    Verdict::Right
                }
                _ => Verdict::RightButWeak,
            }
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, PasswordError> {
        let _permit = self.inner.permits.acquire().await.expect("the semaphore is never closed");
        self.inner.runs.fetch_add(1, Ordering::Relaxed);
        tokio::task::spawn_blocking(work).await.map_err(PasswordError::Thread)
    }

    /// Also makes every password 32 bytes long, whatever characters it has.
    fn peppered(&self, password: &str) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.inner.pepper.expose_secret().as_bytes())
            .expect("HMAC takes keys of any length");
        mac.update(password.as_bytes());
        mac.finalize().into_bytes().into()
    }

    fn argon2(&self) -> Argon2<'static> {
        Argon2::new(Algorithm::Argon2id, Version::V0x13, self.inner.params.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Counting(AtomicU64);

    impl Rng for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(u8::try_from(self.0.fetch_add(1, Ordering::Relaxed) % 256).unwrap());
        }
    }

    fn rng() -> Counting {
        Counting(AtomicU64::new(0))
    }

    #[tokio::test]
    async fn parameters_of_real_passwords_are_above_the_floor() {
        let hashed = Passwords::new(SecretString::from("p"), 1).hash(&rng(), "x").await.unwrap();
        assert!(hashed.phc.starts_with("$argon2id$v=19$m=65536,t=3,p=1$"), "{}", hashed.phc);
    }

    #[tokio::test]
    async fn odd_passwords_are_told_apart_to_the_last_byte() {
        let passwords = Passwords::for_tests();
        let long = "x".repeat(128);
        for password in ["nul\0inside", "nul\0other", "🦀🦀🦀🦀", "trailing  ", "trailing", &long] {
            let hashed = passwords.hash(&rng(), password).await.unwrap();
            assert_eq!(passwords.check(&rng(), password, Some(&hashed)).await.unwrap(), Verdict::Right);
            let other = format!("{password}x");
            assert_eq!(passwords.check(&rng(), &other, Some(&hashed)).await.unwrap(), Verdict::Wrong);
        }
    }

    #[tokio::test]
    async fn a_weaker_hash_asks_to_be_renewed() {
        let weak = Passwords::for_tests();
        let hashed = weak.hash(&rng(), "secret").await.unwrap();
        let stronger =
            Passwords::with(SecretString::from("pepper of tests"), 1, Params::new(128, 1, 1, None).unwrap());
        assert_eq!(stronger.check(&rng(), "secret", Some(&hashed)).await.unwrap(), Verdict::RightButWeak);
    }

    #[tokio::test]
    async fn nobody_is_compared_at_the_same_price() {
        let passwords = Passwords::for_tests();
        let hashed = passwords.hash(&rng(), "secret").await.unwrap();
        let before = passwords.runs();
        passwords.check(&rng(), "wrong", Some(&hashed)).await.unwrap();
        let known = passwords.runs() - before;
        passwords.check(&rng(), "wrong", None).await.unwrap();
        assert_eq!(passwords.runs() - before - known, known);
    }
}
