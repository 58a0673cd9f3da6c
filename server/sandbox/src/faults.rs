//! The faults that can be set: which call they bend, how, and how often.

use serde::{Deserialize, Serialize};

use crate::clock::Millis;

/// One line of the fault plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fault {
    pub(crate) platform: String,
    /// A name of [`CALLS`], or `*` for all of them.
    pub(crate) call: String,
    pub(crate) kind: Kind,
    /// How often it still happens; None for ever.
    #[serde(default)]
    pub(crate) times: Option<u32>,
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Kind {
    /// Not done; answered with this status and error code in the platform's own shape.
    Refuse { status: u16, code: String },
    /// Done at once, answered so many milliseconds later. Goes together with another fault of the same call.
    DelayMs(u32),
    /// Not done; the client sees the connection close before any byte of an answer.
    CutBefore,
    /// Done; the client sees the head and half of the body, then the connection closes.
    CutDuring,
    /// Done; the client sees the connection close before any byte of an answer.
    CutAfter,
    /// Done; answered with status 500.
    #[serde(rename = "do_it_but_500")]
    DoItBut500,
    /// Done; answered with status 200 and a web page instead of the answer.
    DoItButGarbage,
    /// The token of this call is expired from now on.
    ExpireToken,
    /// Not done; answered as if the limit per minute were reached.
    RateLimit,
    /// The list of videos misses those younger than this.
    ListLagsMs(u32),
    /// The next processing ends in failure for an internal reason.
    ProcessingFails,
    /// The next processing ends in failure for this reason.
    ProcessingFailsWith(String),
    /// The next webhook is sent so much later.
    WebhookLateMs(u32),
    /// The next webhook is sent twice.
    WebhookTwice,
}

/// The calls that faults can name. Kinds about processing, webhooks and lists happen at their own moment,
/// whichever call they name.
pub(crate) const CALLS: [&str; 14] = [
    "*",
    "authorize",
    "token",
    "revoke",
    "user_info",
    "creator_info",
    "video_init",
    "inbox_init",
    "upload",
    "last_chunk",
    "status",
    "cancel",
    "video_list",
    "video_query",
];

/// The platforms that faults can name.
pub(crate) const PLATFORMS: [&str; 1] = ["tiktok"];

/// What is to happen to one call.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(crate) delay_ms: u32,
    pub(crate) kind: Option<Kind>,
}

impl Fault {
    /// What is wrong with this line, in words for the person who set it.
    pub(crate) fn check(&self) -> Result<(), String> {
        if !PLATFORMS.contains(&self.platform.as_str()) {
            return Err(format!("platform `{}` is none of {}", self.platform, PLATFORMS.join(", ")));
        }
        if !CALLS.contains(&self.call.as_str()) {
            return Err(format!("call `{}` is none of {}", self.call, CALLS.join(", ")));
        }
        if self.times == Some(0) {
            return Err("a fault that happens 0 times has no effect; leave `times` out for ever".into());
        }
        if let Kind::Refuse { status, code } = &self.kind {
            if !(200..=599).contains(status) {
                return Err(format!("status {status} is not between 200 and 599"));
            }
            if code.is_empty() {
                return Err("a refusal needs an error code".into());
            }
        }
        Ok(())
    }

    fn bends(&self, platform: &str, call: &str) -> bool {
        let names_call = self.call == "*"
            || self.call == call
            // The last chunk is an upload as well.
            || (self.call == "upload" && call == "last_chunk");
        self.platform == platform && names_call
    }
}

impl Kind {
    /// The name in JSON, for the log.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Refuse { .. } => "refuse",
            Self::DelayMs(_) => "delay_ms",
            Self::CutBefore => "cut_before",
            Self::CutDuring => "cut_during",
            Self::CutAfter => "cut_after",
            Self::DoItBut500 => "do_it_but_500",
            Self::DoItButGarbage => "do_it_but_garbage",
            Self::ExpireToken => "expire_token",
            Self::RateLimit => "rate_limit",
            Self::ListLagsMs(_) => "list_lags_ms",
            Self::ProcessingFails => "processing_fails",
            Self::ProcessingFailsWith(_) => "processing_fails_with",
            Self::WebhookLateMs(_) => "webhook_late_ms",
            Self::WebhookTwice => "webhook_twice",
        }
    }

    fn bends_the_call_itself(&self) -> bool {
        !matches!(
            self,
            Self::ListLagsMs(_)
                | Self::ProcessingFails
                | Self::ProcessingFailsWith(_)
                | Self::WebhookLateMs(_)
                | Self::WebhookTwice
        )
    }
}

/// Whether any fault bends this call, so that a healthy world needs no write per call.
pub(crate) fn is_any_for_call(faults: &[Fault], platform: &str, call: &str) -> bool {
    faults.iter().any(|fault| fault.bends(platform, call) && fault.kind.bends_the_call_itself())
}

/// Takes what happens to this call: the first delay and the first other fault that name it.
pub(crate) fn take_for_call(faults: &mut Vec<Fault>, platform: &str, call: &str) -> Plan {
    let mut take = |wants_delay: bool| {
        take_first(faults, |fault| {
            fault.bends(platform, call)
                && fault.kind.bends_the_call_itself()
                && matches!(fault.kind, Kind::DelayMs(_)) == wants_delay
        })
    };
    let delay_ms = match take(true) {
        Some(Kind::DelayMs(delay)) => delay,
        _ => 0,
    };
    Plan { delay_ms, kind: take(false) }
}

/// Takes the reason for which a processing that starts now will fail.
pub(crate) fn take_processing_failure(faults: &mut Vec<Fault>, platform: &str) -> Option<String> {
    let kind = take_first(faults, |fault| {
        fault.platform == platform
            && matches!(fault.kind, Kind::ProcessingFails | Kind::ProcessingFailsWith(_))
    })?;
    Some(match kind {
        Kind::ProcessingFailsWith(reason) => reason,
        _ => "internal".into(),
    })
}

/// Takes how much later the next webhook is sent.
pub(crate) fn take_webhook_delay(faults: &mut Vec<Fault>, platform: &str) -> Millis {
    match take_first(faults, |fault| {
        fault.platform == platform && matches!(fault.kind, Kind::WebhookLateMs(_))
    }) {
        Some(Kind::WebhookLateMs(delay)) => delay.into(),
        _ => 0,
    }
}

/// Takes whether the next webhook is sent twice.
pub(crate) fn take_webhook_double(faults: &mut Vec<Fault>, platform: &str) -> bool {
    take_first(faults, |fault| fault.platform == platform && fault.kind == Kind::WebhookTwice).is_some()
}

/// Takes by how much the list of videos lags.
pub(crate) fn take_list_lag(faults: &mut Vec<Fault>, platform: &str) -> Millis {
    match take_first(faults, |fault| fault.platform == platform && matches!(fault.kind, Kind::ListLagsMs(_)))
    {
        Some(Kind::ListLagsMs(lag)) => lag.into(),
        _ => 0,
    }
}

fn take_first(faults: &mut Vec<Fault>, is_wanted: impl Fn(&Fault) -> bool) -> Option<Kind> {
    let at = faults.iter().position(is_wanted)?;
    let fault = &mut faults[at];
    let kind = fault.kind.clone();
    if let Some(times) = &mut fault.times {
        *times = times.saturating_sub(1);
        if *times == 0 {
            faults.remove(at);
        }
    }
    Some(kind)
}
