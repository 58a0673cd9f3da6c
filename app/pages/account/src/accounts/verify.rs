//! Confirming an address. Opening the link changes nothing, since mail scanners open links too; the
//! button does.

use base::Form;
use base::form::FormTrouble;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use ui::{Button, EmptyState, FormCard, LinkButton, Size, Variant, icons};

use super::api::AccountVerify;
use crate::frame::Frame;

/// `/verify?token=…`.
#[component]
pub fn VerifyPage() -> impl IntoView {
    let token = use_query_map().get_untracked().get("token").unwrap_or_default();
    if token.is_empty() {
        return view! {
            <Frame title="Confirm your address">
                <EmptyState
                    icon=icons::LuMail
                    title="The link is not complete"
                    text="Copy the whole link from the mail, or sign up again with the same address to get a new one."
                >
                    <LinkButton href="/sign-up">"Get a new link"</LinkButton>
                </EmptyState>
            </Frame>
        }
        .into_any();
    }
    let action = ServerAction::<AccountVerify>::new();
    let form = Form::of(action);
    let is_refused = move || form.trouble().get().is_some() || !form.errors().get().0.is_empty();
    view! {
        <Frame title="Confirm your address" lead="One press and your account is ready.">
            <FormCard>
                <ActionForm action=action>
                    <FormTrouble form=form />
                    {move || form.error("token").get().map(|words| view! { <p role="alert">{words}</p> })}
                    <input type="hidden" name="input[token]" value=token />
                    <Button
                        submit=true
                        variant=Variant::Primary
                        size=Size::Large
                        wide=true
                        busy=action.pending()
                    >
                        "Confirm address"
                    </Button>
                </ActionForm>
                {move || {
                    is_refused()
                        .then(|| {
                            view! {
                                <LinkButton href="/sign-up" wide=true>
                                    "Get a new link"
                                </LinkButton>
                            }
                        })
                }}
            </FormCard>
        </Frame>
    }
    .into_any()
}
