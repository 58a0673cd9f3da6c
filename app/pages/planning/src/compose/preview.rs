//! Roughly what people will see.

use leptos::prelude::*;
use model::AssetView;
use ui::{Icon, icons};

use super::state::Composer;

/// The phone at the right.
#[component]
pub fn Preview(composer: Composer, asset: Option<AssetView>, nickname: Option<String>) -> impl IntoView {
    view! {
        <aside class="composer-side" aria-label="Preview">
            <div class="preview">
                <div class="preview-phone">
                    {match asset {
                        Some(asset) => {
                            view! {
                                <video
                                    src=asset.url
                                    poster=asset.poster_url
                                    controls=true
                                    playsinline=""
                                    preload="metadata"
                                    aria-label=asset.file_name
                                ></video>
                            }
                                .into_any()
                        }
                        None => {
                            view! {
                                <p class="preview-empty">
                                    <Icon icon=icons::LuFilm size=24 />
                                    "Your video appears here"
                                </p>
                            }
                                .into_any()
                        }
                    }}
                </div>
                <p class="preview-note">
                    {nickname.map(|name| view! { <strong class="block">{name}</strong> })}
                    <span class="whitespace-pre-line break-words">{move || composer.caption.get()}</span>
                </p>
                <p class="preview-note">
                    "Approximate preview. Daybill adds no watermark, logo or text to your video."
                </p>
            </div>
        </aside>
    }
}
