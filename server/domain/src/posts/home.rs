//! What Home shows: the way to the first post, what comes next, what needs a person.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use model::DeliveryState::{
    Blocked, Committing, Confirming, Failed, Missed, Parked, Preparing, Published, Scheduled, Staged,
    Verifying,
};
use model::{Action, HomeView, NextUp, Onboarding};

use super::pg::ListRow;
use super::{PostError, pg, views, words};
use crate::{Actor, Domain, brands};

const SHORT_LIST: i64 = 5;
const NEEDS_YOU: i64 = 20;

/// Home of the brand in use.
pub async fn home(domain: &Domain, actor: &Actor) -> Result<HomeView, PostError> {
    let place = actor.may(Action::View)?;
    let mut tx = domain.db.tenant(place.workspace).await.map_err(PostError::Store)?;
    let brand = brands::view(&mut tx, place.brand).await.map_err(PostError::Store)?;
    let brand = brand.ok_or(PostError::NotFound)?;
    let zone = words::zone(&brand.zone);
    let conn = tx.conn();
    let now = pg::now(conn).await.map_err(PostError::Store)?;
    let name = pg::person(conn, actor.user).await.map_err(PostError::Store)?;
    let ahead = [Scheduled, Preparing, Staged, Committing, Confirming, Verifying];
    let next_up =
        pg::in_states(conn, place.brand, &ahead, true, SHORT_LIST).await.map_err(PostError::Store)?;
    let recent =
        pg::in_states(conn, place.brand, &[Published], false, SHORT_LIST).await.map_err(PostError::Store)?;
    let waiting = [Parked, Blocked, Failed, Missed];
    let needs_you =
        pg::in_states(conn, place.brand, &waiting, false, NEEDS_YOU).await.map_err(PostError::Store)?;
    let progress = pg::progress(conn, place.brand).await.map_err(PostError::Store)?;
    let greeting = words::greeting(now, &zone);
    Ok(HomeView {
        greeting: match name.as_deref().and_then(|name| name.split_whitespace().next()) {
            Some(first) => format!("{greeting}, {first}"),
            None => greeting.to_owned(),
        },
        zone: brand.zone,
        onboarding: Onboarding {
            brand_named: true,
            channel_connected: progress.has_channel,
            post_created: progress.has_post,
            post_published: progress.has_published,
        },
        next_up: shown(next_up, &zone, now),
        recent: shown(recent, &zone, now),
        needs_you: shown(needs_you, &zone, now),
    })
}

fn shown(rows: Vec<ListRow>, zone: &TimeZone, now: Timestamp) -> Vec<NextUp> {
    rows.into_iter()
        .map(|row| {
            let due_at = row.due_at.to_jiff();
            NextUp {
                post: row.post,
                title: views::title(&row.caption, row.file_name.as_deref()),
                platform: row.platform,
                handle: row.handle,
                state: row.state.shown(now >= due_at),
                when: words::moment_seen_from(now, due_at, zone),
            }
        })
        .collect()
}
