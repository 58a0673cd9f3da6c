//! The work that happens later: hints through Redis, and the loops that claim, publish, repair and mail.
//!
//! A crate of its own because of now | later: what runs here is started by a time or a hint, never by a
//! request. Everything still works with Redis away; only [`queue`] knows apalis.

mod mails;
mod publishing;
pub mod queue;

pub use crate::mails::relay_mails;
pub use crate::publishing::{DRAIN, Ended, Pulse, Worker};
pub use crate::queue::{BadAddress, Handler, Queue};
