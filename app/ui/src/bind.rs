//! Keeps a field and its signal together without losing what was typed before hydration.

use leptos::prelude::*;

/// Makes `signal` and the element follow each other. On the first run the element may already hold
/// something else than it was rendered with, because a person typed before the wasm arrived: then the
/// signal takes that. Afterwards the element takes the signal's value whenever they differ, which
/// `prop:value` would also do at hydration, throwing the typed text away.
pub(crate) fn follow(
    signal: RwSignal<String>,
    rendered: String,
    read: impl Fn() -> Option<String> + 'static,
    write: impl Fn(&str) + 'static,
) {
    Effect::new(move |met: Option<bool>| {
        let wanted = signal.get();
        let Some(shown) = read() else { return met.unwrap_or(false) };
        if shown == wanted {
            return true;
        }
        if !met.unwrap_or(false) && shown != rendered {
            signal.set(shown);
        } else {
            write(&wanted);
        }
        true
    });
}

/// True once script runs: for controls that could do nothing before.
pub(crate) fn script_runs() -> ReadSignal<bool> {
    let (runs, set_runs) = signal(false);
    Effect::new(move |_| set_runs.set(true));
    runs
}
