//! Writing a post.

pub mod api;
pub mod draft;
mod options;
pub mod page;
mod preview;
mod state;
mod video;
mod when;
