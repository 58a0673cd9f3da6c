//! `daybill demo`: the main job once, through the same use cases as the pages, in front of the person.

mod person;
mod show;

use std::process::ExitCode;
use std::time::Duration;

use domain::{Actor, accounts, media, posts};
use futures::StreamExt as _;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use model::{
    AppError, AssetView, BrandView, ChannelView, DeliveryState, DeliveryView, PostId, PostView, Privacy,
    SchedulePost, When,
};
use tokio_util::io::ReaderStream;
use uuid::Uuid;

use self::person::Person;
use crate::config::Settings;
use crate::router::Web;
use crate::run::{self, RunError, Running};
use crate::wiring::Role;

/// Enough to upload the video before it is due, so that only the last call remains then.
const AHEAD: SignedDuration = SignedDuration::from_secs(6);
/// Longer than everything may take together.
const PATIENCE: Duration = Duration::from_secs(90);

/// Why the demonstration did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    #[error(transparent)]
    Run(#[from] RunError),
    #[error("the demonstration needs the sandbox: set DAYBILL_SANDBOX=on and leave TIKTOK_CLIENT_KEY unset")]
    NoSandbox,
    /// A use case refused; in its words for people.
    #[error("{what}: {why}")]
    Refused { what: &'static str, why: String },
    #[error("{what}")]
    Io { what: &'static str, source: std::io::Error },
    #[error("{0}")]
    Unexpected(String),
}

/// What is said of a use case that refused.
fn refused<E>(what: &'static str) -> impl FnOnce(E) -> DemoError
where
    E: std::error::Error + 'static,
    AppError: for<'a> From<&'a E>,
{
    move |error| {
        tracing::error!(error = &error as &dyn std::error::Error, "Refused: {what}");
        DemoError::Refused { what, why: AppError::from(&error).message }
    }
}

fn io(what: &'static str) -> impl FnOnce(std::io::Error) -> DemoError {
    move |source| DemoError::Io { what, source }
}

/// Runs the demonstration; with `once` ends after it, otherwise serves on.
pub async fn run(settings: &Settings, once: bool) -> ExitCode {
    match demonstrate(settings, once).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(DemoError::Run(error)) => {
            eprintln!("{}", error.line());
            error.exit_code()
        }
        Err(error) => {
            eprintln!("The demonstration failed: {error}");
            ExitCode::from(1)
        }
    }
}

async fn demonstrate(settings: &Settings, once: bool) -> Result<(), DemoError> {
    if !settings.sandbox || settings.tiktok.is_some() {
        return Err(DemoError::NoSandbox);
    }
    show::step("starting Daybill");
    let running = run::start(settings, Role::All).await?;
    let outcome = main_job(&running, settings).await;
    let line = match outcome {
        Ok(line) => line,
        Err(error) => {
            running.stop().await;
            return Err(error);
        }
    };
    if once {
        running.stop().await;
        println!("{line}");
        return Ok(());
    }
    println!("{line}");
    show::step("serving on; Ctrl-C stops everything");
    Ok(running.until_signal().await?)
}

/// From nothing to a live video; returns the closing line.
async fn main_job(running: &Running, settings: &Settings) -> Result<String, DemoError> {
    let web = &running.web;
    let person = Person::sign_in(web, running.bound, &settings.data).await?;
    show::fact(
        "account",
        &format!("{} · password {}", person.credentials.email, person.credentials.password),
    );
    let brand = person.brand(web).await?;
    show::fact("brand", &format!("{} ({})", brand.name, brand.zone));
    let channel = person.channel(web).await?;
    show::fact("channel", &format!("@{} on {}", channel.handle, channel.platform.label()));

    show::step("making a vertical video with ffmpeg");
    let word = unique_word(web);
    let asset = clip(web, &person.actor, settings, &word).await?;
    show::fact("video", &asset.facts);

    let caption = format!("Fresh from the roaster, batch {word} #coffee");
    let post = schedule(web, &person.actor, &brand, &channel, &asset, &caption).await?;
    let due = post.deliveries.first().map(|delivery| delivery.due_words.clone()).unwrap_or_default();
    show::fact("scheduled", &format!("for {due}, in the zone {}", post.zone));

    let delivery = watch(web, &person.actor, post.id).await?;
    let late_ms = delivery.late_ms.unwrap_or_default();
    let live = judge(&person, &caption, &asset_hash(web, &person.actor, &asset).await?).await?;
    show::fact("in Daybill", &format!("{}/posts/{}", web.public.origin, post.id));
    show::fact("on the sandbox", delivery.url.as_deref().unwrap_or("no link"));
    show::fact("lateness", &format!("{late_ms} ms after the due time"));
    if live != 1 {
        return Err(DemoError::Unexpected(format!(
            "the sandbox's feed shows this video {live} times instead of once"
        )));
    }
    let deliveries = post.deliveries.len();
    Ok(format!(r#"{{"demo":"ok","deliveries":{deliveries},"live":{live},"late_ms":{late_ms}}}"#))
}

/// Tells this run's post from those of earlier ones.
fn unique_word(web: &Web) -> String {
    let mut bytes = [0; 4];
    web.domain.rng.fill(&mut bytes);
    hex::encode(bytes)
}

async fn clip(web: &Web, actor: &Actor, settings: &Settings, word: &str) -> Result<AssetView, DemoError> {
    let path = settings.data.join(format!("demo-{word}.mp4"));
    let not_made = |why: String| DemoError::Refused { what: "the video was not made", why };
    let tools = render::Tools::find().await.map_err(|error| not_made(error.to_string()))?;
    tools
        .vertical_clip(&path, &format!("Fresh batch {word}"))
        .await
        .map_err(|error| not_made(error.to_string()))?;
    let file = tokio::fs::File::open(&path).await.map_err(io("the video that was made cannot be read"))?;
    let declared_len = file.metadata().await.ok().map(|facts| facts.len());
    let head = media::Head { file_name: format!("roaster-{word}.mp4"), declared_len };
    let uploaded = media::upload(&web.domain, actor, head, ReaderStream::new(file).boxed()).await;
    // The copy in storage is the one that counts.
    let _ = tokio::fs::remove_file(&path).await;
    uploaded.map_err(refused("the video was not taken"))
}

async fn schedule(
    web: &Web,
    actor: &Actor,
    brand: &BrandView,
    channel: &ChannelView,
    asset: &AssetView,
    caption: &str,
) -> Result<PostView, DemoError> {
    let zone = TimeZone::get(&brand.zone).map_err(|error| DemoError::Unexpected(error.to_string()))?;
    let due = whole_second(web.domain.clock.now() + AHEAD).to_zoned(zone);
    let input = SchedulePost {
        request_key: Uuid::from_u128(u128::from_be_bytes(random(web))).simple().to_string(),
        channels: vec![channel.id],
        caption: caption.to_owned(),
        asset: Some(asset.id),
        when: When::At,
        date: due.strftime("%Y-%m-%d").to_string(),
        time: due.strftime("%H:%M:%S").to_string(),
        privacy: Some(Privacy::PublicToEveryone),
        allow_comment: true,
        ..SchedulePost::default()
    };
    posts::schedule(&web.domain, actor, input).await.map_err(refused("the post was not scheduled"))
}

fn random(web: &Web) -> [u8; 16] {
    let mut bytes = [0; 16];
    web.domain.rng.fill(&mut bytes);
    bytes
}

/// Times on the calendar are whole seconds.
fn whole_second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at) + 1.second()
}

/// Waits until the delivery rests and tells each state as it comes.
async fn watch(web: &Web, actor: &Actor, post: PostId) -> Result<DeliveryView, DemoError> {
    let until = web.domain.clock.monotonic() + PATIENCE;
    let mut told = 0;
    loop {
        let view = posts::get(&web.domain, actor, post).await.map_err(refused("the post cannot be read"))?;
        let delivery = view.deliveries.into_iter().next();
        let Some(delivery) = delivery else {
            return Err(DemoError::Unexpected("the post has no delivery".to_owned()));
        };
        for change in delivery.changes.iter().skip(told) {
            show::state(&change.at, change.state.as_str(), change.reason.as_deref());
        }
        told = delivery.changes.len();
        match delivery.state {
            DeliveryState::Published => return Ok(delivery),
            state if state.is_at_rest() || state == DeliveryState::Blocked => {
                let why = delivery.reason.unwrap_or_default();
                return Err(DemoError::Unexpected(format!("the delivery is {}: {why}", state.as_str())));
            }
            _ if web.domain.clock.monotonic() > until => {
                let state = delivery.state.as_str();
                return Err(DemoError::Unexpected(format!(
                    "after {PATIENCE:?} the delivery is still {state}"
                )));
            }
            _ => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
}

/// SHA-256 over what storage holds.
async fn asset_hash(web: &Web, actor: &Actor, asset: &AssetView) -> Result<String, DemoError> {
    use sha2::Digest as _;

    let opened = media::open(&web.domain, actor, asset.id, media::Piece::File)
        .await
        .map_err(refused("the stored video cannot be opened"))?;
    let failed = io("the stored video cannot be read");
    let mut stream = match web.domain.files.read(&opened.key, 0, opened.size_bytes).await {
        Ok(stream) => stream,
        Err(error) => return Err(failed(error)),
    };
    let mut hash = sha2::Sha256::new();
    while let Some(piece) = stream.next().await {
        hash.update(piece.map_err(io("the stored video cannot be read"))?);
    }
    Ok(hex::encode(hash.finalize()))
}

/// How often the sandbox's feed shows this caption with this very file.
async fn judge(person: &Person, caption: &str, sha256: &str) -> Result<usize, DemoError> {
    let feed = person.get("/sandbox/feed.json").await?;
    let feed: serde_json::Value = serde_json::from_slice(&feed.body)
        .map_err(|error| DemoError::Unexpected(format!("the feed: {error}")))?;
    let live = feed["live"].as_array().map(Vec::as_slice).unwrap_or_default();
    let captioned: Vec<_> = live.iter().filter(|post| post["caption"] == caption).collect();
    if let Some(other) = captioned.iter().find(|post| post["sha256"] != sha256) {
        let found = other["sha256"].as_str().unwrap_or_default();
        return Err(DemoError::Unexpected(format!(
            "the live file is another one: {found} instead of {sha256}"
        )));
    }
    Ok(captioned.len())
}

/// The demonstration's account, in the words of accounts.
async fn actor(web: &Web, token: &str) -> Result<Actor, DemoError> {
    accounts::actor(&web.domain, token)
        .await
        .map_err(refused("the session cannot be read"))?
        .ok_or_else(|| DemoError::Unexpected("the session that was just opened is not there".to_owned()))
}
