//! Sending people elsewhere, from a server function and from a page.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};
use model::SafeReturn;

/// From a server function: a plain form is redirected, a page with script navigates when the answer
/// arrives. While a page is drawn: the answer becomes a redirect. `path` is relative to our address.
#[cfg(feature = "ssr")]
pub fn redirect(path: &str) {
    use http::{HeaderValue, StatusCode, header};
    use leptos_axum::ResponseOptions;

    let drawing = use_context::<http::request::Parts>().is_some_and(|parts| !crate::request::is_call(&parts));
    if !drawing {
        leptos_axum::redirect(path);
    } else if let (Some(response), Ok(location)) =
        (use_context::<ResponseOptions>(), HeaderValue::try_from(path))
    {
        // Whatever the client accepts: there is no page to show instead.
        response.insert_header(header::LOCATION, location);
        response.set_status(StatusCode::FOUND);
    }
}

/// Only server functions and pages on the server send people elsewhere by this; see [`Redirect`].
#[cfg(not(feature = "ssr"))]
pub fn redirect(_path: &str) {}

/// Leaves the page for `to` as soon as it is drawn, on either side.
#[component]
pub fn Redirect(#[prop(into)] to: String) -> impl IntoView {
    redirect(&to);
    let navigate = use_navigate();
    Effect::new(move |_| navigate(&to, NavigateOptions { replace: true, ..NavigateOptions::default() }));
}

/// Sends whoever is not signed in to the sign-in page, and back here afterwards.
#[component]
pub fn ToSignIn() -> impl IntoView {
    view! { <Redirect to=sign_in_address(&here()) /> }
}

/// Path and query of the page being shown, without what a failed form left in it.
pub fn here() -> String {
    let location = use_location();
    let search = location.search.get_untracked();
    let kept: Vec<_> = search
        .trim_start_matches('?')
        .split('&')
        .filter(|pair| !pair.is_empty() && !pair.starts_with("__err=") && !pair.starts_with("__path="))
        .collect();
    let path = location.pathname.get_untracked();
    if kept.is_empty() { path } else { format!("{path}?{}", kept.join("&")) }
}

/// The sign-in page that leads back to `path`.
pub fn sign_in_address(path: &str) -> String {
    let back = SafeReturn::from(path.to_owned());
    if back.as_str() == "/" {
        "/sign-in".to_owned()
    } else {
        format!("/sign-in?return_to={}", query_value(back.as_str()))
    }
}

/// `text` as the value in a query, the same on both sides.
pub fn query_value(text: &str) -> String {
    use std::fmt::Write as _;

    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~/".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            write!(escaped, "%{byte:02X}").expect("a String takes everything");
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_is_escaped_and_stays_inside() {
        assert_eq!(sign_in_address("/"), "/sign-in");
        assert_eq!(
            sign_in_address("/compose?channel=ch_1&x=é"),
            "/sign-in?return_to=/compose%3Fchannel%3Dch_1%26x%3D%C3%A9"
        );
        assert_eq!(sign_in_address("//evil.example"), "/sign-in");
    }
}
