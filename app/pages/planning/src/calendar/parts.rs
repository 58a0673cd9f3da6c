//! The two drawings of a month.

use leptos::prelude::*;
use model::{CalendarDay, Chip};
use ui::{EmptyState, Icon, LinkButton, Menu, PlatformTile, PostChip, StateBadge, icons};

const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
/// More chips than this fold into "+2 more" (DESIGN §6.1).
const CHIPS_PER_CELL: usize = 3;

/// Whether `day` is over; only known in a month that shows today.
fn is_past(day: &CalendarDay, today: Option<&str>) -> bool {
    today.is_some_and(|today| day.date.as_str() < today)
}

fn today(days: &[CalendarDay]) -> Option<String> {
    days.iter().find(|day| day.is_today).map(|day| day.date.clone())
}

/// Weeks as rows, days as cells; from 768 upwards.
#[component]
pub fn Grid(title: String, days: Vec<CalendarDay>) -> impl IntoView {
    let today = today(&days);
    let weeks = days.chunks(7).map(<[CalendarDay]>::to_vec).collect::<Vec<_>>();
    view! {
        <div class="calendar-scroll">
            <table class="calendar" aria-label=title>
                <thead>
                    <tr>
                        {WEEKDAYS.into_iter().map(|day| view! { <th scope="col">{day}</th> }).collect_view()}
                    </tr>
                </thead>
                <tbody>
                    {weeks
                        .into_iter()
                        .map(|week| {
                            let cells = week
                                .into_iter()
                                .map(|day| {
                                    let past = is_past(&day, today.as_deref());
                                    view! { <Cell day=day past=past /> }
                                })
                                .collect_view();
                            view! { <tr>{cells}</tr> }
                        })
                        .collect_view()}
                </tbody>
            </table>
        </div>
    }
}

#[component]
fn Cell(day: CalendarDay, past: bool) -> impl IntoView {
    let CalendarDay { date, number, words, in_month, is_today, mut chips } = day;
    let folded = (chips.len() > CHIPS_PER_CELL).then(|| chips.clone());
    chips.truncate(CHIPS_PER_CELL);
    view! {
        <td
            class="calendar-cell"
            data-other=(!in_month).then_some("true")
            data-past=past.then_some("true")
            data-today=is_today.then_some("true")
            aria-current=is_today.then_some("date")
        >
            <div class="calendar-day">
                <time datetime=date.clone()>{number}</time>
                {(!past)
                    .then(|| {
                        view! {
                            <a
                                class="calendar-add"
                                href=format!("/compose?date={date}")
                                aria-label=format!("New post on {words}")
                            >
                                <Icon icon=icons::LuPlus />
                            </a>
                        }
                    })}
            </div>
            {(!chips.is_empty()).then(|| view! { <Chips chips=chips /> })}
            {folded
                .map(|all| {
                    let more = format!("+{} more", all.len() - CHIPS_PER_CELL);
                    let label = format!("All posts on {words}");
                    view! {
                        <Menu
                            id=format!("day-{date}")
                            label=label.clone()
                            trigger_label=format!("{more}: {label}")
                            trigger=move || more
                            trigger_class="calendar-more"
                        >
                            <Chips chips=all />
                        </Menu>
                    }
                })}
        </td>
    }
}

#[component]
fn Chips(chips: Vec<Chip>) -> impl IntoView {
    view! {
        <ul class="calendar-chips">
            {chips
                .into_iter()
                .map(|chip| {
                    view! {
                        <li>
                            <PostChip
                                href=format!("/posts/{}", chip.post)
                                state=chip.state
                                platforms=chip.platforms
                                time=chip.time
                                title=chip.title
                            />
                        </li>
                    }
                })
                .collect_view()}
        </ul>
    }
}

/// One week to jump from, then the days with posts; below 768.
#[component]
pub fn Agenda(days: Vec<CalendarDay>) -> impl IntoView {
    let today = today(&days);
    let week = days
        .chunks(7)
        .find(|week| week.iter().any(|day| day.is_today))
        .or_else(|| days.chunks(7).find(|week| week.iter().any(|day| !day.chips.is_empty())))
        .unwrap_or_default()
        .to_vec();
    let shown: Vec<_> = days
        .into_iter()
        .filter(|day| {
            !day.chips.is_empty() || day.is_today || week.iter().any(|other| other.date == day.date)
        })
        .collect();
    let has_posts = shown.iter().any(|day| !day.chips.is_empty());
    view! {
        <nav class="week-strip" aria-label="Week">
            {week
                .iter()
                .map(|day| {
                    view! {
                        <a
                            href=format!("#{}", anchor(&day.date))
                            aria-current=day.is_today.then_some("date")
                            aria-label=format!("{}, {}", day.words, posts(day.chips.len()))
                        >
                            <span>{day.words.chars().next().map(String::from)}</span>
                            <time datetime=day.date.clone()>{day.number}</time>
                            <i data-count=day.chips.len().to_string()></i>
                        </a>
                    }
                })
                .collect_view()}
        </nav>
        <div class="agenda">
            {(!has_posts)
                .then(|| {
                    view! {
                        <EmptyState
                            icon=icons::LuCalendar
                            title="Nothing is planned"
                            text="Write a post and choose when it goes out."
                        >
                            <LinkButton href="/compose">"Write a post"</LinkButton>
                        </EmptyState>
                    }
                })}
            {shown
                .into_iter()
                .map(|day| {
                    let past = is_past(&day, today.as_deref());
                    view! { <AgendaDay day=day past=past /> }
                })
                .collect_view()}
        </div>
    }
}

#[component]
fn AgendaDay(day: CalendarDay, past: bool) -> impl IntoView {
    let CalendarDay { date, words, is_today, chips, .. } = day;
    let heading = if is_today { format!("{words} · today") } else { words.clone() };
    view! {
        <section aria-labelledby=anchor(&date)>
            <h3 class="agenda-day" id=anchor(&date) data-today=is_today.then_some("true")>
                {heading}
                {(!past)
                    .then(|| {
                        view! {
                            <a
                                class="link"
                                href=format!("/compose?date={date}")
                                aria-label=format!("New post on {words}")
                            >
                                "Add"
                            </a>
                        }
                    })}
            </h3>
            {(!chips.is_empty())
                .then(|| {
                    view! {
                        <ul class="agenda-list">
                            {chips
                                .into_iter()
                                .map(|chip| {
                                    view! {
                                        <li>
                                            <a class="agenda-row" href=format!("/posts/{}", chip.post)>
                                                <time>{chip.time}</time>
                                                {chip
                                                    .platforms
                                                    .into_iter()
                                                    .map(|platform| view! { <PlatformTile platform=platform /> })
                                                    .collect_view()}
                                                <span class="agenda-title">{chip.title}</span>
                                                <StateBadge state=chip.state />
                                            </a>
                                        </li>
                                    }
                                })
                                .collect_view()}
                        </ul>
                    }
                })}
        </section>
    }
}

fn anchor(date: &str) -> String {
    format!("d-{date}")
}

/// "no posts", "1 post", "2 posts".
fn posts(count: usize) -> String {
    match count {
        0 => "no posts".to_owned(),
        1 => "1 post".to_owned(),
        n => format!("{n} posts"),
    }
}
