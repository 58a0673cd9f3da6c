//! The whole of the pages: the document around them, the layout, the route table.
//!
//! A crate of its own because it is where the two sides meet: `ssr` makes documents, `hydrate` wakes
//! them in the browser. The page crates know neither.

#![recursion_limit = "256"]

mod layout;
#[cfg(feature = "ssr")]
mod shell;

use account::{CheckMailPage, SignInPage, SignUpPage, VerifyPage, WelcomePage};
use base::assets::provide_surroundings;
use base::browser::focus_soon;
use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::components::{ParentRoute, Route, Router, Routes};
use leptos_router::hooks::use_location;
use leptos_router::{SsrMode, path};
use planning::{CalendarPage, ComposePage, HomePage, PostPage};
use settings::ConnectionsPage;
use site::NotFoundPage;

use crate::layout::Layout;

#[cfg(feature = "ssr")]
pub use shell::{design, error_document, shell};

/// All pages. Every route is drawn whole before its first byte is sent: statuses and redirects are
/// right, and everything can be read and sent without script.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    provide_surroundings();
    view! {
        <Title formatter=|text: String| {
            if text.is_empty() { "Daybill".to_owned() } else { format!("{text} · Daybill") }
        } />
        <Router>
            <FocusOnArrival />
            <a class="skip-link" href="#main">
                "Skip to content"
            </a>
            <Routes fallback=NotFoundPage>
                <Route path=path!("/sign-in") view=SignInPage ssr=SsrMode::Async />
                <Route path=path!("/sign-up") view=SignUpPage ssr=SsrMode::Async />
                <Route path=path!("/check-mail") view=CheckMailPage ssr=SsrMode::Async />
                <Route path=path!("/verify") view=VerifyPage ssr=SsrMode::Async />
                <Route path=path!("/welcome") view=WelcomePage ssr=SsrMode::Async />
                <ParentRoute path=path!("") view=Layout ssr=SsrMode::Async>
                    <Route path=path!("/") view=HomePage ssr=SsrMode::Async />
                    <Route path=path!("/compose") view=ComposePage ssr=SsrMode::Async />
                    <Route path=path!("/calendar") view=CalendarPage ssr=SsrMode::Async />
                    <Route path=path!("/posts/:id") view=PostPage ssr=SsrMode::Async />
                    <Route path=path!("/connections") view=ConnectionsPage ssr=SsrMode::Async />
                </ParentRoute>
            </Routes>
        </Router>
    }
}

/// After a change of page the focus is on its heading, so that screen readers say where one is.
#[component]
fn FocusOnArrival() -> impl IntoView {
    let path = use_location().pathname;
    Effect::new(move |before: Option<String>| {
        let now = path.get();
        if before.is_some_and(|before| before != now) {
            focus_soon("h1".to_owned());
        }
        now
    });
}
