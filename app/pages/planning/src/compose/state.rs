//! What is in the composer, what is wrong with it, and what the button will do.

use leptos::prelude::*;
use model::rules::{tiktok, utf16_len};
use model::{
    AssetView, ChannelId, Check as _, ComposeView, CreatorView, FieldErrors, Privacy, SchedulePost, When,
};

/// The words of [`When`] in the form.
pub const NOW: &str = "now";
pub const AT: &str = "at";

/// Everything a person can set; lives as long as the page, whatever is loaded anew around it.
#[derive(Clone, Copy)]
pub struct Composer {
    pub caption: RwSignal<String>,
    /// The platform's word, or empty: nothing is preselected (contract tiktok.md §8).
    pub privacy: RwSignal<String>,
    pub allow_comment: RwSignal<bool>,
    pub allow_duet: RwSignal<bool>,
    pub allow_stitch: RwSignal<bool>,
    pub discloses: RwSignal<bool>,
    pub your_brand: RwSignal<bool>,
    pub branded_content: RwSignal<bool>,
    pub ai_made: RwSignal<bool>,
    /// [`NOW`] or [`AT`].
    pub when: RwSignal<String>,
    pub date: RwSignal<String>,
    pub time: RwSignal<String>,
}

/// What the page has loaded around the form.
#[derive(Clone, Default)]
pub struct Around {
    pub request_key: String,
    pub channel: Option<ChannelId>,
    pub creator: Option<CreatorView>,
    pub asset: Option<AssetView>,
}

impl Around {
    /// What belongs to the form, out of the view and the channel the address names.
    pub fn of(view: &ComposeView, asked: Option<ChannelId>) -> Self {
        Self {
            request_key: view.request_key.clone(),
            channel: asked.or(view.creator.as_ref().map(|creator| creator.channel)),
            creator: view.creator.clone(),
            asset: view.asset.clone(),
        }
    }
}

impl Composer {
    pub fn new() -> Self {
        let off = || RwSignal::new(false);
        let empty = || RwSignal::new(String::new());
        Self {
            caption: empty(),
            privacy: empty(),
            allow_comment: off(),
            allow_duet: off(),
            allow_stitch: off(),
            discloses: off(),
            your_brand: off(),
            branded_content: off(),
            ai_made: off(),
            when: RwSignal::new(AT.to_owned()),
            date: empty(),
            time: empty(),
        }
    }

    /// Fills in day and time where none was chosen yet: those the server suggests, or nine o'clock on the
    /// day that was pressed on the calendar, if that is still to come.
    pub fn suggest(self, view: &ComposeView, day: Option<&str>) {
        if !untrack(|| self.date.read().is_empty() && self.time.read().is_empty()) {
            return;
        }
        let later = day.filter(|day| *day > view.date.as_str() && day.len() == view.date.len());
        self.date.set(later.unwrap_or(&view.date).to_owned());
        self.time.set(later.map_or(view.time.as_str(), |_| "09:00").to_owned());
    }

    /// The form as it would be sent; tracks every field.
    pub fn input(self, around: &Around) -> SchedulePost {
        let allows = |wanted: RwSignal<bool>, is_disabled: fn(&CreatorView) -> bool| {
            wanted.get() && !around.creator.as_ref().is_some_and(is_disabled)
        };
        let discloses = self.discloses.get();
        SchedulePost {
            request_key: around.request_key.clone(),
            channels: around.channel.into_iter().collect(),
            caption: self.caption.get(),
            asset: around.asset.as_ref().map(|asset| asset.id),
            when: if self.when.read().as_str() == NOW { When::Now } else { When::At },
            date: self.date.get(),
            time: self.time.get(),
            privacy: Privacy::parse(&self.privacy.read()),
            allow_comment: allows(self.allow_comment, |c| c.comment_disabled),
            allow_duet: allows(self.allow_duet, |c| c.duet_disabled),
            allow_stitch: allows(self.allow_stitch, |c| c.stitch_disabled),
            discloses,
            your_brand: discloses && self.your_brand.get(),
            branded_content: discloses && self.branded_content.get(),
            ai_made: self.ai_made.get(),
        }
    }

