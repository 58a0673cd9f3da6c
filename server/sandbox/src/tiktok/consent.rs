//! The consent screen: a person chooses an account and scopes, and allows or denies.

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

use crate::clock::Millis;
use crate::pages::{self, escape};
use crate::tiktok::CLIENT_KEY;
use crate::tiktok::accounts::{ACCOUNTS, Account};
use crate::tiktok::book::{Code, hash, new_secret};
use crate::world::World;

/// How long a code waits for its exchange.
const CODE_LIFE_MS: Millis = 600_000;

/// Scopes with what the screen says about them (contract §2).
const SCOPES: [(&str, &str); 6] = [
    ("user.info.basic", "Read your name and picture"),
    ("user.info.profile", "Read your profile"),
    ("user.info.stats", "Read your counts of followers, likes and videos"),
    ("video.publish", "Post videos to your account"),
    ("video.upload", "Send drafts to your inbox"),
    ("video.list", "Read your public videos"),
];

/// Fields that go through the screen unchanged.
const CARRIED: [&str; 7] = [
    "client_key",
    "scope",
    "response_type",
    "redirect_uri",
    "state",
    "code_challenge",
    "code_challenge_method",
];

struct Wish {
    scopes: Vec<String>,
    redirect_uri: url::Url,
    state: String,
    challenge: Option<String>,
}

struct Fields(Vec<(String, String)>);

impl Fields {
    fn read(encoded: &[u8]) -> Self {
        Self(url::form_urlencoded::parse(encoded).into_owned().collect())
    }

    fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

pub(super) async fn show(State(world): State<World>, RawQuery(query): RawQuery) -> Response {
    let fields = Fields::read(query.unwrap_or_default().as_bytes());
    match read_wish(&fields) {
        Ok(wish) => Html(screen(&world, &fields, &wish)).into_response(),
        Err(problem) => refuse(&world, problem),
    }
}

pub(super) async fn decide(State(world): State<World>, body: Bytes) -> Response {
    let fields = Fields::read(&body);
    // Whoever posts the form may have changed what the screen carried.
    let wish = match read_wish(&fields) {
        Ok(wish) => wish,
        Err(problem) => return refuse(&world, problem),
    };
    let mut back = wish.redirect_uri.clone();
    if fields.get("decision") != "allow" {
        back.query_pairs_mut()
            .append_pair("error", "access_denied")
            .append_pair("error_description", "User denied access")
            .append_pair("state", &wish.state);
        return found(&back);
    }
    let Some(account) = Account::by_username(fields.get("account")) else {
        return refuse(&world, "Choose an account.");
    };
    let ticked = fields.all("granted").collect::<Vec<_>>();
    let is_granted = |scope: &String| scope == "user.info.basic" || ticked.contains(&scope.as_str());
    let scopes = wish.scopes.into_iter().filter(is_granted).collect::<Vec<_>>();
    // Real codes hold characters that arrive encoded and must be decoded before the exchange.
    let code = format!("{}*1!6214.e1", new_secret(""));
    back.query_pairs_mut()
        .append_pair("code", &code)
        .append_pair("scopes", &scopes.join(","))
        .append_pair("state", &wish.state);
    world
        .change(|state, now| {
            state.tiktok.codes.retain(|code| code.expires_at_ms + CODE_LIFE_MS > now);
            state.tiktok.codes.push(Code {
                hash: hash(&code),
                open_id: account.open_id.to_owned(),
                scopes,
                redirect_uri: fields.get("redirect_uri").to_owned(),
                challenge: wish.challenge,
                expires_at_ms: now + CODE_LIFE_MS,
                grant: None,
            });
        })
        .await;
    found(&back)
}

fn found(to: &url::Url) -> Response {
    (StatusCode::FOUND, [(header::LOCATION, to.to_string())]).into_response()
}

/// Problems are told to the person, never sent to an address that may be somebody else's.
fn refuse(world: &World, problem: &str) -> Response {
    let main = format!("<section class=\"card\"><p>{}</p></section>", escape(problem));
    (StatusCode::BAD_REQUEST, Html(pages::layout(world, "Something is wrong with this request", &main)))
        .into_response()
}

fn read_wish(fields: &Fields) -> Result<Wish, &'static str> {
    if fields.get("client_key") != CLIENT_KEY {
        return Err("client_key: this app is not registered (unauthorized_client).");
    }
    let redirect_uri = read_redirect(fields.get("redirect_uri"))?;
    if fields.get("response_type") != "code" {
        return Err("response_type must be `code` (unsupported_response_type).");
    }
    if fields.get("state").is_empty() {
        return Err("state is required (invalid_request).");
    }
    let scopes = fields.get("scope").split(',').map(str::to_owned).collect::<Vec<_>>();
    if !scopes.iter().all(|scope| SCOPES.iter().any(|(name, _)| name == scope)) {
        return Err("scope: names an unknown scope; they are separated by commas (invalid_scope).");
    }
    let challenge = Some(fields.get("code_challenge")).filter(|challenge| !challenge.is_empty());
    if challenge.is_some() && fields.get("code_challenge_method") != "S256" {
        return Err("code_challenge_method must be S256 (invalid_request).");
    }
    if challenge.is_none() && redirect_uri.scheme() == "http" {
        return Err("code_challenge is required for a desktop redirect (invalid_request).");
    }
    let state = fields.get("state").to_owned();
    Ok(Wish { scopes, redirect_uri, state, challenge: challenge.map(str::to_owned) })
}

