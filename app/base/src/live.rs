//! The live line: the server tells which post has changed; if it cannot, we ask every five seconds.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use leptos::prelude::*;
use model::PostId;
use send_wrapper::SendWrapper;
use ui::{Badge, Tone, icons};
use wasm_bindgen::JsCast as _;
use wasm_bindgen::closure::Closure;
use web_sys::{EventSource, MessageEvent};

/// The stream of changes in the reader's workspace.
const ADDRESS: &str = "/events";
/// DESIGN §6.4.
const ASK_EVERY: Duration = Duration::from_secs(5);

/// An open stream with the functions it calls; closed when dropped.
struct Line {
    source: EventSource,
    _change: Closure<dyn FnMut(MessageEvent)>,
    _open: Closure<dyn FnMut()>,
    _error: Closure<dyn FnMut()>,
}

impl Drop for Line {
    fn drop(&mut self) {
        self.source.close();
    }
}

/// Calls `on_change` when a post changes, and with `None` when anything may have: after a gap, and
/// every five seconds while the line is down. Returns whether it is down.
pub fn live(on_change: impl Fn(Option<PostId>) + Clone + 'static) -> ReadSignal<bool> {
    let (is_down, set_down) = signal(false);
    Effect::new(move |_| {
        let line = Rc::new(RefCell::new(open(on_change.clone(), set_down)));
        let asking = {
            let (line, on_change) = (line.clone(), on_change.clone());
            set_interval_with_handle(
                move || {
                    if !is_down.try_get_untracked().unwrap_or(false) {
                        return;
                    }
                    on_change(None);
                    // The browser tries again by itself unless the server refused; then we do.
                    let is_over =
                        line.borrow().as_ref().is_none_or(|l| l.source.ready_state() == EventSource::CLOSED);
                    if is_over {
                        *line.borrow_mut() = open(on_change.clone(), set_down);
                    }
                },
                ASK_EVERY,
            )
        };
        let line = SendWrapper::new(line);
        on_cleanup(move || {
            if let Ok(asking) = asking {
                asking.clear();
            }
            line.take().borrow_mut().take();
        });
    });
    is_down
}

fn open(on_change: impl Fn(Option<PostId>) + Clone + 'static, set_down: WriteSignal<bool>) -> Option<Line> {
    let Ok(source) = EventSource::new(ADDRESS) else {
        set_down.set(true);
        return None;
    };
    let change = {
        let on_change = on_change.clone();
        Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            if let Some(post) = event.data().as_string().and_then(|text| text.parse().ok()) {
                on_change(Some(post));
            }
        })
    };
    let opened = Closure::<dyn FnMut()>::new(move || {
        // What happened while the line was down did not reach us.
        if set_down.try_update(|down| std::mem::replace(down, false)) == Some(true) {
            on_change(None);
        }
    });
    let error = Closure::<dyn FnMut()>::new(move || {
        set_down.try_set(true);
    });
    source.add_event_listener_with_callback("change", change.as_ref().unchecked_ref()).ok()?;
    source.set_onopen(Some(opened.as_ref().unchecked_ref()));
    source.set_onerror(Some(error.as_ref().unchecked_ref()));
    Some(Line { source, _change: change, _open: opened, _error: error })
}

/// Says that the line is down, and nothing while it works.
#[component]
pub fn LineState(#[prop(into)] is_down: Signal<bool>) -> impl IntoView {
    view! {
        <span role="status">
            {move || {
                is_down
                    .get()
                    .then(|| {
                        view! {
                            <Badge tone=Tone::Warning icon=icons::LuWifiOff>
                                "Reconnecting…"
                            </Badge>
                        }
                    })
            }}
        </span>
    }
}
