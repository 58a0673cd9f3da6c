//! What a page or a part of it shows when it cannot show what was asked for.

use leptos::prelude::*;
use leptos_meta::Title;
use model::{AppError, ErrorKind};
use ui::{Button, EmptyState, LinkButton, Logo, Size, Variant, icons};

use crate::redirect::ToSignIn;

/// An error in place of content: what happened, what to do, a way to try again. Whoever is not signed
/// in is led to the sign-in page instead.
#[component]
pub fn Trouble(
    error: AppError,
    /// Fetches anew; without script the button reloads the page.
    #[prop(optional, into)]
    retry: Option<Callback<()>>,
) -> impl IntoView {
    page_status(error.kind);
    match error.kind {
        ErrorKind::SignIn => view! { <ToSignIn /> }.into_any(),
        ErrorKind::NotFound => view! { <NothingHere /> }.into_any(),
        kind => {
            let title = match kind {
                ErrorKind::Forbidden => "This is not yours to do",
                ErrorKind::TooMany => "Too many tries",
                ErrorKind::Unavailable => "A service does not answer",
                ErrorKind::Transport => "The connection was lost",
                _ => "This could not be loaded",
            };
            let again = retry.filter(|_| kind != ErrorKind::Forbidden).map(|retry| {
                view! {
                    <form
                        method="get"
                        on:submit=move |event| {
                            event.prevent_default();
                            retry.run(());
                        }
                    >
                        <Button submit=true icon=icons::LuRotateCw>
                            "Try again"
                        </Button>
                    </form>
                }
            });
            view! {
                <div role="alert">
                    <EmptyState icon=icons::LuCircleAlert title=title text=error.message>
                        {again}
                    </EmptyState>
                </div>
            }
            .into_any()
        }
    }
}

/// There is no such thing, or it belongs to somebody else.
#[component]
pub fn NothingHere() -> impl IntoView {
    page_status(ErrorKind::NotFound);
    view! {
        <EmptyState
            icon=icons::LuSearchX
            title="There is nothing here"
            text="The address may be mistyped, or what was here has been removed."
        >
            <LinkButton href="/calendar">"Open calendar"</LinkButton>
            <a class="link" href="/">
                "Go to Home"
            </a>
        </EmptyState>
    }
}

/// A whole page that says one thing, outside the shell.
#[component]
pub fn TroublePage(
    #[prop(into)] title: String,
    #[prop(into)] text: String,
    /// A short reference that is also in the log.
    #[prop(optional, into)]
    reference: Option<String>,
) -> impl IntoView {
    view! {
        <Title text=title.clone() />
        <main class="auth" id="main">
            <a class="logo" href="/" aria-label="Daybill, Home">
                <Logo mark_only=true />
            </a>
            <h1 tabindex="-1">{title}</h1>
            <p class="auth-lead">{text}</p>
            <div>
                <LinkButton href="/" variant=Variant::Primary size=Size::Large wide=true>
                    "Go to Home"
                </LinkButton>
            </div>
            {reference.map(|reference| view! { <p class="auth-foot">{format!("Reference {reference}")}</p> })}
        </main>
    }
}

#[cfg(feature = "ssr")]
pub(crate) fn page_status(kind: ErrorKind) {
    if kind != ErrorKind::SignIn {
        crate::request::set_page_status(kind);
    }
}

#[cfg(not(feature = "ssr"))]
pub(crate) fn page_status(_kind: ErrorKind) {}
