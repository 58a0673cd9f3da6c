//! Connected accounts.

pub mod api;
pub mod page;
mod parts;
