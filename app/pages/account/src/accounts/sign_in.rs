//! Signing in.

use base::Form;
use base::form::FormTrouble;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use model::{Check as _, SafeReturn, SignIn};
use ui::{Banner, Button, FieldKind, FormCard, Size, TextField, Tone, Variant};

use super::api::AccountSignIn;
use crate::frame::Frame;

/// `/sign-in?return_to=…`.
#[component]
pub fn SignInPage() -> impl IntoView {
    let query = use_query_map().get_untracked();
    let return_to = SafeReturn::from(query.get("return_to").unwrap_or_default());
    let is_confirmed = query.get("confirmed").is_some();
    let action = ServerAction::<AccountSignIn>::new();
    let form = Form::of(action);
    let (email, password) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let input = move || SignIn {
        email: email.get_untracked(),
        password: password.get_untracked(),
        ..SignIn::default()
    };
    view! {
           <Frame title="Sign in">
               {is_confirmed
                   .then(|| {
                       view! {
                           <Banner tone=Tone::Success>"Your address is confirmed. Sign in to go on."</Banner>
                       }
                   })}
               <FormCard>
                   <ActionForm action=action attr:novalidate=true>
                       <FormTrouble form=form />
                       <input type="hidden" name="input[return_to]" value=String::from(return_to) />
                       <TextField
                           label="E-mail"
                           name="input[email]"
                           kind=FieldKind::Email
                           autocomplete="username"
                           required=true
                           bind=email
                           error=form.error("email")
                           on_input=move |_| form.changed("email", input().check())
                       />
                       <TextField
                           label="Password"
                           name="input[password]"
                           kind=FieldKind::Password
                           autocomplete="current-password"
                           required=true
                           bind=password
                           error=form.error("password")
                           on_input=move |_| form.changed("password", input().check())
                       />
                       <Button
                           submit=true
                           variant=Variant::Primary
                           size=Size::Large
                           wide=true
                           busy=action.pending()
    on_click=move |event| form.guard(&event, input().check())
                       >
                           "Sign in"
                       </Button>
                   </ActionForm>
               </FormCard>
               <p class="auth-foot">
                   "New here? " <a class="link" href="/sign-up">
                       "Create an account"
                   </a>
               </p>
           </Frame>
       }
}
