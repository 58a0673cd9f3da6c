//! A domain on a database of its own, with one person, one brand, one channel and one clip.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use domain::accounts::Passwords;
use domain::channels::{self, Return};
use domain::delivery::PgStore;
use domain::{Actor, Domain, Parts, Place, media, posts};
use model::{
    AssetId, ChannelId, DeliveryId, DeliveryState, Platform, PostView, Privacy, Role, SchedulePost, When,
};
use publishing::{Fence, Hint, Job, NewStep, Owner, Platforms, Store as _, Then, Transition};
use sqlx::{PgConnection, Row as _};
use testkit::TestWorld;
use uuid::Uuid;

use super::outside::{Eye, Memory, body, clip};
use super::platform::{Double, Silent};

pub const LEASE: Duration = Duration::from_secs(45);

/// Everything a test touches.
pub struct Stage {
    pub domain: Domain,
    pub store: PgStore,
    pub double: Arc<Double>,
    pub files: Memory,
    pub eye: Eye,
    pub world: TestWorld,
    pub ana: Actor,
    pub owner: Owner,
    posts: AtomicU32,
}

impl Stage {
    pub async fn new() -> Self {
        let double = Arc::new(Double::default());
        *double.life.lock().unwrap() = Duration::from_hours(2);
        let (files, eye) = (Memory::default(), Eye::default());
        let platforms = Platforms::default().with(Arc::new(Silent), double.clone());
        let world = TestWorld::builder().platforms(platforms.clone()).tools(eye.clone()).start().await;
        // The same world with files that can be counted.
        let domain = Domain::new(Parts {
            db: world.domain.db.clone(),
            clock: world.domain.clock.clone(),
            rng: world.domain.rng.clone(),
            vault: world.domain.vault.clone(),
            passwords: Passwords::for_tests(),
            http: world.domain.http.clone(),
            platforms,
            files: Arc::new(files.clone()),
            tools: world.domain.tools.clone(),
            public_url: world.domain.public_url.clone(),
        });
        let ana = world.member(Role::Owner).await;
        Self {
            store: PgStore::new(&domain),
            domain,
            double,
            files,
            eye,
            world,
            ana,
            owner: Owner { id: "here/boot/1/1".into() },
            posts: AtomicU32::new(0),
        }
    }

    /// Somebody else, in a workspace of their own.
    pub async fn stranger(&self) -> Actor {
        self.world.second_workspace().await
    }

    /// Goes through the consent screen; `account` is the account's id there.
    pub async fn connect(&self, account: &str) -> ChannelId {
        self.connect_as(&self.ana, account).await
    }

    pub async fn connect_as(&self, actor: &Actor, account: &str) -> ChannelId {
        let back = self.consent(actor, account).await;
        channels::finish(&self.domain, actor, Platform::Tiktok, back).await.unwrap().id
    }

    /// What the platform sends the browser back with.
    pub async fn consent(&self, actor: &Actor, account: &str) -> Return {
        let address =
            channels::begin(&self.domain, actor, Platform::Tiktok, "http://127.0.0.1:3000/back".into())
                .await
                .unwrap();
        let state = address.split("state=").nth(1).unwrap().to_owned();
        Return { code: Some(account.into()), state: Some(state), error: None }
    }

    pub async fn upload(&self, salt: &str) -> AssetId {
        let file = clip(salt.as_bytes());
        let head = media::Head { file_name: "clip.mp4".into(), declared_len: Some(file.len() as u64) };
        media::upload(&self.domain, &self.ana, head, body(&file)).await.unwrap().id
    }

    /// A form as it would be sent, out at once.
    pub fn form(&self, channel: ChannelId, asset: AssetId) -> SchedulePost {
        let number = self.posts.fetch_add(1, Ordering::SeqCst);
        SchedulePost {
            request_key: format!("key-{number}"),
            channels: vec![channel],
            caption: format!("Morning coffee {number}"),
            asset: Some(asset),
            when: When::Now,
            privacy: Some(Privacy::SelfOnly),
            ..SchedulePost::default()
        }
    }

    pub async fn post(&self, channel: ChannelId) -> PostView {
        let asset = self.upload("a clip").await;
        posts::schedule(&self.domain, &self.ana, self.form(channel, asset)).await.unwrap()
    }

    /// A post that is due now, on the stage's channel.
    pub async fn delivery(&self) -> DeliveryId {
        let channel = self.connect("acc-1").await;
        self.post(channel).await.deliveries[0].id
    }

    /// A connection as the owner of the tables, inside Ana's workspace.
    pub async fn raw(&self) -> PgConnection {
        let mut conn = self.world.login().await;
        sqlx::query("select set_config('app.workspace_id', $1, false)")
            .bind(self.place().workspace.0.to_string())
            .execute(&mut conn)
            .await
            .unwrap();
        conn
    }

    pub fn place(&self) -> Place {
        self.ana.place.unwrap()
    }

    /// Changes the database behind the product's back; `$1` is `id`.
    pub async fn tweak(&self, sql: &'static str, id: Uuid) -> u64 {
        sqlx::query(sql).bind(id).execute(&mut self.raw().await).await.unwrap().rows_affected()
    }

    /// One number out of the database; `$1` is `id`.
    pub async fn count(&self, sql: &'static str, id: Uuid) -> i64 {
        sqlx::query(sql).bind(id).fetch_one(&mut self.raw().await).await.unwrap().get(0)
    }

    pub async fn state(&self, delivery: DeliveryId) -> DeliveryState {
        let word: String = sqlx::query("select state from deliveries where id = $1")
            .bind(delivery.0)
            .fetch_one(&mut self.raw().await)
            .await
            .unwrap()
            .get(0);
        DeliveryState::ALL.into_iter().find(|state| state.as_str() == word).unwrap()
    }

    /// Claims the delivery now, whenever it would have been its turn.
    pub async fn claim(&self, delivery: DeliveryId) -> Hint {
        self.tweak("update deliveries set next_action_at = clock_timestamp() where id = $1", delivery.0)
            .await;
        let hints = self.store.claim(200).await.unwrap();
        hints.into_iter().find(|hint| hint.delivery == delivery).expect("what is due is claimed")
    }

    pub async fn take(&self, delivery: DeliveryId) -> Job {
        let hint = self.claim(delivery).await;
        self.store.take(hint, &self.owner, LEASE).await.unwrap().expect("a fresh hint is taken")
    }

    /// Taken, and brought to `staged`.
    pub async fn staged(&self, delivery: DeliveryId) -> Fence {
        let job = self.take(delivery).await;
        let change = Transition::to(DeliveryState::Staged, Then::AtDue);
        self.store.settle(&job.fence, None, change).await.unwrap();
        job.fence
    }
}

/// The irreversible step.
pub fn last_chunk() -> NewStep {
    NewStep {
        part: 0,
        kind: "last_chunk".into(),
        index: 0,
        words: "Sent the last part of the video".into(),
        irreversible: true,
        timeout: Duration::from_secs(30),
    }
}

/// A step that can be undone.
pub fn init() -> NewStep {
    NewStep { kind: "init".into(), words: "Asked for an upload".into(), irreversible: false, ..last_chunk() }
}
