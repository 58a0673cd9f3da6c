//! A post and its deliveries as pages show them.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use jiff_sqlx::Timestamp as At;
use model::{
    Action, AttemptView, DeliveryState, DeliveryView, Evidence, PostId, PostView, ShownState,
    StateChangeView, StepOutcome,
};
use publishing::Content;

use super::pg::{ChangeRow, DeliveryRow, PostRow, StepRow};
use super::{PostError, is_cancelable, pg, words};
use crate::db::TenantTx;
use crate::{Place, media};

/// What is the same for all deliveries of a post.
struct Frame<'a> {
    zone: &'a TimeZone,
    now: Timestamp,
    may_publish: bool,
    time_note: Option<&'a str>,
    settings: Vec<String>,
}

/// Reads a post of the place's brand.
pub(super) async fn post(tx: &mut TenantTx, place: &Place, id: PostId) -> Result<PostView, PostError> {
    let row = pg::find(tx.conn(), id).await.map_err(PostError::Store)?;
    let row = row.filter(|row| row.brand == place.brand).ok_or(PostError::NotFound)?;
    let zone = words::zone(&row.zone);
    let content: Content = serde_json::from_value(row.content.clone()).unwrap_or_default();
    let frame = Frame {
        zone: &zone,
        now: pg::now(tx.conn()).await.map_err(PostError::Store)?,
        may_publish: model::can(place.role, Action::Publish),
        time_note: row.time_note.as_deref(),
        settings: settings(&content),
    };
    let asset = match row.asset {
        Some(asset) => media::pg::find(tx.conn(), asset).await.map_err(PostError::Store)?,
        None => None,
    };
    let mut deliveries = Vec::new();
    for delivery in pg::deliveries(tx.conn(), id).await.map_err(PostError::Store)? {
        let steps = pg::steps(tx.conn(), delivery.id).await.map_err(PostError::Store)?;
        let changes = pg::changes(tx.conn(), delivery.id).await.map_err(PostError::Store)?;
        deliveries.push(one(&frame, delivery, steps, changes));
    }
    let shown: Vec<ShownState> = deliveries.iter().map(|delivery| delivery.shown).collect();
    let PostRow { caption, created_at, author, zone: zone_name, .. } = row;
    Ok(PostView {
        id,
        caption,
        state: ShownState::of_post(&shown),
        created_words: words::moment(created_at.to_jiff(), &zone),
        zone: zone_name,
        asset: asset.map(media::pg::AssetRow::view),
        author: author.unwrap_or_else(|| "Someone who has left".to_owned()),
        deliveries,
    })
}

fn one(frame: &Frame<'_>, row: DeliveryRow, steps: Vec<StepRow>, changes: Vec<ChangeRow>) -> DeliveryView {
    let due_at = row.due_at.to_jiff();
    let is_due = frame.now >= due_at;
    // What the clocks do on that day is worth knowing until it is out.
    let note = frame.time_note.filter(|_| !row.state.is_at_rest()).map(str::to_owned);
    let late = row.committed_at.map(|at| at.to_jiff().as_millisecond() - due_at.as_millisecond());
    DeliveryView {
        id: row.id,
        platform: row.platform,
        channel_name: row.channel_name,
        channel_handle: row.channel_handle,
        state: row.state,
        shown: row.state.shown(is_due),
        due_words: words::moment_seen_from(frame.now, due_at, frame.zone),
        due_at_ms: due_at.as_millisecond(),
        reason: row.reason.or(note),
        published_words: row.published_at.map(At::to_jiff).map(|at| words::moment(at, frame.zone)),
        late_ms: late.filter(|_| row.state == DeliveryState::Published),
        url: row.url,
        settings: frame.settings.clone(),
        may_cancel: frame.may_publish && is_cancelable(row.state),
        attempts: steps.into_iter().map(|step| attempt(step, frame.zone)).collect(),
        changes: changes.into_iter().map(|change| changed(change, due_at, frame.zone)).collect(),
    }
}

fn attempt(step: StepRow, zone: &TimeZone) -> AttemptView {
    let seen = step.evidence.as_deref().and_then(evidence);
    let outcome = match step.outcome {
        StepOutcome::Intent => "Under way".to_owned(),
        StepOutcome::Confirmed => "Done".to_owned(),
        StepOutcome::Unknown => match seen {
            Some(seen) => format!("Not certain: {}", seen.words()),
            None => "Not certain".to_owned(),
        },
        StepOutcome::Refuted => match (step.note, seen) {
            (Some(note), _) => format!("Not done: {note}"),
            (None, Some(seen)) => format!("Not done: {}", seen.words()),
            (None, None) => "Not done".to_owned(),
        },
    };
    let raw = match step.log.as_array() {
        Some(calls) if !calls.is_empty() => serde_json::to_string_pretty(calls).unwrap_or_default(),
        _ => String::new(),
    };
    AttemptView {
        at: words::exact_time(step.begun_at.to_jiff(), zone),
        what: step.words,
        outcome,
        took_ms: step.took_ms,
        raw,
    }
}

fn changed(row: ChangeRow, due_at: Timestamp, zone: &TimeZone) -> StateChangeView {
    let at = row.at.to_jiff();
    StateChangeView {
        at: words::exact_time(at, zone),
        state: row.state,
        shown: row.state.shown(at >= due_at),
        reason: row.reason,
    }
}

fn evidence(code: &str) -> Option<Evidence> {
    use Evidence::{E0, E1, E2, E3, E4, E5, E6, E7, E8, E9};
    [E0, E1, E2, E3, E4, E5, E6, E7, E8, E9].into_iter().find(|seen| seen.as_str() == code)
}

/// Privacy and switches as chosen.
fn settings(content: &Content) -> Vec<String> {
    let mut words: Vec<String> =
        content.privacy.iter().map(|privacy| format!("Visible to: {}", privacy.label())).collect();
    for (what, is_on) in
        [("Comments", content.allow_comment), ("Duet", content.allow_duet), ("Stitch", content.allow_stitch)]
    {
        words.push(format!("{what} {}", if is_on { "on" } else { "off" }));
    }
    for (what, is_on) in [
        ("Promotes your brand", content.your_brand),
        ("Paid partnership", content.branded_content),
        ("Made with AI", content.ai_made),
    ] {
        if is_on {
            words.push(what.to_owned());
        }
    }
    words
}

/// What lists call a post: the first line of its caption, or its file.
pub(super) fn title(caption: &str, file_name: Option<&str>) -> String {
    let line = caption.lines().map(str::trim).find(|line| !line.is_empty());
    let line = line.or(file_name).unwrap_or("Untitled");
    if line.chars().count() <= 60 {
        return line.to_owned();
    }
    let mut short: String = line.chars().take(59).collect();
    short.push('…');
    short
}
