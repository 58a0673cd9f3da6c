//! What TikTok's refusals mean: the failure table of contract tiktok.md (b), with a sentence for people.

use std::time::Duration;

use model::Evidence;
use publishing::{Class, Refusal};

/// One error code.
pub(super) struct Row {
    pub(super) code: &'static str,
    pub(super) class: Class,
    /// Not before this much later.
    pub(super) wait: Option<Duration>,
    words: &'static str,
}

const fn row(code: &'static str, class: Class, words: &'static str) -> Row {
    Row { code, class, wait: None, words }
}

const fn later(code: &'static str, wait: Duration, words: &'static str) -> Row {
    Row { code, class: Class::RateLimited, wait: Some(wait), words }
}

const MINUTE: Duration = Duration::from_mins(1);
const DAY: Duration = Duration::from_hours(24);

const BAD_INPUT: &str =
    "TikTok does not take this post as it is. Change the caption or the settings, then try again.";
const BAD_PERMISSION: &str = "This account did not allow everything that posting needs. Connect it again and leave every permission on.";
const BANNED: &str = "TikTok does not let this account post. Open TikTok to see why; nothing was published.";
const SPAM: &str = "TikTok takes this post for spam and did not publish it. Change the text or the video.";
const TOO_MANY: &str =
    "This account has posted as often as TikTok allows within 24 hours. It can post again tomorrow.";
const NOT_OURS: &str = "TikTok does not know this upload any more.";

/// `error.code` of the v2 API (contract §7).
pub(super) const REFUSALS: &[Row] = &[
    row("access_token_invalid", Class::Refresh, "TikTok's sign-in ran out and is being renewed."),
    row("scope_not_authorized", Class::Reconnect, BAD_PERMISSION),
    row("scope_permission_missed", Class::Reconnect, BAD_PERMISSION),
    later(
        "rate_limit_exceeded",
        MINUTE,
        "TikTok asked us to slow down. It takes requests again in a minute.",
    ),
    later("spam_risk_too_many_posts", DAY, TOO_MANY),
    later(
        "spam_risk_too_many_pending_share",
        DAY,
        "5 drafts wait in this account's TikTok inbox. Finish or delete some of them in the TikTok app.",
    ),
    later(
        "reached_active_user_cap",
        DAY,
        "More people posted through this app today than TikTok allows. It can post again tomorrow.",
    ),
    row("spam_risk_user_banned_from_posting", Class::Permanent, BANNED),
    row("spam_risk", Class::Permanent, SPAM),
    row("spam_risk_text", Class::Permanent, SPAM),
    row(
        "privacy_level_option_mismatch",
        Class::Permanent,
        "The account no longer offers the chosen \"Who can see it\". Choose again, then retry.",
    ),
    row(
        "unaudited_client_can_only_post_to_private_accounts",
        Class::Permanent,
        "Until TikTok has audited this app, it posts only to private accounts and only as \"Only me\". Set the \
         account to private and choose \"Only me\".",
    ),
    row(
        "url_ownership_unverified",
        Class::Permanent,
        "TikTok does not know that this address belongs to us. An operator has to verify the domain at TikTok.",
    ),
    row("invalid_param", Class::Permanent, BAD_INPUT),
    row("invalid_params", Class::Permanent, BAD_INPUT),
    row("invalid_file_upload", Class::Permanent, "TikTok does not take this file. Choose another one."),
    row(
        "app_version_check_failed",
        Class::Permanent,
        "The TikTok app of this account is too old. Update it, then try again.",
    ),
    // Only status and cancel answer these, about an id that TikTok itself gave: nobody can say what that means.
    row("invalid_publish_id", Class::Ambiguous, NOT_OURS),
    row("token_not_authorized_for_specified_publish_id", Class::Ambiguous, NOT_OURS),
    row("internal_error", Class::Ambiguous, "TikTok answered with a server error."),
];

