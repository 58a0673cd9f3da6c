//! A browser without script: keeps cookies, follows redirects when told to, sends what browsers send.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::Request;
use secrecy::ExposeSecret as _;
use testkit::Person;

use crate::app::{Answer, ORIGIN, TestApp};

/// One browser of one person.
pub struct Browser<'a> {
    app: &'a TestApp,
    cookies: BTreeMap<String, String>,
    /// The page that is open.
    at: String,
}

impl<'a> Browser<'a> {
    pub fn open(app: &'a TestApp) -> Self {
        Self { app, cookies: BTreeMap::new(), at: "/".to_owned() }
    }

    /// A browser in which `person` is signed in.
    pub fn of(app: &'a TestApp, person: &Person) -> Self {
        let mut browser = Self::open(app);
        browser.cookies.insert("__Host-sid".to_owned(), person.token.expose_secret().to_owned());
        browser
    }

    pub fn has_cookie(&self, name: &str) -> bool {
        self.cookies.contains_key(name)
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        path.clone_into(&mut self.at);
        let request = self.request("GET", path).header("sec-fetch-mode", "navigate").body(Body::empty());
        self.send(request.expect("a legal request")).await
    }

    /// Sends a plain form from the page that is open.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = self
            .request("POST", path)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("content-length", form.len())
            .body(Body::from(form));
        self.send(request.expect("a legal request")).await
    }

    /// Sends one file in a form, as the page's script does: and wants JSON back.
    pub async fn upload(&mut self, name: &str, bytes: Vec<u8>) -> Answer {
        let request = self
            .request("POST", "/media/upload")
            .header("content-type", "multipart/form-data; boundary=edge")
            .header("accept", "application/json")
            .body(Body::from(form_with_file(name, &bytes, true)));
        self.send(request.expect("a legal request")).await
    }

    /// The page a redirect leads to.
    pub async fn follow(&mut self, answer: &Answer) -> Answer {
        let location = answer.location().trim_start_matches(ORIGIN).to_owned();
        assert!(location.starts_with('/'), "not sent anywhere here: {} {location:?}", answer.status);
        self.get(&location).await
    }

    pub fn request(&self, method: &str, path: &str) -> axum::http::request::Builder {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("referer", format!("{ORIGIN}{}", self.at))
            .header("sec-fetch-site", "same-origin");
        if !path.starts_with("/media/upload") {
            request = request.header("accept", "text/html,application/xhtml+xml");
        }
        if method != "GET" {
            request = request.header("origin", ORIGIN);
        }
        if cookies.is_empty() { request } else { request.header("cookie", cookies.join("; ")) }
    }

    pub async fn send(&mut self, request: Request<Body>) -> Answer {
        let answer = self.app.send(request).await;
        for cookie in answer.headers.get_all("set-cookie") {
            let text = cookie.to_str().expect("cookies are text");
            let (pair, rest) = text.split_once(';').unwrap_or((text, ""));
            let (name, value) = pair.split_once('=').expect("a cookie has a value");
            if value.is_empty() || rest.contains("Max-Age=0;") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }
}

/// A form with one file; `complete` or broken off in the middle of it.
pub fn form_with_file(name: &str, bytes: &[u8], complete: bool) -> Vec<u8> {
    let mut form = format!(
        "--edge\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
         content-type: video/mp4\r\n\r\n"
    )
    .into_bytes();
    form.extend_from_slice(bytes);
    if complete {
        form.extend_from_slice(b"\r\n--edge--\r\n");
    }
    form
}
