//! Making an account.

use std::time::Duration;

use base::form::FormTrouble;
use base::{Fault, Form};
use leptos::leptos_dom::helpers::debounce;
use leptos::prelude::*;
use model::{Check as _, PASSWORD_MAX_CHARS, PASSWORD_MIN_CHARS, PasswordStrength, SignUp};
use ui::{Button, FieldKind, FormCard, Size, Strength, TextField, Variant};

use super::api::{AccountSignUp, AccountStrength};
use crate::frame::Frame;

/// Long enough that a fast typist asks once per word.
const ASK_AFTER: Duration = Duration::from_millis(300);

/// `/sign-up`.
#[component]
pub fn SignUpPage() -> impl IntoView {
    let action = ServerAction::<AccountSignUp>::new();
    let form = Form::of(action);
    let (name, email, password) =
        (RwSignal::new(String::new()), RwSignal::new(String::new()), RwSignal::new(String::new()));
    let input = move || SignUp {
        name: name.get_untracked(),
        email: email.get_untracked(),
        password: password.get_untracked(),
        ..SignUp::default()
    };
    let judging = ServerAction::<AccountStrength>::new();
    let strength = judged(judging.value().into(), password);
    let ask = StoredValue::new_local(debounce(ASK_AFTER, move |()| {
        let length = password.read_untracked().chars().count();
        if (1..=PASSWORD_MAX_CHARS).contains(&length) {
            judging.dispatch(AccountStrength { input: input() });
        }
    }));
    view! {
           <Frame title="Create your account" lead="One account for all brands you publish for.">
               <FormCard>
                   <ActionForm action=action attr:novalidate=true>
                       <FormTrouble form=form />
                       <TextField
                           label="Name"
                           name="input[name]"
                           autocomplete="name"
                           required=true
                           bind=name
                           error=form.error("name")
                           on_input=move |_| form.changed("name", input().check())
                           on_blur=move |()| leave(form, "name", &input())
                       />
                       <TextField
                           label="E-mail"
                           name="input[email]"
                           kind=FieldKind::Email
                           autocomplete="username"
                           required=true
                           bind=email
                           error=form.error("email")
                           on_input=move |_| form.changed("email", input().check())
                           on_blur=move |()| leave(form, "email", &input())
                       />
                       <TextField
                           label="Password"
                           name="input[password]"
                           kind=FieldKind::Password
                           autocomplete="new-password"
                           required=true
                           bind=password
                           hint=format!("At least {PASSWORD_MIN_CHARS} characters; a few words in a row are easiest.")
                           error=form.error("password")
                           on_input=move |_| {
                               form.changed("password", input().check());
                               ask.update_value(|ask| ask(()));
                           }
                           on_blur=move |()| leave(form, "password", &input())
                       />
                       <Strength strength=strength />
                       <Button
                           submit=true
                           variant=Variant::Primary
                           size=Size::Large
                           wide=true
                           busy=action.pending()
    on_click=move |event| form.guard(&event, input().check())
                       >
                           "Create account"
                       </Button>
                   </ActionForm>
               </FormCard>
               <p class="auth-foot">
                   "Have an account? " <a class="link" href="/sign-in">
                       "Sign in"
                   </a>
               </p>
           </Frame>
       }
}

/// The last judgement, and none once the password is empty again.
fn judged(
    answer: Signal<Option<Result<PasswordStrength, Fault>>>,
    password: RwSignal<String>,
) -> Signal<Option<PasswordStrength>> {
    Signal::derive(move || if password.read().is_empty() { None } else { answer.get()?.ok() })
}

/// Leaving an empty field is no mistake yet.
fn leave(form: Form, field: &'static str, input: &SignUp) {
    let is_empty = match field {
        "name" => input.name.is_empty(),
        "email" => input.email.is_empty(),
        _ => input.password.is_empty(),
    };
    if !is_empty {
        form.left(field, input.check());
    }
}
