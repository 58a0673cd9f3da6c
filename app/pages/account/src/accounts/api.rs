//! The server functions about accounts.

use base::Fault;
use leptos::prelude::*;
use model::{Me, PasswordStrength, SignIn, SignUp, Verify};

/// Makes an account, or mails whoever has one already; the answer is the same.
#[server(name = AccountSignUp, prefix = "/api", endpoint = "account/sign-up")]
pub async fn sign_up(input: SignUp) -> Result<(), Fault> {
    let cx = base::request::anyone()?;
    base::request::answer(base::server::accounts::sign_up(&cx.domain, input, &cx.visit).await)?;
    base::redirect("/check-mail");
    Ok(())
}

/// Confirms an address with the secret of its link.
#[server(name = AccountVerify, prefix = "/api", endpoint = "account/verify")]
pub async fn verify(input: Verify) -> Result<(), Fault> {
    let cx = base::request::anyone()?;
    base::request::answer(base::server::accounts::verify(&cx.domain, &input.token).await)?;
    base::redirect("/sign-in?confirmed=yes");
    Ok(())
}

/// Starts a session and goes where the person wanted to go.
#[server(name = AccountSignIn, prefix = "/api", endpoint = "account/sign-in")]
pub async fn sign_in(input: SignIn) -> Result<(), Fault> {
    let cx = base::request::anyone()?;
    let back = input.return_to.clone();
    let new = base::request::answer(base::server::accounts::sign_in(&cx.domain, input, &cx.visit).await)?;
    base::cookies::set_session(&new);
    base::redirect(back.as_str());
    Ok(())
}

/// Ends the session.
#[server(name = AccountSignOut, prefix = "/api", endpoint = "account/sign-out")]
pub async fn sign_out() -> Result<(), Fault> {
    let cx = base::request::signed_in()?;
    base::request::answer(base::server::accounts::sign_out(&cx.domain, &cx.actor).await)?;
    base::cookies::clear_session();
    base::redirect("/sign-in");
    Ok(())
}

/// Who is signed in.
#[server(name = AccountMe, prefix = "/api", endpoint = "account/me")]
pub async fn me() -> Result<Me, Fault> {
    let cx = base::request::signed_in()?;
    base::request::answer(base::server::accounts::me(&cx.domain, &cx.actor).await)
}

/// How hard the password of a sign-up form is to guess; keeps nothing.
#[server(name = AccountStrength, prefix = "/api", endpoint = "account/strength")]
#[allow(clippy::unused_async, reason = "every server function is async; the browser's half awaits")]
pub async fn strength(input: SignUp) -> Result<PasswordStrength, Fault> {
    base::request::anyone()?;
    Ok(base::server::accounts::strength(&input.password, &[&input.name, &input.email]))
}
