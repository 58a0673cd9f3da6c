//! The person of the demonstration: has an account, and connects a channel in the browser's place.

use std::io::Write as _;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use adapters::clock::SystemClock;
use adapters::http::{Destinations, HttpClient};
use base::cookies;
use domain::accounts::{self, AccountError, NewSession};
use domain::{Actor, Visit, brands, channels, notify};
use model::{BrandView, ChannelHealth, ChannelView, FirstBrand, SafeReturn, SignIn, SignUp};
use publishing::{Body, Exchange, Http as _, Method, Request};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use url::Url;

use super::{DemoError, actor, io, refused};
use crate::router::Web;

const EMAIL: &str = "demo@daybill.example";
const NAME: &str = "Dana Demo";
/// The sandbox's public creator.
const ACCOUNT: &str = "northwind";

/// Kept below the data folder, readable by its owner alone, so that a second run signs in again.
#[derive(Serialize, Deserialize)]
pub(super) struct Credentials {
    pub(super) email: String,
    pub(super) password: String,
}

/// A signed-in person with a way to the program's own address.
pub(super) struct Person {
    pub(super) credentials: Credentials,
    pub(super) actor: Actor,
    token: SecretString,
    cookie: &'static str,
    http: HttpClient,
    /// The address people use, and the one that is really listened on.
    origin: String,
    loopback: String,
}

impl Person {
    /// Signs in, after signing up and confirming the address if there is no account yet.
    pub(super) async fn sign_in(web: &Web, bound: SocketAddr, data: &Path) -> Result<Self, DemoError> {
        let credentials = Credentials::load_or_make(web, &data.join("demo.json"))?;
        let session = match session(web, &credentials).await {
            Ok(session) => session,
            Err(AccountError::Wrong | AccountError::Unverified) => {
                sign_up(web, &credentials).await?;
                session(web, &credentials).await.map_err(refused("signing in did not work"))?
            }
            Err(error) => return Err(refused("signing in did not work")(error)),
        };
        let loopback = crate::wiring::loopback(bound);
        let http =
            HttpClient::platform(Arc::new(SystemClock::new()), Destinations::default().origin(&loopback))
                .map_err(|error| DemoError::Unexpected(error.to_string()))?;
        Ok(Self {
            credentials,
            actor: actor(web, session.token.expose_secret()).await?,
            token: session.token,
            cookie: cookies::session_name(web.public.secure),
            http,
            origin: web.public.origin.clone(),
            loopback: loopback.as_str().trim_end_matches('/').to_owned(),
        })
    }

    /// The brand, made in the first run.
    pub(super) async fn brand(&self, web: &Web) -> Result<BrandView, DemoError> {
        if self.actor.place.is_some() {
            return brands::get(&web.domain, &self.actor).await.map_err(refused("the brand cannot be read"));
        }
        Err(DemoError::Unexpected("the person has no workspace".to_owned()))
    }

    /// The working channel; connects one through the consent screen if there is none.
    pub(super) async fn channel(&self, web: &Web) -> Result<ChannelView, DemoError> {
        if let Some(channel) = self.connected(web).await? {
            return Ok(channel);
        }
        super::show::step("connecting the sandbox's TikTok account, as a person would");
        let begun = self.post("/connect/tiktok", String::new()).await?;
        let consent = self.location(&begun, "the way to the consent screen")?;
        let screen = self.get(&consent).await?;
        let form = allow(&String::from_utf8_lossy(&screen.body));
        let (path, _) = consent.split_once('?').unwrap_or((&consent, ""));
        let allowed = self.post(path, form).await?;
        let callback = self.location(&allowed, "the way back from the consent screen")?;
        let back = self.get(&callback).await?;
        let end = self.location(&back, "the page after connecting")?;
        self.connected(web).await?.ok_or_else(|| {
            DemoError::Unexpected(format!("no channel is connected; the browser was sent to {end}"))
        })
    }

    async fn connected(&self, web: &Web) -> Result<Option<ChannelView>, DemoError> {
        let all =
            channels::list(&web.domain, &self.actor).await.map_err(refused("the channels cannot be read"))?;
        Ok(all.into_iter().find(|channel| channel.health == ChannelHealth::Connected))
    }

    /// Opens a page of the program.
    pub(super) async fn get(&self, path: &str) -> Result<Exchange, DemoError> {
        self.send(Request::new(Method::Get, format!("{}{path}", self.loopback))).await
    }

    async fn post(&self, path: &str, form: String) -> Result<Exchange, DemoError> {
        let request = Request::new(Method::Post, format!("{}{path}", self.loopback))
            .header("content-type", "application/x-www-form-urlencoded")
            .header("origin", self.origin.clone())
            .body(Body::Bytes(form.into()));
        self.send(request).await
    }

    async fn send(&self, request: Request) -> Result<Exchange, DemoError> {
        let cookie = format!("{}={}", self.cookie, self.token.expose_secret());
        let answer = self.http.send(request.header("cookie", cookie).header("accept", "text/html")).await;
        match (&answer.trouble, answer.status) {
            (Some(trouble), _) => {
                Err(DemoError::Unexpected(format!("Daybill does not answer itself: {trouble}")))
            }
            (None, 200..=399) => Ok(answer),
            (None, status) => {
                Err(DemoError::Unexpected(format!("Daybill answers itself with status {status}")))
            }
        }
    }