    /// All that can be said before sending.
    pub fn check(self, around: &Around) -> FieldErrors {
        let input = self.input(around);
        let mut errors = input.check().err().unwrap_or_default();
        if let Some(creator) = &around.creator {
            tiktok::check_creator(&input, creator, &mut errors);
        }
        if let Some(asset) = &around.asset {
            let limit = around.creator.as_ref().map_or(tiktok::VIDEO_MAX_SECONDS, |c| c.max_video_seconds);
            tiktok::check_asset(asset, limit, &mut errors);
        }
        errors
    }

    /// What a kept draft is made of; `None` when nothing worth keeping was entered.
    pub fn draft(self, around: &Around) -> Option<SchedulePost> {
        let mut draft = self.input(around);
        // Made anew by the next form; an old one would make a new post look like the one already sent.
        draft.request_key.clear();
        draft.channels.clear();
        let switches =
            draft.allow_comment || draft.allow_duet || draft.allow_stitch || draft.discloses || draft.ai_made;
        (!draft.caption.is_empty() || draft.asset.is_some() || draft.privacy.is_some() || switches)
            .then_some(draft)
    }

    /// Puts a kept draft back, unless something was typed already; returns whether there is now more to see.
    pub fn restore(self, draft: SchedulePost) -> bool {
        if !untrack(|| self.caption.read().is_empty() && self.privacy.read().is_empty()) {
            return false;
        }
        let shows = !draft.caption.is_empty() || draft.privacy.is_some();
        self.caption.set(draft.caption);
        self.privacy.set(draft.privacy.map_or("", Privacy::as_str).to_owned());
        self.allow_comment.set(draft.allow_comment);
        self.allow_duet.set(draft.allow_duet);
        self.allow_stitch.set(draft.allow_stitch);
        self.discloses.set(draft.discloses);
        self.your_brand.set(draft.your_brand);
        self.branded_content.set(draft.branded_content);
        self.ai_made.set(draft.ai_made);
        self.when.set(if draft.when == When::Now { NOW } else { AT }.to_owned());
        shows
    }

    /// Empties the form; day and time stay.
    pub fn clear(self) {
        self.caption.set(String::new());
        self.privacy.set(String::new());
        for switch in [
            self.allow_comment,
            self.allow_duet,
            self.allow_stitch,
            self.discloses,
            self.your_brand,
            self.branded_content,
            self.ai_made,
        ] {
            switch.set(false);
        }
    }

    /// The caption's length as TikTok counts it.
    pub fn length(self) -> u32 {
        utf16_len(&self.caption.read())
    }

    /// The disclosure switch is on and says nothing: the button waits (contract tiktok.md §8, 4).
    pub fn lacks_disclosure(self) -> bool {
        self.discloses.get() && !self.your_brand.get() && !self.branded_content.get()
    }

    /// How TikTok will label the video.
    pub fn label_notice(self) -> Option<&'static str> {
        match (self.discloses.get(), self.your_brand.get(), self.branded_content.get()) {
            (true, _, true) => Some("Your video will be labeled as \"Paid partnership\"."),
            (true, true, false) => Some("Your video will be labeled as \"Promotional content\"."),
            _ => None,
        }
    }

    /// The required wording before the button.
    pub fn consent(self) -> &'static str {
        if self.discloses.get() && self.branded_content.get() {
            tiktok::CONSENT_BRANDED
        } else {
            tiktok::CONSENT
        }
    }

    /// What the primary button will do.
    pub fn act(self) -> String {
        if self.when.read().as_str() == NOW {
            return "Publish now".to_owned();
        }
        match (day_words(&self.date.read()), self.time.read().as_str()) {
            (Some(day), time) if !time.is_empty() => format!("Schedule for {day}, {time}"),
            _ => "Schedule".to_owned(),
        }
    }
}

