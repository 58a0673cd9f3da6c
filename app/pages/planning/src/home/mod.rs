//! What is next, what waits for a person.

pub mod api;
pub mod page;
