//! The HTML of components as the server writes it: before any script, this is all there is.

use leptos::prelude::*;
use model::{FieldErrors, PasswordStrength, Platform, ShownState};
use ui::{
    Banner, Button, Checkbox, Choice, Counter, ErrorSummary, FieldKind, FileDrop, Gallery, Menu, MenuLink,
    PostChip, RadioGroup, Select, StateBadge, Strength, TextArea, TextField, Tone, Variant, field_id,
};

/// Renders without the comments that only mark places for hydration.
fn html<V: IntoView>(view: impl FnOnce() -> V) -> String {
    let owner = Owner::new();
    let html = owner.with(|| view().into_view().to_html());
    html.replace("<!>", "").replace("<!--hk-->", "")
}

/// The opening tag that contains `part`.
fn tag<'a>(html: &'a str, part: &str) -> &'a str {
    let at = html.find(part).unwrap_or_else(|| panic!("`{part}` is not in {html}"));
    let start = html[..at].rfind('<').expect("an attribute stands in a tag");
    let end = at + html[at..].find('>').expect("a tag ends");
    &html[start..=end]
}

#[test]
fn text_in_a_textarea_never_leaves_it() {
    let attack = "</textarea><img src=x onerror=\"alert('1')\">&amp;";
    for html in [
        html(|| view! { <TextArea label="Caption" name="caption" value=attack /> }),
        html(|| view! { <TextArea label="Caption" name="caption" bind=RwSignal::new(attack.to_owned()) /> }),
    ] {
        assert!(!html.contains("<img"), "{html}");
        assert_eq!(html.matches("</textarea>").count(), 1, "{html}");
        assert!(
            html.contains(
                ">&lt;/textarea&gt;&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;amp;</textarea>"
            ),
            "{html}"
        );
    }
}

#[test]
fn text_in_attributes_and_notes_is_escaped() {
    let attack = "\"><script>alert(1)</script>";
    let html = html(|| {
        view! {
            <TextField label="Brand" name="brand" value=attack hint=attack error=attack.to_owned() placeholder=attack />
            <PostChip href="/p" state=ShownState::Draft platforms=vec![] time="09:00" title=attack />
        }
    });
    assert!(!html.contains("<script"), "{html}");
}

#[test]
fn a_wrong_field_points_at_its_error_and_its_hint() {
    let html = html(|| {
        view! {
            <TextField
                label="E-mail"
                name="input[email]"
                kind=FieldKind::Email
                hint="We write once."
                error="Enter an address."
                autocomplete="username"
            />
        }
    });
    let input = tag(&html, "name=\"input[email]\"");
    for part in [
        "id=\"field-email\"",
        "type=\"email\"",
        "autocomplete=\"username\"",
        "aria-invalid=\"true\"",
        "aria-describedby=\"field-email-error field-email-hint\"",
    ] {
        assert!(input.contains(part), "{part} is not in {input}");
    }
    assert!(tag(&html, "class=\"field-label\"").contains("for=\"field-email\""));
    assert!(html.contains("id=\"field-email-error\"") && html.contains("id=\"field-email-hint\""));
}

#[test]
fn a_field_without_notes_describes_nothing() {
    let html = html(|| view! { <TextField label="Brand" name="brand" value="Northwind" /> });
    let input = tag(&html, "name=\"brand\"");
    assert!(!input.contains("aria-"), "{input}");
    assert!(input.contains("value=\"Northwind\""), "{input}");
}

#[test]
fn the_password_is_shown_by_nothing_before_script_runs() {
    let html = html(|| view! { <TextField label="Password" name="password" kind=FieldKind::Password /> });
    assert!(tag(&html, "name=\"password\"").contains("type=\"password\""));
    assert!(tag(&html, "aria-pressed").contains(" hidden"), "{html}");
}

#[test]
fn a_busy_button_says_so_and_keeps_its_words() {
    insta::assert_snapshot!(
        without_svg(&html(|| view! { <Button variant=Variant::Primary submit=true busy=true>"Sign in"</Button> })),
        @r#"<button type="submit" aria-busy="true" aria-disabled="true" class="btn btn-primary"><span class="btn-label">Sign in</span><svg/></button>"#
    );
    insta::assert_snapshot!(
        without_svg(&html(|| view! { <Button name="theme" value="dark">"Dark"</Button> })),
        @r#"<button type="button" name="theme" value="dark" class="btn btn-outline"><span class="btn-label">Dark</span><svg/></button>"#
    );
}

#[test]
fn choices_are_native_and_checked_without_script() {
    let options = vec![Choice::new("now", "Now"), Choice::new("at", "At a time").disabled(true)];
    let html = html(|| {
        view! {
            <Checkbox label="Allow comments" name="comment" checked=true />
            <Checkbox label="Made with AI" name="ai" />
            <RadioGroup legend="When" name="when" options=options value="now" error="Choose one." />
            <Select
                label="Zone"
                name="zone"
                options=vec![("a".to_owned(), "A".to_owned()), ("b".to_owned(), "B".to_owned())]
                value="b"
            />
        }
    });
    assert!(tag(&html, "name=\"comment\"").contains(" checked"));
    assert!(!tag(&html, "name=\"ai\"").contains(" checked"));
    assert!(tag(&html, "value=\"now\"").contains(" checked"));
    assert!(tag(&html, "value=\"at\"").contains(" disabled"));
    assert!(tag(&html, "<fieldset").contains("aria-describedby=\"field-when-error\""));
    assert!(tag(&html, "value=\"b\"").contains(" selected"));
    assert!(!tag(&html, "value=\"a\"").contains(" selected"));
}

