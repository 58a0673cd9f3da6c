//! After signing up: what to do now. Says the same whether the address was known or not.

use base::assets::surroundings;
use leptos::prelude::*;
use ui::{Card, LinkButton};

use crate::frame::Frame;

/// `/check-mail`.
#[component]
pub fn CheckMailPage() -> impl IntoView {
    view! {
        <Frame title="Check your mail" lead="We have sent you a link that confirms your address.">
            <Card>
                <p>"Open the mail and press the link in it. It works once, within 24 hours."</p>
                <p class="muted">
                    "Nothing there after a few minutes? Look into the spam folder, or sign up again with the same address: you get a new link."
                </p>
                {surroundings()
                    .sandbox
                    .then(|| {
                        view! {
                            <p>
                                "In the sandbox mails stay on this machine. "
                                <a class="link" href="/sandbox/mail" rel="external">
                                    "Open the mailbox"
                                </a>
                            </p>
                        }
                    })}
                <LinkButton href="/sign-in" wide=true>
                    "Back to sign in"
                </LinkButton>
            </Card>
        </Frame>
    }
}
