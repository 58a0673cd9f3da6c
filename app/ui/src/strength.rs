//! How hard a password is to guess.

use leptos::prelude::*;
use model::PasswordStrength;

/// A bar of four with words. The score comes from the server; without one the bar is empty.
#[component]
pub fn Strength(#[prop(into)] strength: Signal<Option<PasswordStrength>>) -> impl IntoView {
    let score = move || strength.get().map(|s| s.score.min(4).to_string());
    let words = move || {
        strength.get().map(|s| {
            let word = match s.score {
                0 => "Very weak",
                1 => "Weak",
                2 => "Fair",
                3 => "Strong",
                _ => "Very strong",
            };
            if s.advice.is_empty() { word.to_owned() } else { format!("{word}. {}", s.advice) }
        })
    };
    view! {
        <div class="strength" data-score=score>
            <span class="strength-bar" aria-hidden="true">
                <span></span>
                <span></span>
                <span></span>
                <span></span>
            </span>
            <span role="status">{words}</span>
        </div>
    }
}
