//! How much of a limit is used.

use leptos::prelude::*;

/// `214 / 300`; from 90 % in the warning colour, over it "14 over". Told to screen readers at 20, 10
/// and 0 left and when over, not at every key.
#[component]
pub fn Counter(
    #[prop(into)] used: Signal<u32>,
    limit: u32,
    /// Whose limit it is, when it is not plain: "TikTok".
    #[prop(optional, into)]
    of: Option<String>,
) -> impl IntoView {
    let level = move || match used.get() {
        n if n > limit => "over",
        n if u64::from(n) * 10 >= u64::from(limit) * 9 => "near",
        _ => "fine",
    };
    let words = move || match used.get() {
        n if n > limit => format!("{} over", n - limit),
        n => format!("{n} / {limit}"),
    };
    let spoken = Memo::new(move |_| match limit.checked_sub(used.get()) {
        None => "Over the limit".to_owned(),
        Some(0) => "0 characters left".to_owned(),
        Some(1..=10) => "10 or fewer characters left".to_owned(),
        Some(11..=20) => "20 or fewer characters left".to_owned(),
        Some(_) => String::new(),
    });
    view! {
        <span class="counter" data-level=level>
            <span>{words}</span>
            {of.map(|of| format!(" {of}"))}
            <span class="sr-only" role="status">{move || spoken.get()}</span>
        </span>
    }
}
