//! The outside world doubled at wire level: each platform as its contract in `contracts/` describes it,
//! with a feed that shows what went live, a log of every call, and faults that can be set.
//!
//! This crate imports nothing of ours, so that a misreading in an adapter cannot be mirrored here.

#![allow(
    clippy::disallowed_methods,
    reason = "the outside world has a clock, chance and a client of its own, and imports nothing of ours"
)]

mod calls;
mod clock;
mod control;
mod disk;
mod faults;
mod log;
mod mp4;
mod pages;
mod settings;
mod state;
mod tiktok;
mod videos;
mod webhooks;
mod world;

use std::path::PathBuf;

use axum::Router;

pub use crate::calls::ConnectionCut;
pub use crate::webhooks::signature;
pub use crate::world::World;

/// Where a world is reached and where it remembers.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where people and programs reach it, such as `http://localhost:3000/sandbox`.
    pub public_url: url::Url,
    /// The folder that survives a restart; `None` keeps everything in memory.
    pub state_dir: Option<PathBuf>,
}

/// Why a world could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("the sandbox's folder `{path}` cannot be used")]
    Folder {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("the sandbox's state `{path}` is not readable; move it away to start with an empty world")]
    State {
        path: PathBuf,
        #[source]
        source: serde_json::Error,
    },
    #[error("the sandbox's client for webhooks cannot be made")]
    Client(#[source] reqwest::Error),
}

impl World {
    /// All routes, to be nested under the path of `public_url` or served alone at `/`.
    pub fn router(&self) -> Router {
        Router::new()
            .merge(pages::routes())
            .merge(control::routes())
            .nest("/tiktok", tiktok::routes(self))
            .with_state(self.clone())
    }
}