#[test]
fn the_error_summary_leads_to_the_fields() {
    let mut errors = FieldErrors::default();
    errors.add("email", "Enter an address.");
    let html_with = html(|| view! { <ErrorSummary errors=errors /> });
    assert!(html_with.contains(&format!("href=\"#{}\"", field_id("input[email]"))), "{html_with}");
    assert!(tag(&html_with, "error-summary").contains("role=\"alert\""));
    assert!(!html(|| view! { <ErrorSummary errors=FieldErrors::default() /> }).contains("alert"));
}

#[test]
fn every_state_has_words_and_its_own_look() {
    let states = [
        ShownState::Draft,
        ShownState::NeedsReview,
        ShownState::Scheduled,
        ShownState::Publishing,
        ShownState::Checking,
        ShownState::Published,
        ShownState::Partly { done: 2, total: 3 },
        ShownState::Failed,
        ShownState::OnHold,
        ShownState::Missed,
        ShownState::NeedsYou,
        ShownState::Canceled,
    ];
    let mut seen = std::collections::HashSet::new();
    let sheet = include_str!("../../../style/components/status.css");
    for state in states {
        let badge = html(|| view! { <StateBadge state=state /> });
        assert!(badge.contains(&state.label()), "{badge}");
        let code = ui::look(state).code;
        assert!(seen.insert(code), "two states look like `{code}`");
        assert!(sheet.contains(&format!("[data-state=\"{code}\"]")), "no style for `{code}`");
    }
}

#[test]
fn a_chip_reads_as_state_platform_time_and_title() {
    let html = html(|| {
        let platforms = vec![Platform::Instagram];
        view! { <PostChip href="/posts/1" state=ShownState::Failed platforms=platforms time="09:00" title="Winter menu" /> }
    });
    assert!(
        tag(&html, "post-chip\"").contains("aria-label=\"Failed, Instagram, 09:00, Winter menu\""),
        "{html}"
    );
}

#[test]
fn a_counter_warns_from_nine_tenths_and_counts_what_is_over() {
    let at = |used: u32| html(|| view! { <Counter used=used limit=300 /> });
    assert!(at(269).contains("data-level=\"fine\"") && at(269).contains("269 / 300"));
    assert!(at(270).contains("data-level=\"near\""));
    assert!(at(290).contains("10 or fewer characters left"));
    assert!(at(314).contains("data-level=\"over\"") && at(314).contains("14 over"));
}

#[test]
fn strength_has_words_and_is_silent_without_a_score() {
    let strength = |score| Some(PasswordStrength { score, advice: String::new() });
    assert!(html(|| view! { <Strength strength=strength(0) /> }).contains("Very weak"));
    assert!(html(|| view! { <Strength strength=strength(4) /> }).contains("Very strong"));
    let none = html(|| view! { <Strength strength={None::<PasswordStrength>} /> });
    assert!(!none.contains("data-score") && !none.contains("eak"), "{none}");
}

#[test]
fn menus_and_files_work_on_the_platform_alone() {
    let menu = html(|| {
        view! {
            <Menu id="account" label="Account" trigger=|| "Ana">
                <MenuLink href="/settings">"Settings"</MenuLink>
            </Menu>
        }
    });
    assert!(tag(&menu, "popovertarget").contains("popovertarget=\"account\""));
    assert!(tag(&menu, "id=\"account\"").contains("popover=\"auto\""), "{menu}");
    let drop = html(
        || view! { <FileDrop title="Drop a video" name="file" hint="MP4" accept="video/mp4" error="Add a video." /> },
    );
    let input = tag(&drop, "type=\"file\"");
    assert!(input.contains("accept=\"video/mp4\""));
    assert!(input.contains("aria-describedby=\"field-file-error field-file-hint\""));
    assert!(drop.contains("id=\"field-file-hint\""));
}

#[test]
fn errors_interrupt_and_the_rest_is_polite() {
    assert!(
        tag(&html(|| view! { <Banner tone=Tone::Destructive>"No."</Banner> }), "banner")
            .contains("role=\"alert\"")
    );
    assert!(tag(&html(|| view! { <Banner>"Yes."</Banner> }), "banner").contains("role=\"status\""));
}

#[test]
fn the_gallery_obeys_the_content_security_policy_and_repeats_no_id() {
    let html = html(|| view! { <Gallery /> });
    for forbidden in [" style=\"", " onclick", " onerror", "data:image", "javascript:"] {
        assert!(!html.contains(forbidden), "`{forbidden}` in the gallery");
    }
    let mut ids = std::collections::HashSet::new();
    for part in html.split(" id=\"").skip(1) {
        let id = part.split('"').next().expect("an attribute ends");
        assert!(ids.insert(id), "id `{id}` stands twice");
    }
    for described in html.split("aria-describedby=\"").skip(1) {
        for id in described.split('"').next().expect("an attribute ends").split(' ') {
            assert!(ids.contains(id), "nothing has the id `{id}`");
        }
    }
}

/// Glyphs are long and say nothing in a snapshot.
fn without_svg(html: &str) -> String {
    let mut rest = html;
    let mut short = String::new();
    while let Some((before, after)) = rest.split_once("<svg") {
        short.push_str(before);
        short.push_str("<svg/>");
        rest = after.split_once("</svg>").expect("every svg ends").1;
    }
    short + rest
}
