//! The token endpoint: codes become tokens once, refresh tokens rotate, and a reused one ends its family.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::clock::{self, Millis};
use crate::settings;
use crate::tiktok::book::{AccessToken, Book, Code, Grant, hash, new_id, new_secret};
use crate::tiktok::{CLIENT_KEY, CLIENT_SECRET, answer, settle};
use crate::world::World;

/// An error code of contract §1 with its description.
type OauthError = (&'static str, &'static str);

struct Form(Vec<(String, String)>);

impl Form {
    fn read(headers: &HeaderMap, body: &[u8]) -> Result<Self, OauthError> {
        let announced = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
        if !announced.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded") {
            return Err(("invalid_request", "Only `application/x-www-form-urlencoded` is supported."));
        }
        let form = Self(url::form_urlencoded::parse(body).into_owned().collect());
        if form.get("client_key") != Some(CLIENT_KEY) || form.get("client_secret") != Some(CLIENT_SECRET) {
            return Err(("invalid_client", "Client key or secret is incorrect."));
        }
        Ok(form)
    }

    fn get(&self, name: &str) -> Option<&str> {
        let field = self.0.iter().find(|(key, _)| key == name);
        field.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    fn need(&self, name: &str) -> Result<&str, OauthError> {
        self.get(name).ok_or(("invalid_request", "A required parameter is missing."))
    }
}

pub(super) async fn exchange(State(world): State<World>, headers: HeaderMap, body: Bytes) -> Response {
    let form = Form::read(&headers, &body);
    let (result, is_200) = world
        .change(|state, now| {
            let knobs = &state.settings.tiktok;
            let result = form.and_then(|form| match form.need("grant_type")? {
                "authorization_code" => from_code(&mut state.tiktok, knobs, &form, now),
                "refresh_token" => from_refresh_token(&mut state.tiktok, knobs, &form, now),
                _ => Err(("unsupported_grant_type", "The grant type is not supported.")),
            });
            (result, knobs.oauth_errors_as_200)
        })
        .await;
    match result {
        Ok(tokens) => ([(header::CACHE_CONTROL, "no-store")], Json(tokens)).into_response(),
        Err(error) => refuse(error, is_200),
    }
}

pub(super) async fn revoke(State(world): State<World>, headers: HeaderMap, body: Bytes) -> Response {
    let form = Form::read(&headers, &body);
    let (result, is_200) = world
        .change(|state, now| {
            let result = form.and_then(|form| {
                let hash = hash(form.need("token")?);
                let grant = state.tiktok.grants.iter_mut().find(|grant| {
                    !grant.is_revoked
                        && (grant.refresh_hash == hash || grant.access.iter().any(|token| token.hash == hash))
                });
                let grant = grant.ok_or(("invalid_grant", "The token is invalid or expired."))?;
                grant.is_revoked = true;
                Ok(grant.open_id.clone())
            });
            if let Ok(open_id) = &result {
                // Contract §9: reason 5 is the developer who revokes.
                let content = json!({ "reason": 5 });
                settle::announce(state, now, now, "authorization.removed", open_id, &content);
            }
            (result, state.settings.tiktok.oauth_errors_as_200)
        })
        .await;
    match result {
        Ok(_) => Json(json!({})).into_response(),
        Err(error) => refuse(error, is_200),
    }
}

fn refuse((code, description): OauthError, is_200: bool) -> Response {
    let status = match code {
        _ if is_200 => StatusCode::OK,
        "invalid_client" => StatusCode::UNAUTHORIZED,
        _ => StatusCode::BAD_REQUEST,
    };
    answer::oauth_error(status, code, description)
}

