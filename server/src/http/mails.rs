//! `/sandbox/mail`: the mails that would have been sent, for as long as none leave. Only with the sandbox.

use std::fmt::Write as _;

use axum::extract::State;
use axum::response::{Html, IntoResponse as _, Response};
use domain::notify;
use model::{AppError, ErrorKind};

use crate::layers::trouble::escape;
use crate::router::Web;

/// The newest first.
pub async fn page(State(web): State<Web>, headers: axum::http::HeaderMap) -> Response {
    let mails = match notify::recent(&web.domain, 50).await {
        Ok(mails) => mails,
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "The outbox cannot be read");
            let told =
                AppError::new(ErrorKind::Unavailable, "The database does not answer right now. Try again.");
            return crate::layers::trouble::Problem::new(&web, &headers, told).into_response();
        }
    };
    let list = if mails.is_empty() {
        "<section class=\"card\"><p>No mail yet. Sign up, and the verification mail shows up here.</p></section>"
            .to_owned()
    } else {
        mails.iter().map(|mail| card(&mail.to, &mail.subject, &mail.body)).collect()
    };
    Html(format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>Mail · Sandbox</title>\
         <link rel=\"stylesheet\" href=\"/sandbox/sandbox.css\"></head><body>\
         <header><p><strong>Sandbox.</strong> These mails were not sent; they stay here.</p>\
         <nav aria-label=\"Sandbox\"><a href=\"/sandbox/\">Overview</a> <a href=\"/\">Daybill</a></nav></header>\
         <main><h1>Mail</h1>{list}</main></body></html>"
    ))
    .into_response()
}

fn card(to: &str, subject: &str, body: &str) -> String {
    format!(
        "<article class=\"card\"><h2>{}</h2><p class=\"quiet\">To {}</p><p class=\"caption\">{}</p></article>",
        escape(subject),
        escape(to),
        linked(body)
    )
}

/// The text with its addresses as links, and everything else harmless.
fn linked(text: &str) -> String {
    let words = text.split_inclusive(char::is_whitespace);
    let mut html = String::with_capacity(text.len());
    for word in words {
        let (address, space) = word.split_at(word.trim_end().len());
        if address.starts_with("http://") || address.starts_with("https://") {
            let address = escape(address);
            write!(html, "<a href=\"{address}\">{address}</a>").expect("a String takes everything");
        } else {
            html.push_str(&escape(address));
        }
        html.push_str(&escape(space).replace('\n', "<br>"));
    }
    html
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_link_in_a_mail_can_be_clicked_and_markup_cannot() {
        let html = super::linked("Open https://x.example/v?a=1&b=\"2\" <b>now</b>\nBye");
        assert!(html.contains("<a href=\"https://x.example/v?a=1&amp;b=&quot;2&quot;\">"), "{html}");
        assert!(html.contains("&lt;b&gt;now&lt;/b&gt;<br>Bye"), "{html}");
    }
}
