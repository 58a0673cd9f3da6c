//! The server functions about connected accounts.

use base::Fault;
use leptos::prelude::*;
use model::{ChannelView, DisconnectChannel};

/// All accounts of the brand, disconnected ones included.
#[server(name = ChannelsList, prefix = "/api", endpoint = "channels/list")]
pub async fn list_channels() -> Result<Vec<ChannelView>, Fault> {
    let cx = base::request::context(model::Action::View)?;
    base::request::answer(base::server::channels::list(&cx.domain, &cx.actor).await)
}

/// Ends a connection.
#[server(name = ChannelsDisconnect, prefix = "/api", endpoint = "channels/disconnect")]
pub async fn disconnect_channel(input: DisconnectChannel) -> Result<(), Fault> {
    let cx = base::request::context(model::Action::ManageBrand)?;
    let channel = input.channel;
    base::request::answer(base::server::channels::disconnect(&cx.domain, &cx.actor, input).await)?;
    base::redirect(&format!("/connections?disconnected={channel}"));
    Ok(())
}
