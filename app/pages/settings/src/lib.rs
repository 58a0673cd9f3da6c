//! What a workspace is set up with: its connections.
//!
//! A page crate of its own so that an edit here rebuilds nothing else.

mod channels;

pub use channels::api::{ChannelsDisconnect, ChannelsList, list_channels};
pub use channels::page::ConnectionsPage;
