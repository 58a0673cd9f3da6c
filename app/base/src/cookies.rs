//! The two cookies: who is signed in, and the theme.

use std::time::Duration;

use domain::accounts::NewSession;
use http::HeaderValue;
use http::header::SET_COOKIE;
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use secrecy::ExposeSecret as _;

use crate::Theme;
use crate::request;

/// A year; the theme is no secret and asking again is a nuisance.
const THEME_LIVES_FOR: Duration = Duration::from_hours(24 * 365);

/// Name of the theme's cookie.
pub const THEME: &str = "theme";

/// Name of the session's cookie. The prefix binds it to this host and to https; browsers refuse it
/// on plain http, where only a machine talks to itself.
pub fn session_name(secure: bool) -> &'static str {
    if secure { "__Host-sid" } else { "sid" }
}

/// The value of cookie `name` in a `Cookie` header.
pub fn find<'a>(header: &'a str, name: &str) -> Option<&'a str> {
    header
        .split(';')
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, v)| v)
}

/// Keeps the new session in the browser.
pub fn set_session(new: &NewSession) {
    let secure = request::is_secure();
    send(cookie(session_name(secure), new.token.expose_secret(), new.lives_for, secure));
}

/// Forgets the session in the browser.
pub fn clear_session() {
    let secure = request::is_secure();
    send(cookie(session_name(secure), "", Duration::ZERO, secure));
}

/// The `Set-Cookie` value that keeps `theme`.
pub fn theme(theme: Theme, secure: bool) -> HeaderValue {
    cookie(THEME, theme.as_str(), THEME_LIVES_FOR, secure)
}

fn send(cookie: HeaderValue) {
    if let Some(response) = use_context::<ResponseOptions>() {
        response.append_header(SET_COOKIE, cookie);
    }
}

fn cookie(name: &str, value: &str, lives_for: Duration, secure: bool) -> HeaderValue {
    let secure = if secure { "; Secure" } else { "" };
    let text =
        format!("{name}={value}; Path=/; Max-Age={}; HttpOnly; SameSite=Lax{secure}", lives_for.as_secs());
    HeaderValue::try_from(text).expect("names, base64url and digits are legal in a header")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_on_https_is_bound_to_the_host() {
        let text = cookie(session_name(true), "abc", Duration::from_mins(1), true);
        assert_eq!(text, "__Host-sid=abc; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure");
    }

    #[test]
    fn a_cookie_is_found_among_others_by_its_whole_name() {
        assert_eq!(find("xsid=1; sid=2; theme=dark", "sid"), Some("2"));
        assert_eq!(find("xsid=1", "sid"), None);
    }
}
