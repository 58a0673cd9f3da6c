//! Grey blocks in the shape of what is on its way.

use leptos::prelude::*;

/// One block; `class` gives it its size: `skeleton-text w-2/5`, `skeleton-circle`, `skeleton-block`.
/// Put `aria-busy="true"` on the region around it.
#[component]
pub fn Skeleton(#[prop(default = "skeleton-text")] class: &'static str) -> impl IntoView {
    view! { <span class=format!("skeleton {class}") aria-hidden="true"></span> }
}

/// The skeleton of a list: a circle and two lines for each row.
#[component]
pub fn SkeletonRows(#[prop(default = 3)] count: usize) -> impl IntoView {
    view! {
        <div aria-busy="true">
            <span class="sr-only">"Loading"</span>
            <ul class="rows" aria-hidden="true">
                {(0..count)
                    .map(|_| {
                        view! {
                            <li>
                                <Skeleton class="skeleton-circle" />
                                <div class="rows-text">
                                    <Skeleton class="skeleton-text w-3/5" />
                                    <Skeleton class="skeleton-text w-2/5" />
                                </div>
                            </li>
                        }
                    })
                    .collect_view()}
            </ul>
        </div>
    }
}
