//! The four states of anything that is fetched: loading, error with retry, empty, content.

use leptos::either::EitherOf3;
use leptos::prelude::*;
use leptos::tachys::reactive_graph::OwnedView;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Fault, Trouble};

/// Shows what `resource` brings. While it loads for the first time `loading` stands in its place; when
/// it loads again the old content stays. Pages read resources here only, so that server and browser agree.
#[component]
pub fn Loaded<T, C, V>(
    resource: Resource<Result<T, Fault>>,
    /// A skeleton of the real layout.
    #[prop(into)]
    loading: ViewFnOnce,
    /// Whether there is nothing to show; then `empty` is shown.
    #[prop(optional)]
    is_empty: Option<fn(&T) -> bool>,
    #[prop(optional, into)] empty: ViewFn,
    /// Leaves errors to another reader of the same resource.
    #[prop(optional)]
    quiet: bool,
    content: C,
) -> impl IntoView
where
    T: Clone + Serialize + DeserializeOwned + Send + Sync + 'static,
    C: Fn(T) -> V + Clone + Send + Sync + 'static,
    V: IntoView + 'static,
{
    let retry = Callback::new(move |()| resource.refetch());
    view! {
        <Transition fallback=loading>
            {
                let around = Owner::current().expect("Transition has an owner");
                move || {
                    let (content, empty, around) = (content.clone(), empty.clone(), around.clone());
                    Suspend::new(async move {
                        match resource.await {
                            Err(_) if quiet => EitherOf3::B(().into_any()),
                            Err(Fault(error)) => EitherOf3::A(view! { <Trouble error=error retry=retry /> }),
                            Ok(value) if is_empty.is_some_and(|is_empty| is_empty(&value)) => {
                                EitherOf3::B(empty.run())
                            }
                            Ok(value) => {
                                // An owner of its own: the old content stays on the page, and alive, until
                                // the new one is there. Under the owner of this closure its signals would
                                // be gone as soon as the resource loads again, and a key press would panic.
                                let owner = around.child();
                                let view = owner.with(|| content(value));
                                EitherOf3::C(OwnedView::new_with_owner(view, owner))
                            }
                        }
                    })
                }
            }
        </Transition>
    }
}