fn from_code(
    book: &mut Book,
    knobs: &settings::TikTok,
    form: &Form,
    now: Millis,
) -> Result<serde_json::Value, OauthError> {
    let sent = hash(form.need("code")?);
    let redirect_uri = form.need("redirect_uri")?;
    let code = book.codes.iter().find(|code| code.hash == sent);
    let code = code.ok_or(("invalid_grant", "Authorization code is invalid."))?.clone();
    if let Some(grant) = code.grant {
        // RFC 9700: a code that comes twice was seen by somebody else; what came of it is void.
        book.grants.iter_mut().filter(|other| other.id == grant).for_each(|other| other.is_revoked = true);
        return Err(("invalid_grant", "Authorization code was used before."));
    }
    if code.expires_at_ms <= now {
        return Err(("invalid_grant", "Authorization code is expired."));
    }
    if code.redirect_uri != redirect_uri {
        return Err(("invalid_grant", "Redirect_uri is not matched with the uri when requesting code."));
    }
    check_verifier(&code, form.get("code_verifier"))?;
    let mut grant = Grant {
        id: new_id(),
        open_id: code.open_id,
        scopes: code.scopes,
        access: Vec::new(),
        refresh_hash: String::new(),
        refresh_expires_at_ms: 0,
        used_refresh_hashes: Vec::new(),
        is_revoked: false,
    };
    let answer = issue(&mut grant, knobs, now);
    for code in book.codes.iter_mut().filter(|code| code.hash == sent) {
        code.grant = Some(grant.id);
    }
    book.grants.push(grant);
    Ok(answer)
}

/// Contract §1: 43–128 unreserved characters, and the challenge is the lowercase hex of their SHA-256.
fn check_verifier(code: &Code, verifier: Option<&str>) -> Result<(), OauthError> {
    let Some(challenge) = &code.challenge else { return Ok(()) };
    let verifier = verifier.ok_or(("invalid_request", "Code verifier is required."))?;
    let is_unreserved = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
    if !(43..=128).contains(&verifier.len()) || !verifier.chars().all(is_unreserved) {
        return Err(("invalid_request", "Code verifier must be 43 to 128 unreserved characters."));
    }
    if hash(verifier) == *challenge {
        Ok(())
    } else {
        Err(("invalid_grant", "Code verifier or code challenge is invalid."))
    }
}

fn from_refresh_token(
    book: &mut Book,
    knobs: &settings::TikTok,
    form: &Form,
    now: Millis,
) -> Result<serde_json::Value, OauthError> {
    let sent = hash(form.need("refresh_token")?);
    let invalid = ("invalid_grant", "Refresh token is invalid or expired.");
    for grant in &mut book.grants {
        if grant.used_refresh_hashes.contains(&sent) {
            grant.is_revoked = true;
            return Err(invalid);
        }
        if grant.refresh_hash == sent && !grant.is_revoked && grant.refresh_expires_at_ms > now {
            return Ok(issue(grant, knobs, now));
        }
    }
    Err(invalid)
}

/// Gives out a new pair; the previous refresh token stops working, the previous access token just ages.
fn issue(grant: &mut Grant, knobs: &settings::TikTok, now: Millis) -> serde_json::Value {
    let (access, refresh) = (new_secret("act."), new_secret("rft."));
    if !grant.refresh_hash.is_empty() {
        grant.used_refresh_hashes.push(std::mem::take(&mut grant.refresh_hash));
    }
    grant.access.retain(|token| token.expires_at_ms > now);
    let expires_at_ms = now + clock::from_seconds(knobs.access_token_seconds);
    grant.access.push(AccessToken { hash: hash(&access), expires_at_ms });
    grant.refresh_hash = hash(&refresh);
    grant.refresh_expires_at_ms = now + clock::from_seconds(knobs.refresh_token_seconds);
    json!({
        "open_id": grant.open_id,
        "scope": grant.scopes.join(","),
        "access_token": access,
        "expires_in": knobs.access_token_seconds,
        "refresh_token": refresh,
        "refresh_expires_in": knobs.refresh_token_seconds,
        "token_type": "Bearer",
    })
}
