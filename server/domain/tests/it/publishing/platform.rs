//! A platform that says what the test told it to say, and counts how often it was asked.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use model::{Evidence, Platform as Name, Privacy};
use publishing::{
    Accounts, Answer, Authorize, CallLog, Capabilities, Class, CodeExchange, Committed, Connected, Creator,
    Cx, Http, Idempotency, Job, Next, Platform, Prepared, Progress, Refusal, StepPlan, TokenSet,
};
use secrecy::{ExposeSecret as _, SecretString};

static CAN: Capabilities = Capabilities {
    platform: Name::Tiktok,
    idempotency: Idempotency::None,
    absence_is_proof: true,
    partly_sent_is_unknown: true,
    refresh_reuse_tolerant: false,
    lead: Duration::from_mins(15),
    commit_timeout: Duration::from_secs(30),
    confirm_limit: Duration::from_hours(24),
    poll: (Duration::from_secs(5), Duration::from_mins(1)),
};

/// What the next refresh is answered with; without one it works.
pub enum Refreshed {
    /// Slowly, and well.
    After(Duration),
    WithoutRefreshToken,
    Refused(Class, Evidence),
}

/// TikTok, as far as connecting goes.
#[derive(Default)]
pub struct Double {
    pub refreshes: AtomicU32,
    pub revokes: AtomicU32,
    pub connects: AtomicU32,
    pub next_refresh: Mutex<VecDeque<Refreshed>>,
    /// Refresh tokens as they were sent.
    pub sent: Mutex<Vec<String>>,
    /// What the account's options are; all of them when empty.
    pub stopped: Mutex<Option<Refusal>>,
    /// How long fresh access tokens live.
    pub life: Mutex<Duration>,
}

fn good<T>(value: T) -> Answer<T> {
    Answer { outcome: Ok(value), evidence: Evidence::E8, log: CallLog::default() }
}

impl Double {
    fn tokens(&self, number: u32) -> TokenSet {
        TokenSet {
            access: SecretString::from(format!("act.a-token-of-some-length.{number}")),
            refresh: Some(SecretString::from(format!("rft.a-token-of-some-length.{number}"))),
            access_expires_in: *self.life.lock().unwrap(),
            refresh_expires_in: Some(Duration::from_hours(24 * 180)),
            scopes: vec!["user.info.basic".into(), "video.publish".into()],
        }
    }
}

#[async_trait]
impl Accounts for Double {
    fn authorize_url(&self, ask: &Authorize) -> String {
        format!("https://consent.example/?state={}", ask.state)
    }

    async fn connect(&self, _: &dyn Http, code: &CodeExchange) -> Answer<Connected> {
        self.connects.fetch_add(1, Ordering::SeqCst);
        assert!((43..=128).contains(&code.pkce_verifier.expose_secret().len()));
        good(Connected {
            tokens: self.tokens(0),
            remote_account: code.code.expose_secret().to_owned(),
            name: "Northwind Coffee".into(),
            handle: "northwind".into(),
            avatar_url: None,
        })
    }

    async fn refresh(&self, _: &dyn Http, refresh: &SecretString) -> Answer<TokenSet> {
        let number = self.refreshes.fetch_add(1, Ordering::SeqCst) + 1;
        self.sent.lock().unwrap().push(refresh.expose_secret().to_owned());
        let next = self.next_refresh.lock().unwrap().pop_front();
        match next {
            None => good(self.tokens(number)),
            Some(Refreshed::After(wait)) => {
                tokio::time::sleep(wait).await;
                good(self.tokens(number))
            }
            Some(Refreshed::WithoutRefreshToken) => good(TokenSet { refresh: None, ..self.tokens(number) }),
            Some(Refreshed::Refused(class, evidence)) => Answer {
                outcome: Err(Refusal::new(class, "refused", "The platform says no.")),
                evidence,
                log: CallLog::default(),
            },
        }
    }

    async fn revoke(&self, _: &dyn Http, _: &SecretString) -> Answer<()> {
        self.revokes.fetch_add(1, Ordering::SeqCst);
        good(())
    }

    async fn creator(&self, _: &dyn Http, _: &SecretString) -> Answer<Creator> {
        if let Some(refusal) = self.stopped.lock().unwrap().clone() {
            return Answer { outcome: Err(refusal), evidence: Evidence::E5, log: CallLog::default() };
        }
        good(Creator {
            nickname: "Northwind Coffee".into(),
            username: "northwind".into(),
            privacy_options: vec![Privacy::PublicToEveryone, Privacy::SelfOnly],
            comment_disabled: false,
            duet_disabled: false,
            stitch_disabled: true,
            max_video_seconds: 300,
        })
    }
}

/// The half that publishes; these tests drive the store themselves, so nothing of it is ever called.
pub struct Silent;

#[async_trait]
impl Platform for Silent {
    fn capabilities(&self) -> &'static Capabilities {
        &CAN
    }

    fn next(&self, _: &Job) -> Next {
        Next::Impossible(Refusal::new(Class::Permanent, "silent", "Nothing is published here."))
    }

    async fn prepare(&self, _: &Cx<'_>, _: &Job, _: &StepPlan) -> Answer<Prepared> {
        good(Prepared { ids: BTreeMap::new(), ..Prepared::default() })
    }

    async fn commit(&self, _: &Cx<'_>, _: &Job, _: &StepPlan) -> Answer<Committed> {
        panic!("no test of the store publishes")
    }

    async fn look(&self, _: &Cx<'_>, _: &Job) -> Answer<Progress> {
        good(Progress::NotFound)
    }
}
