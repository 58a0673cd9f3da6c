//! What every page needs: its error, who asks, redirects, the frame around its content, loading states,
//! forms and the live line.
//!
//! A crate of its own because it is the only one of the pages that sees the server: pages write
//! `base::request` and `base::server`, and know neither axum nor the domain by name.

pub mod assets;
pub mod browser;
#[cfg(feature = "ssr")]
pub mod cookies;
mod fault;
pub mod form;
pub mod live;
mod loaded;
pub mod page;
pub mod redirect;
#[cfg(feature = "ssr")]
pub mod request;
mod theme;
mod trouble;
pub mod upload;

pub use fault::Fault;
pub use form::Form;
pub use loaded::Loaded;
pub use page::Page;
pub use redirect::{Redirect, redirect};
pub use theme::Theme;
pub use trouble::{NothingHere, Trouble, TroublePage};

/// The use cases, for the bodies of server functions.
#[cfg(feature = "ssr")]
pub use domain as server;