/// `fail_reason` of the status (contract §6).
pub(super) const FAILURES: &[Row] = &[
    row("file_format_check_failed", Class::Permanent, "TikTok cannot play this file. Choose another one."),
    row("duration_check_failed", Class::Permanent, "The video is longer than this account may post."),
    row("frame_rate_check_failed", Class::Permanent, "TikTok takes videos with 23 to 60 pictures a second."),
    row(
        "picture_size_check_failed",
        Class::Permanent,
        "TikTok takes pictures from 360 to 4096 pixels a side.",
    ),
    row("internal", Class::Retry, "TikTok failed to process the video. Nothing was published; trying again."),
    row("video_pull_failed", Class::Retry, "TikTok could not fetch the video. Trying again."),
    row("photo_pull_failed", Class::Retry, "TikTok could not fetch the picture. Trying again."),
    row(
        "publish_cancelled",
        Class::Permanent,
        "The post was stopped on TikTok's side. Nothing was published.",
    ),
    row(
        "auth_removed",
        Class::Reconnect,
        "The account took back its permission while TikTok worked on the video. Connect it again.",
    ),
    later("spam_risk_too_many_posts", DAY, TOO_MANY),
    row("spam_risk_user_banned_from_posting", Class::Permanent, BANNED),
    row("spam_risk_text", Class::Permanent, SPAM),
    row("spam_risk", Class::Permanent, SPAM),
];

const OPERATOR: &str =
    "TikTok does not accept this instance's app key. An operator has to check the TikTok settings.";
const NOT_UNDERSTOOD: &str = "TikTok did not understand the sign-in. An operator has to look at the log.";

/// `error` of the token endpoint (contract §1).
pub(super) const SIGN_IN: &[Row] = &[
    row(
        "invalid_grant",
        Class::Reconnect,
        "TikTok no longer accepts this connection. Connect the account again; what is scheduled stays.",
    ),
    row(
        "access_denied",
        Class::Reconnect,
        "The account did not allow the connection. Connect it again to go on.",
    ),
    row("invalid_scope", Class::Permanent, NOT_UNDERSTOOD),
    row("invalid_client", Class::Permanent, OPERATOR),
    row("unauthorized_client", Class::Permanent, OPERATOR),
    row("invalid_request", Class::Permanent, NOT_UNDERSTOOD),
    row("unsupported_grant_type", Class::Permanent, NOT_UNDERSTOOD),
    row("unsupported_response_type", Class::Permanent, NOT_UNDERSTOOD),
];

/// What an error of the v2 API means.
pub(super) fn refusal(status: u16, code: &str) -> (Refusal, Evidence) {
    of(REFUSALS, status, code)
}

/// What an error of the token endpoint means.
pub(super) fn sign_in(status: u16, code: &str) -> (Refusal, Evidence) {
    of(SIGN_IN, status, code)
}

/// What a failed publish means, and whether a new try makes sense.
pub(super) fn failure(reason: &str) -> (Refusal, bool) {
    let refusal = FAILURES.iter().find(|row| row.code == reason).map_or_else(
        || {
            let words = format!("TikTok did not publish the video, for a reason we do not know: `{reason}`.");
            Refusal::new(Class::Permanent, reason, words)
        },
        Row::refusal,
    );
    let may_retry = matches!(refusal.class, Class::Retry | Class::RateLimited);
    (refusal, may_retry)
}

fn of(rows: &[Row], status: u16, code: &str) -> (Refusal, Evidence) {
    let known = |code: &str| rows.iter().find(|row| row.code == code).map(Row::refusal);
    let refusal = known(code).or_else(|| match status {
        401 => known("access_token_invalid"),
        429 => known("rate_limit_exceeded"),
        _ => None,
    });
    let refusal = refusal.unwrap_or_else(|| {
        if status >= 500 {
            Refusal::new(Class::Ambiguous, code, "TikTok answered with a server error.")
        } else {
            let words =
                format!("TikTok refused for a reason we do not know: `{code}`. Nothing was published.");
            Refusal::new(Class::Permanent, code, words)
        }
    });
    let evidence = match refusal.class {
        Class::RateLimited => Evidence::E6,
        Class::Ambiguous => Evidence::E4,
        _ => Evidence::E5,
    };
    (refusal, evidence)
}

impl Row {
    fn refusal(&self) -> Refusal {
        let refusal = Refusal::new(self.class, self.code, self.words);
        match self.wait {
            Some(wait) => refusal.after(wait),
            None => refusal,
        }
    }
}
