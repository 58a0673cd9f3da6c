//! The brand a workspace publishes as: the first run.

pub mod api;
pub mod page;
