//! The white surface things stand on.

use leptos::prelude::*;

/// A card with an optional heading. `flush` leaves the padding to the content, for lists and tables.
#[component]
pub fn Card(
    #[prop(optional, into)] title: Option<String>,
    /// At the end of the heading row.
    #[prop(optional, into)]
    actions: Option<ViewFnOnce>,
    #[prop(optional)] flush: bool,
    children: Children,
) -> impl IntoView {
    let head = (title.is_some() || actions.is_some()).then(|| {
        view! {
            <div class="card-head">
                {title.map(|title| view! { <h2 class="card-title">{title}</h2> })}
                {actions.map(|actions| view! { <div class="row">{actions.run()}</div> })}
            </div>
        }
    });
    view! {
        <section class=if flush { "card card-flush" } else { "card" }>
            {head} {children()}
        </section>
    }
}
