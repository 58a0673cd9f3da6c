//! One post with its deliveries.

pub mod api;
pub mod page;
mod parts;
mod words;
