//! The document around the pages; drawn by the server only.

use base::Theme;
use base::assets::SiteAssets;
use base::request::Incoming;
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_meta::{MetaTags, provide_meta_context};
use site::{DesignPage, ErrorPage};

use crate::App;

/// Follows the system's theme before the first paint, and later changes of it.
const FOLLOW_SYSTEM: &str = "(()=>{const dark=matchMedia('(prefers-color-scheme: dark)');\
const follow=()=>document.documentElement.classList.toggle('dark',dark.matches);\
follow();dark.addEventListener('change',follow)})()";

/// The document of every page. Needs [`SiteAssets`] and [`Incoming`] as contexts.
pub fn shell() -> impl IntoView {
    document(Script::Wakes, || view! { <App /> })
}

/// The document of `/design`, with the same contexts. It is for looking at and stays as drawn: the browser
/// would have to load every component in every state, which weighs more than all other pages.
pub fn design() -> impl IntoView {
    document(Script::None, || {
        provide_meta_context();
        view! { <DesignPage /> }
    })
}

/// Whether the page is woken in the browser.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Script {
    Wakes,
    None,
}

fn document<V: IntoView>(script: Script, body: impl FnOnce() -> V) -> impl IntoView {
    let theme = use_context::<Incoming>().map(|incoming| incoming.theme).unwrap_or_default();
    let assets = use_context::<SiteAssets>();
    view! {
        <!DOCTYPE html>
        <html lang="en" class=(theme == Theme::Dark).then_some("dark")>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
                <meta name="color-scheme" content=scheme(theme) />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                {(theme == Theme::System)
                    .then(|| view! { <script nonce=use_nonce()>{FOLLOW_SYSTEM}</script> })}
                {assets.map(|assets| view! { <Assets assets=assets script=script /> })}
                <MetaTags />
            </head>
            <body>
                {body()}
            </body>
        </html>
    }
}

/// A whole document that says that we failed, for when no page can be drawn any more. Uses no context:
/// the nonce-bound scripts are left out, since there is nothing to wake.
pub fn error_document(reference: &str, css: Option<&str>, theme: Theme) -> String {
    let owner = Owner::new();
    owner.with(|| {
        provide_meta_context();
        let css = css.map(str::to_owned);
        let reference = reference.to_owned();
        view! {
            <!DOCTYPE html>
            <html lang="en" class=(theme == Theme::Dark).then_some("dark")>
                <head>
                    <meta charset="utf-8" />
                    <meta name="viewport" content="width=device-width, initial-scale=1" />
                    <meta name="color-scheme" content=scheme(theme) />
                    <title>"Something failed · Daybill"</title>
                    {css.map(|href| view! { <link rel="stylesheet" href=href /> })}
                </head>
                <body>
                    <ErrorPage reference=reference />
                </body>
            </html>
        }
        .to_html()
    })
}

fn scheme(theme: Theme) -> &'static str {
    match theme {
        Theme::Light => "light",
        Theme::Dark => "dark",
        Theme::System => "light dark",
    }
}

/// Style, fonts and the script that wakes the page. Written here rather than by leptos, whose own
/// preload link carries the nonce in the wrong attribute and is refused by a strict policy.
#[component]
fn Assets(assets: SiteAssets, script: Script) -> impl IntoView {
    let SiteAssets { css, js, wasm, fonts } = assets;
    // Forms still work when this fails, so the page says so instead of looking dead.
    let wake = format!(
        "import init, {{ hydrate }} from {js:?};\n\
         init({{ module_or_path: {wasm:?} }}).then(hydrate).catch((reason) => {{\n\
         console.error(reason);\n\
         const note = document.createElement('p');\n\
         note.className = 'banner banner-warning banner-bar';\n\
         note.setAttribute('role', 'status');\n\
         note.textContent = 'A part of this page did not arrive. Forms still work; reload the page for the rest.';\n\
         document.body.prepend(note);\n\
         }});"
    );
    view! {
        {fonts
            .into_iter()
            .map(|font| {
                view! {
                    <link
                        rel="preload"
                        href=font
                        r#as="font"
                        r#type="font/woff2"
                        crossorigin="anonymous"
                        nonce=use_nonce()
                    />
                }
            })
            .collect_view()}
        <link rel="stylesheet" href=css nonce=use_nonce() />
        {(script == Script::Wakes)
            .then(|| {
                view! {
                    <link rel="modulepreload" href=js nonce=use_nonce() />
                    <link
                        rel="preload"
                        href=wasm
                        r#as="fetch"
                        r#type="application/wasm"
                        crossorigin="anonymous"
                        nonce=use_nonce()
                    />
                    <script type="module" nonce=use_nonce()>
                        {wake}
                    </script>
                }
            })}
    }
}
