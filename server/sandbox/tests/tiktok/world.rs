//! A world driven in process, and a person and an app that use it.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use sandbox::{ConnectionCut, Options, World};
use serde_json::{Value, json};
use tower::ServiceExt;

pub const VERIFIER: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRST";
pub const CHALLENGE: &str = "4fe67edd89579953d2da8bfc2182e9ee859cce243e8f01898f992c35fcf88888";
pub const REDIRECT: &str = "http://localhost:3000/connect/tiktok/callback";
pub const ALL_SCOPES: &str =
    "user.info.basic,user.info.profile,user.info.stats,video.publish,video.upload,video.list";

/// An answer that was read to its end; `body` is None when it broke off.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Option<Vec<u8>>,
    pub was_cut: bool,
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_slice(self.body.as_ref().unwrap()).unwrap()
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone().unwrap()).unwrap()
    }

    /// Status and `error.code` of a v2 answer.
    pub fn code(&self) -> (u16, String) {
        (self.status.as_u16(), self.json()["error"]["code"].as_str().unwrap().to_owned())
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

pub struct Site {
    pub world: World,
    router: Router,
}

/// A pair of tokens with the account they are for.
#[derive(Debug, Clone)]
pub struct Tokens {
    pub access: String,
    pub refresh: String,
    pub open_id: String,
}

impl Site {
    pub async fn open() -> Self {
        Self::open_in(None).await
    }

    pub async fn open_in(dir: Option<&std::path::Path>) -> Self {
        let public_url = "http://sandbox.test".parse().unwrap();
        let world = World::open(Options { public_url, state_dir: dir.map(ToOwned::to_owned) }).await.unwrap();
        let router = world.router();
        let site = Self { world, router };
        site.settings(json!({ "tiktok": { "processing_ms": 0 } })).await;
        site
    }

    pub async fn send(&self, request: Request<Body>) -> Reply {
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let (head, body) = answer.into_parts();
        let was_cut = head.extensions.get::<ConnectionCut>().is_some();
        let body = axum::body::to_bytes(body, usize::MAX).await.ok().map(|bytes| bytes.to_vec());
        Reply { status: head.status, headers: head.headers, body, was_cut }
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    pub async fn put_json(&self, path: &str, body: Value) -> Reply {
        self.send(Request::put(path).body(body.to_string().into()).unwrap()).await
    }

    pub async fn settings(&self, body: Value) -> Value {
        let reply = self.put_json("/settings", body).await;
        assert_eq!(reply.status, StatusCode::OK, "{reply:?}");
        reply.json()
    }

    pub async fn advance(&self, ms: u64) {
        self.settings(json!({ "advance_ms": ms })).await;
    }

    pub async fn faults(&self, body: Value) {
        let reply = self.put_json("/faults", body).await;
        assert_eq!(reply.status, StatusCode::OK, "{reply:?}");
    }

    pub async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(body.into()).unwrap()).await
    }

    pub async fn api(&self, token: &str, method: Method, path: &str, body: Value) -> Reply {
        let request = Request::builder()
            .method(method)
            .uri(format!("/tiktok{path}"))
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, "application/json; charset=UTF-8");
        self.send(request.body(body.to_string().into()).unwrap()).await
    }

    pub async fn post(&self, token: &str, path: &str, body: Value) -> Reply {
        self.api(token, Method::POST, path, body).await
    }

    /// The person allows the app; gives the code as the app decodes it.
    pub async fn consent(&self, account: &str, scopes: &str) -> String {
        let mut fields = vec![
            ("client_key", "sandbox"),
            ("scope", scopes),
            ("response_type", "code"),
            ("redirect_uri", REDIRECT),
            ("state", "st"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
            ("account", account),
            ("decision", "allow"),
        ];
        fields.extend(scopes.split(',').map(|scope| ("granted", scope)));
        let reply = self.form("/tiktok/v2/auth/authorize/", &fields).await;
        assert_eq!(reply.status, StatusCode::FOUND, "{reply:?}");
        let back: url::Url = reply.header("location").parse().unwrap();
        let pairs = back.query_pairs().into_owned().collect::<Vec<_>>();
        assert!(pairs.contains(&("state".into(), "st".into())));
        pairs.into_iter().find(|(key, _)| key == "code").unwrap().1
    }

    pub async fn exchange(&self, code: &str, verifier: &str) -> Reply {
        let fields = [
            ("client_key", "sandbox"),
            ("client_secret", "sandbox-secret"),
            ("code", code),
            ("grant_type", "authorization_code"),
            ("redirect_uri", REDIRECT),
            ("code_verifier", verifier),
        ];
        self.form("/tiktok/v2/oauth/token/", &fields).await
    }

    pub async fn refresh(&self, refresh_token: &str) -> Reply {
        let fields = [
            ("client_key", "sandbox"),
            ("client_secret", "sandbox-secret"),
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token),
        ];
        self.form("/tiktok/v2/oauth/token/", &fields).await
    }

    pub async fn connect(&self, account: &str) -> Tokens {
        self.connect_with(account, ALL_SCOPES).await
    }

    pub async fn connect_with(&self, account: &str, scopes: &str) -> Tokens {
        let code = self.consent(account, scopes).await;
        tokens(&self.exchange(&code, VERIFIER).await)
    }

    /// Starts a post of `size` bytes; gives `publish_id` and the path of the upload.
    pub async fn init(&self, token: &str, privacy: &str, size: usize, chunk: usize) -> (String, String) {
        let reply = self.post(token, "/v2/post/publish/video/init/", post(privacy, size, chunk)).await;
        assert_eq!(reply.code(), (200, "ok".into()));
        let data = reply.json()["data"].clone();
        let url =
            data["upload_url"].as_str().unwrap().strip_prefix("http://sandbox.test").unwrap().to_owned();
        (data["publish_id"].as_str().unwrap().to_owned(), url)
    }

    pub async fn chunk(&self, path: &str, video: &[u8], first: usize, end: usize) -> Reply {
        self.chunk_as(path, &video[first..end], &format!("bytes {first}-{}/{}", end - 1, video.len())).await
    }

    pub async fn chunk_as(&self, path: &str, bytes: &[u8], range: &str) -> Reply {
        let request = Request::put(path)
            .header(header::CONTENT_TYPE, "video/mp4")
            .header(header::CONTENT_LENGTH, bytes.len())
            .header(header::CONTENT_RANGE, range);
        self.send(request.body(bytes.to_vec().into()).unwrap()).await
    }

    pub async fn status(&self, token: &str, publish_id: &str) -> Value {
        let reply =
            self.post(token, "/v2/post/publish/status/fetch/", json!({ "publish_id": publish_id })).await;
        assert_eq!(reply.code(), (200, "ok".into()));
        reply.json()["data"].clone()
    }

    pub async fn live(&self) -> Vec<Value> {
        self.get("/feed.json").await.json()["live"].as_array().unwrap().clone()
    }

    /// Publishes a small video as a whole.
    pub async fn publish(&self, token: &str, privacy: &str) -> String {
        let video = video(3_000);
        let (publish_id, path) = self.init(token, privacy, video.len(), video.len()).await;
        assert_eq!(self.chunk(&path, &video, 0, video.len()).await.status, StatusCode::CREATED);
        publish_id
    }
}

