//! The program for one test: the real router over a world of its own.

use std::sync::Arc;
use std::time::Duration;

use adapters::clock::SystemClock;
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use domain::events::Events;
use http_body_util::BodyExt as _;
use jobs::Queue;
use leptos::prelude::LeptosOptions;
use server::http::health::Health;
use server::media_tools::FfmpegTools;
use server::router::{Public, Web, router};
use server::site::Site;
use tempfile::TempDir;
use testkit::TestWorld;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

pub const ORIGIN: &str = "https://daybill.test";

/// A started program without a port.
pub struct TestApp {
    pub world: TestWorld,
    router: Router,
    _site: TempDir,
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub fn location(&self) -> &str {
        self.header("location")
    }
}

impl TestApp {
    pub async fn start() -> Self {
        let tools = FfmpegTools(render::Tools::find().await.expect("ffmpeg is installed"));
        let world = TestWorld::builder().tools(tools).public_url(ORIGIN).start().await;
        let site = tempfile::tempdir().expect("a temporary folder can be made");
        std::fs::create_dir_all(site.path().join("pkg")).expect("a folder can be made");
        std::fs::write(site.path().join("pkg/app.1.css"), "body{}").expect("a file can be written");
        let manifest = r#"{"css":"/pkg/app.1.css","js":"/pkg/app.1.js","wasm":"/pkg/app.1.wasm"}"#;
        std::fs::write(site.path().join("manifest.json"), manifest).expect("a file can be written");
        // No Redis: everything that is tested here must work without.
        let queue = Queue::open(
            "redis+unix:///nowhere/redis.sock",
            Arc::new(SystemClock::new()),
            jobs::queue::Settings::default(),
        );
        let web = Web {
            domain: world.domain.clone(),
            events: Events::listen(&world.database_url()).await.expect("the database answers"),
            site: Arc::new(Site::open(site.path()).expect("the manifest was just written")),
            sandbox: Some(
                sandbox::World::open(sandbox::Options {
                    public_url: format!("{ORIGIN}/sandbox").parse().expect("a valid address"),
                    state_dir: None,
                })
                .await
                .expect("a world in memory opens"),
            ),
            public: Arc::new(Public { origin: ORIGIN.to_owned(), secure: true, consent_origins: Vec::new() }),
            health: Health { queue: Arc::new(queue.expect("the address is good")), pulse: None },
            stop: CancellationToken::new(),
            options: LeptosOptions::builder().output_name("app").build(),
        };
        Self { world, router: router(web), _site: site }
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let answer = self.router.clone().oneshot(request);
        let answer =
            tokio::time::timeout(Duration::from_secs(30), answer).await.expect("an answer within 30 s");
        let (parts, body) = answer.expect("the router never fails").into_parts();
        let body = body.collect().await.expect("the answer comes whole").to_bytes().to_vec();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// Sends a request and leaves a body that may never end alone.
    pub async fn head_of(&self, request: Request<Body>) -> Answer {
        let answer = self.router.clone().oneshot(request).await.expect("the router never fails");
        Answer { status: answer.status(), headers: answer.headers().clone(), body: Vec::new() }
    }
}