    /// Path and query of a redirect that stays at home.
    fn location(&self, answer: &Exchange, what: &str) -> Result<String, DemoError> {
        let location = answer.header("location").unwrap_or_default();
        let path = location.strip_prefix(&self.origin).unwrap_or(location);
        if path.starts_with('/') {
            Ok(path.to_owned())
        } else {
            Err(DemoError::Unexpected(format!("{what} is missing; status {}", answer.status)))
        }
    }
}

impl Credentials {
    fn load_or_make(web: &Web, path: &Path) -> Result<Self, DemoError> {
        if let Ok(text) = std::fs::read(path)
            && let Ok(kept) = serde_json::from_slice(&text)
        {
            return Ok(kept);
        }
        let mut bytes = [0; 12];
        web.domain.rng.fill(&mut bytes);
        let made = Self { email: EMAIL.to_owned(), password: hex::encode(bytes) };
        let text = serde_json::to_vec_pretty(&made).expect("two strings serialise");
        let written = std::fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(path)
            .and_then(|mut file| file.write_all(&text));
        written.map_err(io("the demonstration's password cannot be kept"))?;
        Ok(made)
    }
}

async fn session(web: &Web, credentials: &Credentials) -> Result<NewSession, AccountError> {
    let input = SignIn {
        email: credentials.email.clone(),
        password: credentials.password.clone(),
        return_to: SafeReturn::default(),
    };
    let session = accounts::sign_in(&web.domain, input, &Visit::default()).await?;
    if let Some(actor) = accounts::actor(&web.domain, session.token.expose_secret()).await?
        && actor.place.is_none()
    {
        let first = FirstBrand { name: "Northwind Coffee".to_owned(), zone: "Europe/Lisbon".to_owned() };
        if let Err(error) = brands::first(&web.domain, &actor, first).await {
            tracing::error!(error = &error as &dyn std::error::Error, "The first brand was not made");
        }
    }
    Ok(session)
}

/// Signs up and opens the link of the mail, which stays in the outbox.
async fn sign_up(web: &Web, credentials: &Credentials) -> Result<(), DemoError> {
    let input = SignUp {
        name: NAME.to_owned(),
        email: credentials.email.clone(),
        password: credentials.password.clone(),
        return_to: SafeReturn::default(),
    };
    let asked_at = web.domain.clock.now();
    accounts::sign_up(&web.domain, input, &Visit::default())
        .await
        .map_err(refused("signing up did not work"))?;
    let until = web.domain.clock.monotonic() + Duration::from_secs(20);
    loop {
        let mails = notify::recent(&web.domain, 50).await.map_err(refused("the outbox cannot be read"))?;
        let link = mails
            .iter()
            .filter(|mail| mail.to == credentials.email && mail.at >= asked_at)
            .find_map(|mail| token_in(&mail.body));
        if let Some(token) = link {
            return accounts::verify(&web.domain, &token)
                .await
                .map_err(refused("the address was not confirmed"));
        }
        if web.domain.clock.monotonic() > until {
            return Err(DemoError::Unexpected("no verification mail came within 20 s".to_owned()));
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// The token in the link of a verification mail.
fn token_in(body: &str) -> Option<String> {
    body.split_whitespace().filter_map(|word| Url::parse(word).ok()).find_map(|link| {
        link.query_pairs().find(|(name, _)| name == "token").map(|(_, token)| token.into_owned())
    })
}

/// The consent form, filled in: every hidden field as it is, every permission ticked, "Allow" pressed.
fn allow(html: &str) -> String {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    for tag in html.split("<input ").skip(1).filter_map(|rest| rest.split_once('>')).map(|(tag, _)| tag) {
        let (Some(kind), Some(name), Some(value)) =
            (attribute(tag, "type"), attribute(tag, "name"), attribute(tag, "value"))
        else {
            continue;
        };
        if kind == "hidden" || kind == "checkbox" {
            form.append_pair(&name, &value);
        }
    }
    form.append_pair("account", ACCOUNT).append_pair("decision", "allow").finish()
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!("{name}=\""))?;
    let (value, _) = rest.split_once('"')?;
    let plain = value.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'");
    Some(plain.replace("&amp;", "&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_consent_form_is_filled_in_as_it_came() {
        let html = "<form><input type=\"hidden\" name=\"state\" value=\"a&amp;b\"> \
                    <input type=\"radio\" name=\"account\" value=\"mira\" required> \
                    <input type=\"checkbox\" name=\"granted\" value=\"video.publish\" checked></form>";
        assert_eq!(allow(html), "state=a%26b&granted=video.publish&account=northwind&decision=allow");
    }

    #[test]
    fn the_link_of_a_mail_is_found() {
        assert_eq!(token_in("Hello,\n\nhttp://x.example/verify?token=abc\n").as_deref(), Some("abc"));
        assert_eq!(token_in("nothing here"), None);
    }
}
