//! What TikTok lets one set, in its required form (contract tiktok.md §8).

use base::browser;
use leptos::prelude::*;
use model::rules::tiktok;
use model::{CreatorView, FieldErrors, Privacy};
use ui::{Banner, Card, Checkbox, Select, Tone};

use super::state::Composer;

/// The card "TikTok". `creator` was read afresh when the page opened; without it nothing can be chosen.
#[component]
pub fn Options(
    composer: Composer,
    creator: Option<CreatorView>,
    #[prop(into)] issues: Signal<FieldErrors>,
) -> impl IntoView {
    let Some(creator) = creator else {
        return view! {
            <Card title="TikTok">
                <p class="muted">"Choose a channel to see what its account allows."</p>
            </Card>
        }
        .into_any();
    };
    let error = move |field: &'static str| Signal::derive(move || issues.get().of(field).map(str::to_owned));
    let prompt = (String::new(), "Choose who can see the video".to_owned());
    let options = std::iter::once(prompt)
        .chain(creator.privacy_options.iter().map(|p| (p.as_str().to_owned(), p.label().to_owned())))
        .collect::<Vec<_>>();
    // Nothing reaches everyone unless it may; the reason stands where the choice is made.
    let branded_not_private = Memo::new(move |_| {
        composer.discloses.get()
            && composer.branded_content.get()
            && Privacy::parse(&composer.privacy.read()) == Some(Privacy::SelfOnly)
    });
    let privacy_error = error("privacy");
    let privacy_error = Signal::derive(move || {
        privacy_error
            .get()
            .or_else(|| branded_not_private.get().then(|| tiktok::BRANDED_NOT_PRIVATE.to_owned()))
    });
    view! {
        <Card title="TikTok">
            <p class="muted">{format!("Posting as {} (@{}).", creator.nickname, creator.username)}</p>
            {creator
                .stopped
                .clone()
                .map(|reason| view! { <Banner tone=Tone::Warning>{reason}</Banner> })}
            <Select
                label="Who can see this video"
                name="input[privacy]"
                options=options
                bind=composer.privacy
                required=true
                error=privacy_error
            />
            <fieldset class="field">
                <legend class="field-label">"Allow others to"</legend>
                <Allow
                    label="Comment"
                    name="input[allow_comment]"
                    bind=composer.allow_comment
                    is_disabled=creator.comment_disabled
                    error=error("allow_comment")
                />
                <Allow
                    label="Duet"
                    name="input[allow_duet]"
                    bind=composer.allow_duet
                    is_disabled=creator.duet_disabled
                    error=error("allow_duet")
                />
                <Allow
                    label="Stitch"
                    name="input[allow_stitch]"
                    bind=composer.allow_stitch
                    is_disabled=creator.stitch_disabled
                    error=error("allow_stitch")
                />
            </fieldset>
            <Disclosure composer=composer error=error("discloses") />
            <Checkbox
                label="Made with AI"
                name="input[ai_made]"
                bind=composer.ai_made
                hint="TikTok labels the video as AI-generated."
            />
        </Card>
    }
    .into_any()
}

#[component]
fn Allow(
    label: &'static str,
    name: &'static str,
    bind: RwSignal<bool>,
    is_disabled: bool,
    error: Signal<Option<String>>,
) -> impl IntoView {
    if is_disabled {
        view! {
            <Checkbox
                label=label
                name=name
                disabled=true
                hint="Switched off in this account's TikTok settings."
                error=error
            />
        }
        .into_any()
    } else {
        view! { <Checkbox label=label name=name bind=bind error=error /> }.into_any()
    }
}

#[component]
fn Disclosure(composer: Composer, error: Signal<Option<String>>) -> impl IntoView {
    let runs = browser::script_runs();
    // Without script both kinds are always there; the server ignores them while the switch is off.
    let is_folded = move || runs.get() && !composer.discloses.get();
    let hint = Signal::derive(move || {
        composer.lacks_disclosure().then(|| tiktok::DISCLOSE_HINT.to_owned()).or_else(|| error.get())
    });
    view! {
        <fieldset class="field">
            <legend class="field-label">"Commercial content"</legend>
            <Checkbox
                label="Disclose commercial content"
                name="input[discloses]"
                bind=composer.discloses
                hint="Turn on if the video promotes goods or services in exchange for something of value."
                error=hint
            />
            <div class="choices ps-6" hidden=is_folded>
                <Checkbox
                    label="Your brand"
                    name="input[your_brand]"
                    bind=composer.your_brand
                    hint="You promote yourself or your own business."
                />
                <Checkbox
                    label="Branded content"
                    name="input[branded_content]"
                    bind=composer.branded_content
                    hint="You promote another brand or a third party."
                />
                <p class="field-hint" role="status">
                    {move || composer.label_notice()}
                </p>
            </div>
        </fieldset>
    }
}
