//! `POST /theme`: keeps the chosen look in a cookie, for people with and without an account.

use axum::Form;
use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse as _, Redirect, Response};
use base::{Theme, cookies};
use model::SafeReturn;
use serde::Deserialize;

use crate::router::Web;

/// The form in the user's menu.
#[derive(Deserialize)]
pub struct Choice {
    theme: String,
    #[serde(default)]
    return_to: SafeReturn,
}

/// An unknown word is the system's choice.
pub async fn choose(State(web): State<Web>, Form(choice): Form<Choice>) -> Response {
    let theme = Theme::parse(&choice.theme).unwrap_or_default();
    let cookie = cookies::theme(theme, web.public.secure);
    ([(SET_COOKIE, cookie)], Redirect::to(choice.return_to.as_str())).into_response()
}
