//! The account of a person.

pub mod api;
pub mod check_mail;
pub mod sign_in;
pub mod sign_up;
pub mod verify;
