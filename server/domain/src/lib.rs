//! Use cases, rules and SQL, one folder per feature.
//!
//! A crate of its own because decisions are kept from effects: nothing here opens a connection to the
//! outside, draws a page or knows the queue. Every use case takes the [`Domain`] and the [`Actor`] first,
//! checks the actor's right in its first line, and runs in one transaction.

pub mod access;
pub mod accounts;
pub mod audit;
pub mod brands;
pub mod channels;
pub mod db;
pub mod delivery;
pub mod events;
pub mod media;
mod new_id;
pub mod notify;
pub mod posts;
pub mod vault;
pub mod workspaces;

pub use access::Denied;
pub(crate) use new_id::{new_id, random};

use std::sync::Arc;

use model::{BrandId, Role, SessionId, UserId, WorkspaceId};
use publishing::{Clock, Http, Platforms, Rng};

/// All a use case needs; cheap to clone.
#[derive(Clone)]
pub struct Domain {
    pub(crate) inner: Arc<Parts>,
}

/// What a [`Domain`] is put together from, by the composition root or a test.
pub struct Parts {
    pub db: db::Db,
    pub clock: Arc<dyn Clock>,
    pub rng: Arc<dyn Rng>,
    pub vault: vault::Vault,
    pub passwords: accounts::Passwords,
    pub http: Arc<dyn Http>,
    pub platforms: Platforms,
    pub files: Arc<dyn media::Files>,
    pub tools: Arc<dyn media::MediaTools>,
    /// Public address without a slash at its end; links in mails and callbacks begin with it.
    pub public_url: String,
}

impl Domain {
    pub fn new(parts: Parts) -> Self {
        Self { inner: Arc::new(parts) }
    }
}

impl std::ops::Deref for Domain {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.inner
    }
}

/// Who asks: a signed-in person, and the workspace they are in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    pub user: UserId,
    pub session: SessionId,
    /// `None` only between the first sign-in and the first brand.
    pub place: Option<Place>,
}

/// Where in the product somebody stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub workspace: WorkspaceId,
    pub role: Role,
    pub brand: BrandId,
}

/// Where a request comes from, for rate limits and security events.
#[derive(Debug, Clone, Default)]
pub struct Visit {
    /// The client's address; limits use its /24 or /64.
    pub ip: Option<std::net::IpAddr>,
    pub user_agent: Option<String>,
}
