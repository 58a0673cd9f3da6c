//! A program to be killed: PostgreSQL, Redis and the sandbox outlive it; the test itself is the person.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use domain::{Actor, Visit, accounts, brands, channels, media, notify, posts};
use futures::StreamExt as _;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use model::{
    AssetId, ChannelId, DeliveryState, FirstBrand, Platform, PostId, Privacy, SafeReturn, SchedulePost,
    SignIn, SignUp, When,
};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use server::config::{Settings, Source};
use server::router::Web;
use server::wiring::{self, Backing, Ground, Role};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

const DAYBILL: &str = env!("CARGO_BIN_EXE_daybill");
const PASSWORD: &str = "copper lantern walks uphill";
/// How long anything may take before the test gives up.
const PATIENCE: Duration = Duration::from_mins(2);

/// A process of ours, killed when dropped.
pub struct Process {
    child: Child,
    /// The address it printed.
    pub address: String,
}

impl Process {
    /// Starts and waits for the line "… ready at ADDRESS".
    fn start(arguments: &[&str], set: &BTreeMap<String, String>) -> Self {
        let mut command = Command::new(DAYBILL);
        command.args(arguments).env_clear().env("PATH", std::env::var("PATH").unwrap_or_default());
        command.envs(set).stdout(Stdio::piped()).stdin(Stdio::null());
        if std::env::var_os("SHOW_LOG").is_none() {
            command.stderr(Stdio::null());
        }
        let mut child = command.spawn().expect("the program was built");
        let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let address = lines
            .map_while(Result::ok)
            .find_map(|line| line.split_once("ready at ").map(|(_, address)| address.trim().to_owned()));
        match address {
            Some(address) => Self { child, address },
            None => panic!("the program ended before it was ready: {:?}", child.wait()),
        }
    }