/// Contract §1: https without query and fragment, or plain http on this machine with a port.
fn read_redirect(text: &str) -> Result<url::Url, &'static str> {
    let url =
        url::Url::parse(text).map_err(|_| "redirect_uri must be an absolute address (invalid_request).")?;
    if text.len() >= 512 || url.query().is_some() || url.fragment().is_some() {
        return Err(
            "redirect_uri must have no query, no fragment and less than 512 characters (invalid_request).",
        );
    }
    let is_here = matches!(url.host_str(), Some("localhost" | "127.0.0.1"));
    match url.scheme() {
        "https" if url.has_host() => Ok(url),
        "http" if is_here && url.port().is_some() => Ok(url),
        _ => Err(
            "redirect_uri must be https, or http on localhost or 127.0.0.1 with a port (invalid_request).",
        ),
    }
}

fn screen(world: &World, fields: &Fields, wish: &Wish) -> String {
    let carried = CARRIED.map(|name| {
        format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escape(fields.get(name)))
    });
    let accounts = ACCOUNTS.iter().enumerate().map(|(at, account)| {
        let kind = if account.is_private { "private account" } else { "public creator" };
        format!(
            "<label class=\"choice\"><input type=\"radio\" name=\"account\" value=\"{user}\"{checked} required> \
             <img src=\"{picture}\" alt=\"\" width=\"40\" height=\"40\"> \
             <span><strong>{name}</strong><br><span class=\"quiet\">@{user}, {kind}</span></span></label>",
            user = account.username,
            checked = if at == 0 { " checked" } else { "" },
            picture = escape(&world.path(&format!("/tiktok/avatars/{}", account.username))),
            name = escape(account.display_name),
        )
    });
    let scopes = SCOPES.iter().filter(|(name, _)| wish.scopes.iter().any(|scope| scope == name));
    let scopes = scopes.map(|(name, says)| {
        // The name and picture come with every consent.
        let fixed = if *name == "user.info.basic" { " disabled" } else { "" };
        format!(
            "<label class=\"choice\"><input type=\"checkbox\" name=\"granted\" value=\"{name}\" checked{fixed}> \
             <span>{says}<br><code>{name}</code></span></label>"
        )
    });
    let main = format!(
        "<form class=\"card\" method=\"post\" action=\"{action}\">{carried}\
         <fieldset><legend>Account</legend>{accounts}</fieldset>\
         <fieldset><legend>The app may</legend>{scopes}</fieldset>\
         <p class=\"quiet\">You return to <code>{back}</code></p>\
         <p class=\"row\"><button name=\"decision\" value=\"allow\">Allow</button> \
         <button class=\"quiet\" name=\"decision\" value=\"deny\" formnovalidate>Deny</button></p></form>",
        action = escape(&world.path("/tiktok/v2/auth/authorize/")),
        carried = carried.concat(),
        accounts = accounts.collect::<String>(),
        scopes = scopes.collect::<String>(),
        back = escape(wish.redirect_uri.as_str()),
    );
    pages::layout(world, "Allow this app to use your TikTok account?", &main)
}