pub fn tokens(reply: &Reply) -> Tokens {
    assert_eq!(reply.status, StatusCode::OK, "{reply:?}");
    let body = reply.json();
    let text = |name: &str| body[name].as_str().unwrap().to_owned();
    Tokens { access: text("access_token"), refresh: text("refresh_token"), open_id: text("open_id") }
}

/// The body of an init.
pub fn post(privacy: &str, size: usize, chunk: usize) -> Value {
    json!({
        "post_info": { "title": "Fresh beans <today> #coffee", "privacy_level": privacy },
        "source_info": {
            "source": "FILE_UPLOAD", "video_size": size, "chunk_size": chunk, "total_chunk_count": size / chunk,
        },
    })
}

/// Bytes that begin like an MP4 of 2 seconds.
pub fn video(size: usize) -> Vec<u8> {
    video_of(size, 2_000)
}

pub fn video_of(size: usize, duration_ms: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend_from_slice(b"\0\0\0\x10ftypisom\0\0\0\0");
    // moov with nothing but mvhd, version 0: times, time scale 1000, duration.
    bytes.extend_from_slice(b"\0\0\0\x24moov\0\0\0\x1cmvhd\0\0\0\0");
    bytes.extend_from_slice(&[0; 8]);
    bytes.extend_from_slice(&1_000_u32.to_be_bytes());
    bytes.extend_from_slice(&duration_ms.to_be_bytes());
    let rest = u32::try_from(size - bytes.len()).unwrap();
    bytes.extend_from_slice(&rest.to_be_bytes());
    bytes.extend_from_slice(b"mdat");
    let filler = (bytes.len()..size).map(|at| u8::try_from(at % 251).unwrap());
    bytes.extend(filler);
    bytes
}
