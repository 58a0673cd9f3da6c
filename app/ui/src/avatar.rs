//! People, workspaces and channels as small pictures.

use leptos::prelude::*;
use model::Platform;

use crate::icon::join;
use crate::platform_tile::{PlatformTile, TileSize};

/// One or two letters that stand for a name.
fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter_map(|word| word.chars().find(|c| c.is_alphanumeric()));
    words.next().into_iter().chain(words.next_back()).flat_map(char::to_uppercase).collect()
}

/// The same name always has the same of the six chart hues.
fn hue(name: &str) -> String {
    let sum = name.bytes().fold(0_u32, |sum, b| sum.wrapping_mul(31).wrapping_add(u32::from(b)));
    format!("avatar-{}", sum % 6 + 1)
}

/// A round picture of a person or account, or the initials of its name. Decorative: the name stands
/// beside it.
#[component]
pub fn Avatar(
    #[prop(into)] name: String,
    #[prop(optional, into)] src: Option<String>,
    /// 24, 32 or 40.
    #[prop(default = 32)]
    size: u32,
) -> impl IntoView {
    let class = join("avatar", &format!("avatar-{size} {}", hue(&name)));
    view! {
        <span class=class aria-hidden="true">
            {match src {
                Some(src) => view! { <img src=src alt="" loading="lazy" /> }.into_any(),
                None => initials(&name).into_any(),
            }}
        </span>
    }
}

/// The square of a workspace, with the one gradient the design allows.
#[component]
pub fn WorkspaceAvatar(#[prop(into)] name: String) -> impl IntoView {
    view! {
        <span class=format!("avatar avatar-workspace {}", hue(&name)) aria-hidden="true">
            {initials(&name).chars().next().map(String::from)}
        </span>
    }
}

/// An account with the tile of its platform at the corner.
#[component]
pub fn ChannelAvatar(
    #[prop(into)] name: String,
    platform: Platform,
    #[prop(optional, into)] src: Option<String>,
    /// In a strip to choose from: chosen has a ring, the others step back.
    #[prop(optional)]
    selected: Option<Signal<bool>>,
) -> impl IntoView {
    view! {
        <span
            class="channel-avatar"
            data-selected=move || selected.map(|on| if on.get() { "true" } else { "false" })
        >
            {match src {
                Some(src) => view! { <Avatar name=name src=src size=40 /> }.into_any(),
                None => view! { <Avatar name=name size=40 /> }.into_any(),
            }}
            <PlatformTile platform=platform size=TileSize::Px16 />
        </span>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_take_the_first_and_the_last_word() {
        assert_eq!(initials("Northwind Coffee"), "NC");
        assert_eq!(initials("ana maria lopes"), "AL");
        assert_eq!(initials("@northwind"), "N");
        assert_eq!(initials("  "), "");
    }
}
