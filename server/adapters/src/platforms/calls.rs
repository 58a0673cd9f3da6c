//! Makes a call and writes it down with every secret left out.

use publishing::{Body, CallLog, Exchange, Http, Request};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

/// The most that is kept of what was sent or received.
const KEPT_BYTES: usize = 2048;
const HIDDEN: &str = "[secret]";
/// Names under which secrets travel, on any platform.
const SECRET_NAMES: [&str; 9] = [
    "access_token",
    "refresh_token",
    "client_secret",
    "code",
    "code_verifier",
    "id_token",
    "token",
    "upload_token",
    "upload_url",
];

/// What of a request may be read later.
pub(super) enum Sent {
    Nothing,
    Json(Value),
    /// In words, for bodies that are no text: "bytes 0-99/100".
    Words(String),
}

/// Sends once. `secrets` are taken out of what is kept even where they turn up under unknown names.
pub(super) async fn send(
    http: &dyn Http,
    request: Request,
    sent: Sent,
    secrets: &[&SecretString],
) -> (Exchange, CallLog) {
    let method = request.method.as_str().to_owned();
    let url = without_query(&request.url).to_owned();
    let exchange = http.send(request).await;
    let received = match &exchange.trouble {
        Some(trouble) => trouble.clone(),
        None => received(&exchange.body),
    };
    let sent = match sent {
        Sent::Nothing => String::new(),
        Sent::Json(value) => readable(value),
        Sent::Words(words) => words,
    };
    let log = CallLog {
        method,
        url,
        status: exchange.status,
        platform_ref: None,
        sent: keep(sent, secrets),
        received: keep(received, secrets),
        took_ms: u64::try_from(exchange.took.as_millis()).unwrap_or(u64::MAX),
    };
    (exchange, log)
}

/// A body of fields as forms send them.
pub(super) fn form(fields: &[(&str, &str)]) -> Body {
    Body::Bytes(url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish().into())
}

/// A body of JSON.
pub(super) fn json(value: &Value) -> Body {
    Body::Bytes(value.to_string().into())
}

fn without_query(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or_default()
}

fn received(body: &[u8]) -> String {
    match serde_json::from_slice(body) {
        Ok(value) => readable(value),
        Err(_) if body.is_empty() => String::new(),
        // A page of some proxy may repeat the request; its size is enough to recognise it.
        Err(_) => format!("({} bytes that are no JSON)", body.len()),
    }
}

fn readable(mut value: Value) -> String {
    hide(&mut value);
    value.to_string()
}

/// Replaces what goes by a secret's name. `code` is one only as text beside no message: error codes stay.
fn hide(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            let is_error = fields.contains_key("message") || fields.contains_key("log_id");
            for (name, field) in fields {
                let is_secret = SECRET_NAMES.contains(&name.as_str()) && !(name == "code" && is_error);
                if is_secret && !field.is_null() {
                    *field = HIDDEN.into();
                } else {
                    hide(field);
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(hide),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn keep(text: String, secrets: &[&SecretString]) -> String {
    let mut text = secrets
        .iter()
        .map(|secret| secret.expose_secret())
        .filter(|secret| !secret.is_empty())
        .fold(text, |text, secret| text.replace(secret, HIDDEN));
    if text.len() > KEPT_BYTES {
        text.truncate(text.floor_char_boundary(KEPT_BYTES));
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_kept_holds_no_secret_and_is_short() {
        let token = SecretString::from("act.very-secret");
        let text = readable(json!({
            "data": { "publish_id": "v_pub", "upload_url": "https://x/?upload_token=hush" },
            "code": "the-code", "echo": "Bearer act.very-secret",
            "error": { "code": "ok", "message": "", "log_id": "1" },
        }));
        let kept = keep(text, &[&token]);
        assert!(
            !kept.contains("hush") && !kept.contains("the-code") && !kept.contains("very-secret"),
            "{kept}"
        );
        assert!(kept.contains("v_pub") && kept.contains(r#""code":"ok""#), "{kept}");
        assert_eq!(without_query("https://a/b?upload_token=hush"), "https://a/b");
        assert!(keep("é".repeat(5000), &[]).len() <= KEPT_BYTES + 3);
    }
}