    /// Waits until it ends by itself.
    pub fn wait(&mut self) -> ExitStatus {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("a child can be asked") {
                return status;
            }
            assert!(begun.elapsed() < PATIENCE, "the program did not reach its crash point");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // SIGKILL; already ended is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// All that outlives the program, and the person.
pub struct Rig {
    folder: TempDir,
    postgres: Option<embedded::Postgres>,
    pub redis_url: String,
    redis: Option<embedded::Redis>,
    sandbox: Process,
    set: BTreeMap<String, String>,
    web: Web,
    actor: Actor,
    pub channel: ChannelId,
    pub asset: AssetId,
    http: reqwest::Client,
}

impl Rig {
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let postgres = embedded::Postgres::start(&folder.path().join("services"), embedded::Kind::Durable)
            .await
            .expect("PostgreSQL");
        let redis = embedded::Redis::start(&folder.path().join("services")).await.expect("Redis");
        let state = folder.path().join("sandbox");
        let sandbox = Process::start(
            &["sandbox", "--listen", "127.0.0.1:0", "--state", state.to_str().expect("UTF-8")],
            &BTreeMap::new(),
        );
        let set = settings_of(folder.path(), &postgres.url("daybill"), &redis.url(), &sandbox.address);
        let (web, http) = (person_side(&set).await, reqwest::Client::new());
        put(
            &http,
            &sandbox.address,
            "settings",
            json!({ "tiktok": { "rate_limits": false, "processing_ms": 300 } }),
        )
        .await;
        let actor = newcomer(&web).await;
        let channel = connect(&web, &actor, &http).await;
        let asset = upload(&web, &actor, &clip(folder.path())).await;
        let redis_url = redis.url();
        Self {
            folder,
            postgres: Some(postgres),
            redis_url,
            redis: Some(redis),
            sandbox,
            set,
            web,
            actor,
            channel,
            asset,
            http,
        }
    }

    /// Starts the program as a worker; with `crash` it dies at that point.
    pub fn program(&self, crash: Option<&str>) -> Process {
        let mut set = self.set.clone();
        if let Some(point) = crash {
            set.insert("FAILPOINTS".to_owned(), format!("{point}=return"));
        }
        Process::start(&["serve", "--role", "worker"], &set)
    }

    /// Puts a post on the calendar, due in `ahead`.
    pub async fn schedule(&self, caption: &str, ahead: Duration) -> PostId {
        let zone = TimeZone::get("Europe/Lisbon").expect("a zone of the database");
        let due =
            (self.web.domain.clock.now() + SignedDuration::try_from(ahead).expect("short")).to_zoned(zone);
        let input = SchedulePost {
            request_key: caption.replace(' ', "-"),
            channels: vec![self.channel],
            caption: caption.to_owned(),
            asset: Some(self.asset),
            when: if ahead.is_zero() { When::Now } else { When::At },
            date: due.strftime("%Y-%m-%d").to_string(),
            time: due.strftime("%H:%M:%S").to_string(),
            privacy: Some(Privacy::PublicToEveryone),
            ..SchedulePost::default()
        };
        posts::schedule(&self.web.domain, &self.actor, input).await.expect("a good post is taken").id
    }

    /// Waits until the post's delivery rests, and returns its state.
    pub async fn rest(&self, post: PostId) -> DeliveryState {
        let begun = Instant::now();
        loop {
            let view = posts::get(&self.web.domain, &self.actor, post).await.expect("the post is there");
            let delivery = &view.deliveries[0];
            if delivery.state.is_at_rest() {
                return delivery.state;
            }
            assert!(begun.elapsed() < PATIENCE, "still {:?}: {:?}", delivery.state, delivery.reason);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Where the post's delivery stands.
    pub async fn state(&self, post: PostId) -> DeliveryState {
        let view = posts::get(&self.web.domain, &self.actor, post).await.expect("the post is there");
        view.deliveries[0].state
    }

    /// What the sandbox shows: captions of all live posts with the moment they went live.
    pub async fn feed(&self) -> Vec<(String, i64)> {
        let answer = self
            .http
            .get(format!("{}/feed.json", self.sandbox.address))
            .send()
            .await
            .expect("the sandbox answers");
        let feed: Value = serde_json::from_slice(&answer.bytes().await.expect("a body")).expect("JSON");
        let live = feed["live"].as_array().expect("a list");
        live.iter()
            .map(|post| {
                (
                    post["caption"].as_str().expect("text").to_owned(),
                    post["created_at_ms"].as_i64().expect("a time"),
                )
            })
            .collect()
    }

    /// Arms faults of the sandbox.
    pub async fn faults(&self, faults: Value) {
        put(&self.http, &self.sandbox.address, "faults", faults).await;
    }

    pub fn now(&self) -> Timestamp {
        self.web.domain.clock.now()
    }

    pub async fn stop(mut self) {
        drop(self.sandbox);
        self.web.stop.cancel();
        self.web.domain.db.close().await;
        drop(self.web);
        if let Some(redis) = self.redis.take() {
            redis.stop().await;
        }
        if let Some(postgres) = self.postgres.take() {
            postgres.stop().await;
        }
        drop(self.folder);
    }
}

fn settings_of(folder: &Path, database: &str, redis: &str, sandbox: &str) -> BTreeMap<String, String> {
    let text = |path: PathBuf| path.to_str().expect("UTF-8").to_owned();
    let site = folder.join("site");
    std::fs::create_dir_all(&site).expect("a folder");
    // A worker serves no pages; only the list of the site's files has to be there.
    std::fs::write(
        site.join("manifest.json"),
        r#"{"css":"/pkg/a.css","js":"/pkg/a.js","wasm":"/pkg/a.wasm"}"#,
    )
    .expect("a file");
    let keys = folder.join("keys");
    domain::vault::make_key_file(&keys).expect("a key file");
    BTreeMap::from(
        [
            ("DATABASE_URL", database.to_owned()),
            ("REDIS_URL", redis.to_owned()),
            ("DAYBILL_KEYS", text(keys)),
            ("DAYBILL_DATA", text(folder.join("data"))),
            ("DAYBILL_SITE", text(site)),
            ("DAYBILL_LISTEN", "127.0.0.1:0".to_owned()),
            ("DAYBILL_URL", "http://localhost:3999".to_owned()),
            ("STORAGE_URL", format!("file://{}", text(folder.join("media")))),
            ("TIKTOK_CLIENT_KEY", "sandbox".to_owned()),
            ("TIKTOK_CLIENT_SECRET", "sandbox-secret".to_owned()),
            ("TIKTOK_AUTHORIZE_URL", format!("{sandbox}/tiktok/v2/auth/authorize/")),
            ("TIKTOK_API_URL", format!("{sandbox}/tiktok")),
        ]
        .map(|(name, value)| (name.to_owned(), value)),
    )
}

/// The use cases as the web role has them, in this process.
async fn person_side(set: &BTreeMap<String, String>) -> Web {
    let settings = Settings::read(&Source(&|name| set.get(name).cloned())).expect("good settings");
    let backing = Backing::start(&settings).await.expect("both services are named");
    backing.migrate().await.expect("an empty database");
    let bound: SocketAddr = "127.0.0.1:3999".parse().expect("an address");
    let ground = Ground::real(bound, Role::Web, CancellationToken::new());
    wiring::build(&settings, &backing, ground).await.expect("everything is there").web
}

async fn newcomer(web: &Web) -> Actor {
    let (domain, visit) = (&web.domain, Visit::default());
    let email = "ana@people.test".to_owned();
    let input = SignUp {
        name: "Ana".to_owned(),
        email: email.clone(),
        password: PASSWORD.to_owned(),
        return_to: SafeReturn::default(),
    };
    accounts::sign_up(domain, input, &visit).await.expect("a good sign-up");
    notify::relay(domain, &notify::KeepMails::new(domain)).await.expect("mails go out");
    let mails = notify::recent(domain, 10).await.expect("mails can be read");
    let (_, rest) = mails[0].body.split_once("?token=").expect("a link");
    accounts::verify(domain, rest.split_whitespace().next().expect("a token")).await.expect("a fresh link");
    let input = SignIn { email, password: PASSWORD.to_owned(), return_to: SafeReturn::default() };
    let session = accounts::sign_in(domain, input, &visit).await.expect("the right password");
    let token = session.token.expose_secret();
    let actor = accounts::actor(domain, token).await.expect("sessions can be read").expect("it lives");
    let brand = FirstBrand { name: "Northwind".to_owned(), zone: "Europe/Lisbon".to_owned() };
    brands::first(domain, &actor, brand).await.expect("a first brand");
    accounts::actor(domain, token).await.expect("sessions can be read").expect("it lives")
}

/// Through the consent form, as a person would.
async fn connect(web: &Web, actor: &Actor, http: &reqwest::Client) -> ChannelId {
    let redirect = "http://localhost:3999/connect/tiktok/callback".to_owned();
    let consent = channels::begin(&web.domain, actor, Platform::Tiktok, redirect)
        .await
        .expect("a way to the consent screen");
    let (address, query) = consent.split_once('?').expect("a query");
    let mut form: Vec<(String, String)> =
        url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let scopes =
        form.iter().find(|(name, _)| name == "scope").map(|(_, scopes)| scopes.clone()).unwrap_or_default();
    form.extend(scopes.split(',').map(|scope| ("granted".to_owned(), scope.to_owned())));
    form.push(("account".to_owned(), "northwind".to_owned()));
    form.push(("decision".to_owned(), "allow".to_owned()));
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let quiet =
        reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
    drop(http.clone());
    let answer = quiet
        .post(address)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body)
        .send()
        .await
        .expect("the sandbox answers");
    let back = answer.headers()["location"].to_str().expect("text").parse::<url::Url>().expect("an address");
    let named =
        |name: &str| back.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    let back = channels::Return { code: named("code"), state: named("state"), error: named("error") };
    channels::finish(&web.domain, actor, Platform::Tiktok, back).await.expect("the account is connected").id
}

fn clip(folder: &Path) -> PathBuf {
    let path = folder.join("clip.mp4");
    let status = Command::new("ffmpeg")
        .args([
            "-nostdin",
            "-loglevel",
            "error",
            "-y",
            "-f",
            "lavfi",
            "-i",
            "testsrc2=size=720x1280:rate=30:duration=2",
        ])
        .args(["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"])
        .arg(&path)
        .status()
        .expect("ffmpeg is installed");
    assert!(status.success());
    path
}

async fn upload(web: &Web, actor: &Actor, path: &Path) -> AssetId {
    let bytes = tokio::fs::read(path).await.expect("the clip was made");
    let head = media::Head { file_name: "clip.mp4".to_owned(), declared_len: Some(bytes.len() as u64) };
    let stream = futures::stream::iter([Ok(bytes::Bytes::from(bytes))]).boxed();
    media::upload(&web.domain, actor, head, stream).await.expect("a good video").id
}

async fn put(http: &reqwest::Client, sandbox: &str, what: &str, value: Value) {
    let answer = http
        .put(format!("{sandbox}/{what}"))
        .header("content-type", "application/json")
        .body(value.to_string())
        .send()
        .await
        .expect("the sandbox answers");
    assert!(answer.status().is_success(), "{what}: {}", answer.status());
}
