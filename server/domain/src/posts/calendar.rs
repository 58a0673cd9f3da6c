//! A month of the calendar: whole weeks, Monday first, in the brand's zone.

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use model::{Action, CalendarDay, CalendarMonth, Chip, ShownState};

use super::pg::ListRow;
use super::{PostError, pg, views, words};
use crate::{Actor, Domain, brands};

/// The month called `2026-11`, or the present one.
pub async fn month(
    domain: &Domain,
    actor: &Actor,
    month: Option<String>,
) -> Result<CalendarMonth, PostError> {
    let place = actor.may(Action::View)?;
    let mut tx = domain.db.tenant(place.workspace).await.map_err(PostError::Store)?;
    let brand = brands::view(&mut tx, place.brand).await.map_err(PostError::Store)?;
    let brand = brand.ok_or(PostError::NotFound)?;
    let zone = words::zone(&brand.zone);
    let now = pg::now(tx.conn()).await.map_err(PostError::Store)?;
    let today = now.to_zoned(zone.clone()).date();
    let first = match month {
        Some(month) => parse(&month).ok_or(PostError::NoMonth)?,
        None => today.first_of_month(),
    };
    let days = grid(first).ok_or(PostError::NoMonth)?;
    let (from, to) = ends(&days, &zone).ok_or(PostError::NoMonth)?;
    let rows = pg::due_between(tx.conn(), place.brand, from, to).await.map_err(PostError::Store)?;
    let chips = chips(rows, &zone, now);
    let days = days
        .into_iter()
        .map(|on| CalendarDay {
            date: on.to_string(),
            number: u8::try_from(on.day()).unwrap_or_default(),
            words: words::weekday(on),
            in_month: on.month() == first.month(),
            is_today: on == today,
            chips: chips.iter().filter(|(day, _)| *day == on).map(|(_, chip)| chip.clone()).collect(),
        })
        .collect();
    Ok(CalendarMonth {
        title: words::month(first),
        month: name(first),
        previous: name(first.yesterday().unwrap_or(first)),
        next: name(first.last_of_month().tomorrow().unwrap_or(first)),
        offset: words::offset(from_wall(first, &zone).unwrap_or(now), &zone),
        zone: brand.zone,
        days,
    })
}

fn parse(month: &str) -> Option<Date> {
    let (year, number) = month.split_once('-')?;
    if year.len() != 4 || number.len() != 2 {
        return None;
    }
    // Far from the edges of what the database and the calendar can hold.
    let year = year.parse().ok().filter(|year| (1970..=2200).contains(year))?;
    Date::new(year, number.parse().ok()?, 1).ok()
}

fn name(on: Date) -> String {
    on.strftime("%Y-%m").to_string()
}

/// All days of the weeks that touch the month.
fn grid(first: Date) -> Option<Vec<Date>> {
    let start = first.checked_sub(i64::from(first.weekday().since(Weekday::Monday)).days()).ok()?;
    let last = first.last_of_month();
    let end = last.checked_add(i64::from(Weekday::Sunday.since(last.weekday())).days()).ok()?;
    Some(start.series(1.day()).take_while(|on| *on <= end).collect())
}

/// The moments at which the first day begins and the last one has ended.
fn ends(days: &[Date], zone: &TimeZone) -> Option<(Timestamp, Timestamp)> {
    let from = from_wall(*days.first()?, zone)?;
    let to = from_wall(days.last()?.tomorrow().ok()?, zone)?;
    Some((from, to))
}

fn from_wall(on: Date, zone: &TimeZone) -> Option<Timestamp> {
    on.to_zoned(zone.clone()).ok().map(|at| at.timestamp())
}

/// One chip for a post and a moment; its deliveries share it.
fn chips(rows: Vec<ListRow>, zone: &TimeZone, now: Timestamp) -> Vec<(Date, Chip)> {
    let mut chips: Vec<(Date, Chip, Timestamp, Vec<ShownState>)> = Vec::new();
    for row in rows {
        let due_at = row.due_at.to_jiff();
        let shown = row.state.shown(now >= due_at);
        match chips.last_mut() {
            Some((_, chip, at, states)) if chip.post == row.post && *at == due_at => {
                chip.platforms.push(row.platform);
                states.push(shown);
            }
            _ => {
                let chip = Chip {
                    post: row.post,
                    time: words::time(due_at, zone),
                    title: views::title(&row.caption, row.file_name.as_deref()),
                    platforms: vec![row.platform],
                    state: shown,
                };
                chips.push((due_at.to_zoned(zone.clone()).date(), chip, due_at, vec![shown]));
            }
        }
    }
    chips
        .into_iter()
        .map(|(on, mut chip, _, states)| {
            chip.state = ShownState::of_post(&states);
            chip.platforms.dedup();
            (on, chip)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_made_of_whole_weeks() {
        let days = grid(parse("2026-11").unwrap()).unwrap();
        assert_eq!(days.first().unwrap().to_string(), "2026-10-26");
        assert_eq!(days.last().unwrap().to_string(), "2026-12-06");
        for month in 1..=12 {
            let days = grid(Date::new(2027, month, 1).unwrap()).unwrap();
            assert_eq!(days.len() % 7, 0);
            assert_eq!(days[0].weekday(), Weekday::Monday);
        }
    }

    #[test]
    fn what_is_no_month_is_none() {
        for wrong in ["2026", "2026-13", "2026-1", "x-y", "9999-12", "-001-01", "2026-11-01"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
