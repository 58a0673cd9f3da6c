//! The month.

pub mod api;
pub mod page;
mod parts;