/// "22 Nov" out of `2026-11-22`.
fn day_words(date: &str) -> Option<String> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut parts = date.split('-').skip(1);
    let month = parts.next()?.parse::<usize>().ok()?;
    let day = parts.next()?.parse::<u8>().ok()?;
    Some(format!("{day} {}", MONTHS.get(month.checked_sub(1)?)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(test: impl FnOnce(Composer)) {
        let owner = Owner::new();
        owner.with(|| test(Composer::new()));
    }

    fn view() -> ComposeView {
        ComposeView {
            request_key: "k".into(),
            zone: "UTC".into(),
            now_words: "Sun 22 Nov, 14:07".into(),
            date: "2026-11-22".into(),
            time: "14:30".into(),
            channels: Vec::new(),
            creator: None,
            asset: None,
        }
    }

    fn creator() -> CreatorView {
        CreatorView {
            channel: "ch_00000000000000000000000000000001".parse().expect("an id"),
            nickname: "Northwind".into(),
            username: "northwind".into(),
            privacy_options: vec![Privacy::SelfOnly],
            comment_disabled: true,
            duet_disabled: false,
            stitch_disabled: false,
            max_video_seconds: 60,
            stopped: None,
        }
    }

    #[test]
    fn nothing_is_chosen_for_the_person() {
        with(|composer| {
            let input = composer.input(&Around::default());
            assert_eq!(input.privacy, None);
            assert!(!input.allow_comment && !input.allow_duet && !input.allow_stitch && !input.discloses);
            assert!(composer.check(&Around::default()).of("privacy").is_some());
        });
    }

    #[test]
    fn a_switch_the_account_has_off_is_not_sent() {
        with(|composer| {
            composer.allow_comment.set(true);
            composer.allow_duet.set(true);
            let input = composer.input(&Around { creator: Some(creator()), ..Around::default() });
            assert!(!input.allow_comment);
            assert!(input.allow_duet);
        });
    }

    #[test]
    fn the_counter_counts_as_tiktok_does() {
        with(|composer| {
            composer.caption.set("☕ 👋".into());
            assert_eq!(composer.length(), 4);
        });
    }

    #[test]
    fn a_disclosure_without_a_kind_waits_and_each_kind_has_its_label() {
        with(|composer| {
            composer.discloses.set(true);
            assert!(composer.lacks_disclosure());
            composer.your_brand.set(true);
            assert!(!composer.lacks_disclosure());
            assert!(composer.label_notice().is_some_and(|n| n.contains("Promotional content")));
            assert_eq!(composer.consent(), tiktok::CONSENT);
            composer.branded_content.set(true);
            assert!(composer.label_notice().is_some_and(|n| n.contains("Paid partnership")));
            assert_eq!(composer.consent(), tiktok::CONSENT_BRANDED);
            composer.discloses.set(false);
            assert!(!composer.input(&Around::default()).branded_content);
        });
    }

    #[test]
    fn the_button_says_what_will_happen() {
        with(|composer| {
            composer.suggest(&view(), None);
            assert_eq!(composer.act(), "Schedule for 22 Nov, 14:30");
            composer.when.set(NOW.into());
            assert_eq!(composer.act(), "Publish now");
        });
    }

    #[test]
    fn a_day_from_the_calendar_counts_only_if_it_is_to_come() {
        with(|composer| {
            composer.suggest(&view(), Some("2026-11-01"));
            assert_eq!(composer.date.get(), "2026-11-22");
        });
        with(|composer| {
            composer.suggest(&view(), Some("2026-12-01"));
            assert_eq!(
                (composer.date.get(), composer.time.get()),
                ("2026-12-01".to_owned(), "09:00".to_owned())
            );
        });
    }

    #[test]
    fn a_draft_comes_back_but_never_over_typed_text() {
        with(|composer| {
            assert!(composer.draft(&Around::default()).is_none());
            composer.caption.set("The winter menu is here.".into());
            composer.privacy.set("SELF_ONLY".into());
            let draft =
                composer.draft(&Around { request_key: "k".into(), ..Around::default() }).expect("a draft");
            assert!(draft.request_key.is_empty());

            composer.clear();
            assert!(composer.restore(draft.clone()));
            assert_eq!(composer.caption.get(), "The winter menu is here.");
            assert_eq!(composer.privacy.get(), "SELF_ONLY");

            composer.caption.set("Typed meanwhile".into());
            assert!(!composer.restore(draft));
            assert_eq!(composer.caption.get(), "Typed meanwhile");
        });
    }
}
