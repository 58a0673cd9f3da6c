//! The world itself: its state behind one lock, saved before anybody hears of a change, and moved by its time.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use crate::clock::{self, Millis};
use crate::disk::Disk;
use crate::log::Log;
use crate::state::State;
use crate::tiktok::upload::Uploads;
use crate::videos::Videos;
use crate::{OpenError, Options, webhooks};

/// A cheap handle on one world. The world ends with its last handle.
#[derive(Clone, Debug)]
pub struct World(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    public_url: String,
    base_path: String,
    state: Mutex<State>,
    disk: Option<Disk>,
    /// The version that is on disk; the lock also keeps writes one after the other.
    saved: tokio::sync::Mutex<u64>,
    log: Log,
    videos: Videos,
    uploads: Uploads,
    client: reqwest::Client,
    wake: Arc<Notify>,
}

impl World {
    /// Opens the world of `options.state_dir`, or an empty one. Must be called inside a tokio runtime.
    pub async fn open(options: Options) -> Result<Self, OpenError> {
        let (disk, state, log, videos) = match &options.state_dir {
            None => (None, State::default(), Log::default(), Videos::in_memory()),
            Some(dir) => {
                let (disk, state) = Disk::open(dir).await?;
                let folder = |source| OpenError::Folder { path: dir.clone(), source };
                let log = Log::open(dir).map_err(folder)?;
                let videos = Videos::on_disk(dir.join("videos")).await.map_err(folder)?;
                (Some(disk), state, log, videos)
            }
        };
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(5))
            .build()
            .map_err(OpenError::Client)?;
        let world = Self(Arc::new(Inner {
            public_url: options.public_url.as_str().trim_end_matches('/').to_owned(),
            base_path: options.public_url.path().trim_end_matches('/').to_owned(),
            state: Mutex::new(state),
            disk,
            saved: tokio::sync::Mutex::new(0),
            log,
            videos,
            uploads: Uploads::default(),
            client,
            wake: Arc::new(Notify::new()),
        }));
        world.keep_moving();
        Ok(world)
    }

    /// An address in this world for programs, such as the one of an upload.
    pub(crate) fn address(&self, path: &str) -> String {
        format!("{}{path}", self.0.public_url)
    }

    /// A path in this world for links in its own pages.
    pub(crate) fn path(&self, path: &str) -> String {
        format!("{}{path}", self.0.base_path)
    }

    /// The path of the overview; a nested router answers without the slash at the end only.
    pub(crate) fn home(&self) -> &str {
        if self.0.base_path.is_empty() { "/" } else { &self.0.base_path }
    }

    pub(crate) fn log(&self) -> &Log {
        &self.0.log
    }

    pub(crate) fn videos(&self) -> &Videos {
        &self.0.videos
    }

    pub(crate) fn uploads(&self) -> &Uploads {
        &self.0.uploads
    }

    pub(crate) fn client(&self) -> &reqwest::Client {
        &self.0.client
    }

    pub(crate) fn now(&self) -> Millis {
        clock::real_now() + self.lock().offset_ms
    }

    /// Looks at the state as it is at this moment.
    pub(crate) async fn read<T>(&self, look: impl FnOnce(&State, Millis) -> T) -> T {
        let (answer, version) = {
            let mut state = self.lock();
            let now = clock::real_now() + state.offset_ms;
            let has_settled = state.settle(now);
            if has_settled {
                state.version += 1;
            }
            (look(&state, now), has_settled.then_some(state.version))
        };
        // What has been shown must not be forgotten by a crash.
        if let Some(version) = version {
            self.save(version).await;
            self.0.wake.notify_one();
        }
        answer
    }

    /// Changes the state and returns once the change is saved.
    pub(crate) async fn change<T>(&self, act: impl FnOnce(&mut State, Millis) -> T) -> T {
        let (answer, version) = {
            let mut state = self.lock();
            let now = clock::real_now() + state.offset_ms;
            state.settle(now);
            let answer = act(&mut state, now);
            // The act may have moved the time.
            let now = clock::real_now() + state.offset_ms;
            state.settle(now);
            state.version += 1;
            (answer, state.version)
        };
        self.save(version).await;
        self.0.wake.notify_one();
        answer
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whoever holds the lock writes the newest state, so those who waited find their change already written.
    async fn save(&self, version: u64) {
        let Some(disk) = &self.0.disk else { return };
        let mut saved = self.0.saved.lock().await;
        if *saved >= version {
            return;
        }
        let (snapshot, version) = {
            let state = self.lock();
            (serde_json::to_vec(&*state).expect("the state is plain data"), state.version)
        };
        match disk.save(snapshot).await {
            Ok(()) => *saved = version,
            Err(error) => tracing::error!(%error, "The sandbox could not save its state"),
        }
    }

    /// Moves what happens by itself (processing, webhooks) for as long as somebody holds the world.
    fn keep_moving(&self) {
        let weak = Arc::downgrade(&self.0);
        let wake = Arc::clone(&self.0.wake);
        tokio::spawn(async move {
            while let Some(inner) = weak.upgrade() {
                let world = World(inner);
                webhooks::send_due(&world).await;
                let (next, now) = world.read(|state, now| (state.next_due(), now)).await;
                drop(world);
                // Wakes once in a while in any case, to notice that nobody holds the world any more.
                let pause = next.map_or(60_000, |next| (next - now).clamp(1, 60_000)).unsigned_abs();
                let _ = tokio::time::timeout(Duration::from_millis(pause), wake.notified()).await;
            }
        });
    }
}
