//! People, their passwords, links, tries and sessions.

mod links;
mod passwords;
mod sessions;
mod tries;
mod users;

pub(super) use links::*;
pub(super) use passwords::*;
pub(super) use sessions::*;
pub(super) use tries::*;
pub(super) use users::*;
