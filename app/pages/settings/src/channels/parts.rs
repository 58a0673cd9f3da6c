//! One connected account, and the button that connects one.

use leptos::prelude::*;
use model::{ChannelHealth, ChannelView, Platform};
use ui::{
    Badge, Button, ChannelAvatar, Menu, MenuItem, MenuLabel, PlatformTile, TileSize, Tone, Variant, icons,
};

use super::api::ChannelsDisconnect;

/// Leads to TikTok's consent page; a plain form, because the answer is a redirect out of Daybill.
#[component]
pub fn ConnectTikTok(
    /// The one thing to do on the page.
    is_first: bool,
) -> impl IntoView {
    let variant = if is_first { Variant::Primary } else { Variant::Outline };
    view! {
        <form method="post" action="/connect/tiktok">
            <Button submit=true variant=variant>
                <span class="row">
                    <PlatformTile platform=Platform::Tiktok size=TileSize::Px16 decorative=true />
                    "Connect TikTok"
                </span>
            </Button>
        </form>
    }
}

/// A row of the list: who, how it fares, what can be done.
#[component]
pub fn ChannelRow(channel: ChannelView, disconnect: ServerAction<ChannelsDisconnect>) -> impl IntoView {
    let ChannelView { id, platform, name, handle, health, permissions, scheduled, connected_on } = channel;
    let (tone, icon, words) = match health {
        ChannelHealth::Connected => (Tone::Success, icons::LuCheck, "Connected"),
        ChannelHealth::Broken => (Tone::Warning, icons::LuPlug, "Reconnect needed"),
        ChannelHealth::Disconnected => (Tone::Neutral, icons::LuMinus, "Disconnected"),
    };
    let waiting = match (health, scheduled) {
        (_, 0) => String::new(),
        (ChannelHealth::Connected, n) => format!(" · {} scheduled", posts(n)),
        (_, n) => format!(" · {} on hold", posts(n)),
    };
    let allowed = (health != ChannelHealth::Disconnected && !permissions.is_empty())
        .then(|| format!("May {}", may(&permissions)));
    view! {
        <li class="flex-wrap">
            <ChannelAvatar name=name.clone() platform=platform />
            <div class="rows-text basis-48">
                <p>{name}</p>
                <p>{format!("@{handle} · since {connected_on}{waiting}")}</p>
                {allowed.map(|allowed| view! { <p>{allowed}</p> })}
            </div>
            <Badge tone=tone icon=icon>
                {words}
            </Badge>
            {(health != ChannelHealth::Connected)
                .then(|| {
                    view! {
                        <form method="post" action="/connect/tiktok">
                            <Button submit=true>"Reconnect"</Button>
                        </form>
                    }
                })}
            {(health != ChannelHealth::Disconnected)
                .then(|| view! { <Disconnect id=id.to_string() handle=handle scheduled=scheduled disconnect=disconnect /> })}
        </li>
    }
}

/// Asks before it ends a connection, naming what will happen.
#[component]
fn Disconnect(
    id: String,
    handle: String,
    scheduled: i64,
    disconnect: ServerAction<ChannelsDisconnect>,
) -> impl IntoView {
    let consequence = match scheduled {
        0 => {
            "Daybill's access is revoked at TikTok and the tokens are deleted here. History stays.".to_owned()
        }
        n => format!(
            "{} will be put on hold. Daybill's access is revoked at TikTok and the tokens are deleted here. History stays.",
            posts(n)
        ),
    };
    view! {
        <Menu
            id=format!("disconnect-{id}")
            label=format!("Disconnect @{handle}")
            trigger_label=format!("Disconnect @{handle}")
            trigger=|| "Disconnect"
            trigger_class="btn btn-ghost"
            end=true
        >
            <MenuLabel>{consequence}</MenuLabel>
            <ActionForm action=disconnect>
                <input type="hidden" name="input[channel]" value=id />
                <MenuItem submit=true destructive=true icon=icons::LuUnplug>
                    {format!("Disconnect @{handle}")}
                </MenuItem>
            </ActionForm>
        </Menu>
    }
}

/// What the account granted, in plain words; a permission this page does not know keeps its name.
fn may(permissions: &[String]) -> String {
    let words: Vec<&str> = permissions
        .iter()
        .map(|permission| match permission.as_str() {
            "user.info.basic" => "read its name and picture",
            "video.publish" => "post videos",
            "video.list" => "list its public videos",
            other => other,
        })
        .collect();
    words.join(", ")
}

/// "1 post", "3 posts".
fn posts(count: i64) -> String {
    if count == 1 { "1 post".to_owned() } else { format!("{count} posts") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permissions_are_told_in_plain_words() {
        let granted = ["video.publish", "video.list", "research.data"].map(str::to_owned);
        assert_eq!(may(&granted), "post videos, list its public videos, research.data");
    }

    #[test]
    fn one_post_is_not_many() {
        assert_eq!((posts(1).as_str(), posts(3).as_str()), ("1 post", "3 posts"));
    }
}
