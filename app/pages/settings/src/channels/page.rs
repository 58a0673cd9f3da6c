//! Connections: what is connected, how it fares, and how to connect more.

use base::form::FormTrouble;
use base::page::Width;
use base::{Form, Loaded, Page};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use model::{ChannelView, ConnectRefusal};
use ui::{Banner, Card, EmptyState, SkeletonRows, Tone, icons};

use super::api::{ChannelsDisconnect, list_channels};
use super::parts::{ChannelRow, ConnectTikTok};

/// `/connections`, also where the platform's consent page leads back to.
#[component]
pub fn ConnectionsPage() -> impl IntoView {
    let disconnect = ServerAction::<ChannelsDisconnect>::new();
    let form = Form::of(disconnect);
    let version = disconnect.version();
    let channels = Resource::new(move || version.get(), |_| list_channels());
    view! {
        <Page title="Connections" width=Width::Narrow>
            <div class="stack">
                <ConnectError />
                <FormTrouble form=form />
                <Loaded
                    resource=channels
                    loading=|| {
                        view! {
                            <Card title="Channels" flush=true>
                                <SkeletonRows count=2 />
                            </Card>
                        }
                    }
                    is_empty=Vec::is_empty
                    empty=|| {
                        view! {
                            <Card>
                                <EmptyState
                                    icon=icons::LuPlug
                                    title="No channel is connected yet"
                                    text="Connect the TikTok account you publish with. You choose on TikTok what Daybill may do, and can end it here at any time."
                                >
                                    <ConnectTikTok is_first=true />
                                </EmptyState>
                            </Card>
                        }
                    }
                    content=move |channels| view! { <Channels channels=channels disconnect=disconnect /> }
                />
            </div>
        </Page>
    }
}

#[component]
fn Channels(channels: Vec<ChannelView>, disconnect: ServerAction<ChannelsDisconnect>) -> impl IntoView {
    let list = channels.clone();
    let news = move || news(&list).map(|words| view! { <Banner tone=Tone::Success>{words}</Banner> });
    view! {
        <div class="stack">
            {news}
            <Card
                title="Channels"
                flush=true
                actions=|| view! { <ConnectTikTok is_first=false /> }
            >
                <ul class="rows">
                    {channels
                        .into_iter()
                        .map(|channel| view! { <ChannelRow channel=channel disconnect=disconnect /> })
                        .collect_view()}
                </ul>
            </Card>
        </div>
    }
}

/// What the address says has just happened, if the list bears it out.
fn news(channels: &[ChannelView]) -> Option<String> {
    let query = use_query_map().get();
    let named = |key: &str| {
        let id = query.get(key)?.parse().ok()?;
        channels.iter().find(|channel| channel.id == id)
    };
    if let Some(channel) = named("connected") {
        return Some(format!("@{} is connected.", channel.handle));
    }
    named("disconnected")
        .map(|channel| format!("@{} is disconnected. Its tokens are deleted.", channel.handle))
}

/// Why connecting did not work, as told by the way back from the platform.
#[component]
fn ConnectError() -> impl IntoView {
    let query = use_query_map();
    move || {
        let refusal = query.get().get("error").and_then(|word| ConnectRefusal::parse(&word));
        refusal.map(|refusal| {
            view! {
                <Banner tone=Tone::Destructive>
                    <strong>"TikTok was not connected. "</strong>
                    {refusal.words()}
                </Banner>
            }
        })
    }
}
