//! Buttons, menus, fields and choices.

use icondata::{
    LuCopy, LuEllipsis, LuLogOut, LuMonitor, LuMoon, LuPlus, LuSend, LuSettings, LuSun, LuTrash2, LuUser,
};
use leptos::prelude::*;
use model::{FieldErrors, PasswordStrength};

use crate::{
    Button, Card, Checkbox, Choice, CopyField, Counter, Divider, ErrorSummary, FieldKind, IconButton,
    LinkButton, Menu, MenuChoice, MenuItem, MenuLabel, MenuLink, MenuSeparator, RadioGroup, Segmented,
    Select, Size, Strength, TextArea, TextField, Variant,
};

#[component]
pub(super) fn Buttons() -> impl IntoView {
    view! {
        <Card title="Buttons">
            <div class="row">
                <Button variant=Variant::Primary icon=LuPlus shortcut="N">"New post"</Button>
                <Button>"Save draft"</Button>
                <Button variant=Variant::Soft>"Assist"</Button>
                <Button variant=Variant::Ghost>"Cancel"</Button>
                <Button variant=Variant::Link>"Forgot password?"</Button>
            </div>
            <div class="row">
                <Button variant=Variant::Destructive icon=LuTrash2>"Delete 3 posts"</Button>
                <Button size=Size::Small>"Small"</Button>
                <Button size=Size::Large>"Large"</Button>
                <LinkButton href="#link" external=true>"View on TikTok"</LinkButton>
            </div>
            <div class="row">
                <Button variant=Variant::Primary icon=LuSend busy=true>"Publishing"</Button>
                <Button busy=true>"Save draft"</Button>
                <Button disabled=true>"Disabled"</Button>
                <Button variant=Variant::Primary disabled=true>"Disabled"</Button>
            </div>
            <div class="row">
                <IconButton icon=LuEllipsis label="More" />
                <IconButton icon=LuCopy label="Copy" variant=Variant::Outline />
                <IconButton icon=LuSun label="Pressed" pressed=Signal::from(true) />
                <IconButton icon=LuCopy label="Busy" busy=true />
                <IconButton icon=LuCopy label="Disabled" disabled=true />
                <IconButton icon=LuPlus label="Small" size=Size::Small variant=Variant::Outline />
                <IconButton icon=LuPlus label="Large" size=Size::Large variant=Variant::Primary />
            </div>
            <Button variant=Variant::Primary size=Size::Large wide=true>"Sign in"</Button>
        </Card>
    }
}

#[component]
pub(super) fn Menus(theme: &'static str) -> impl IntoView {
    view! {
        <Card title="Menu">
            <div class="row">
                <Menu id=format!("menu-{theme}") label="Account" trigger=|| "Open the menu">
                    <MenuLabel>"ana@northwind.example"</MenuLabel>
                    <MenuLink href="#profile" icon=LuUser>"Profile"</MenuLink>
                    <MenuLink href="#settings" icon=LuSettings>"Settings"</MenuLink>
                    <MenuSeparator />
                    <MenuLabel>"Theme"</MenuLabel>
                    <MenuChoice name="theme" value="light" chosen=false icon=LuSun>"Light"</MenuChoice>
                    <MenuChoice name="theme" value="dark" chosen=false icon=LuMoon>"Dark"</MenuChoice>
                    <MenuChoice name="theme" value="system" chosen=true icon=LuMonitor>"System"</MenuChoice>
                    <MenuSeparator />
                    <MenuItem icon=LuLogOut destructive=true>"Sign out"</MenuItem>
                </Menu>
            </div>
            // The same items drawn open, since a menu shows only after a press.
            <div class="border border-border rounded-media p-1 bg-popover shadow-3 w-fit min-w-50">
                <MenuLabel>"ana@northwind.example"</MenuLabel>
                <MenuLink href="#profile-open" icon=LuUser>"Profile"</MenuLink>
                <MenuSeparator />
                <MenuChoice name="theme" value="light" chosen=false icon=LuSun>"Light"</MenuChoice>
                <MenuChoice name="theme" value="system" chosen=true icon=LuMonitor>"System"</MenuChoice>
                <MenuSeparator />
                <MenuItem icon=LuLogOut destructive=true>"Sign out"</MenuItem>
            </div>
        </Card>
    }
}

#[component]
pub(super) fn Fields(theme: &'static str) -> impl IntoView {
    let strength =
        PasswordStrength { score: 3, advice: "A fourth word would make it very strong.".to_owned() };
    let id = move |name: &str| format!("{name}-{theme}");
    let mut errors = FieldErrors::default();
    errors.add("email", "Enter an e-mail address, for example ana@northwind.example.");
    errors.add("password", "Use at least 15 characters.");
    let zones = ["Europe/Lisbon", "Europe/Berlin", "America/New_York"]
        .map(|zone| (zone.to_owned(), zone.to_owned()))
        .to_vec();
    view! {
        <Card title="Fields">
            <TextField label="Brand" name="brand" id=id("brand") placeholder="Northwind Coffee" />
            <TextField
                label="E-mail"
                name="email"
                id=id("email")
                kind=FieldKind::Email
                value="ana@northwind"
                error="Enter an e-mail address, for example ana@northwind.example."
            />
            <TextField
                label="Password"
                name="password"
                id=id("password")
                kind=FieldKind::Password
                value="four words make one"
                hint="At least 15 characters. Four random words are good."
            />
            <Strength strength=Some(strength) />
            <div class="grid grid-cols-2 gap-3">
                <TextField label="Date" name="date" id=id("date") kind=FieldKind::Date value="2026-11-13" />
                <TextField label="Time" name="time" id=id("time") kind=FieldKind::Time value="09:00" />
            </div>
            <Select label="Time zone" name="zone" id=id("zone") options=zones value="Europe/Lisbon" optional=true />
            <TextField label="Disabled" name="off" id=id("off") value="northwind" disabled=true />
        </Card>
        <Card title="Longer fields">
            <ErrorSummary errors=errors />
            <TextArea
                label="Caption"
                name="caption"
                id=id("caption")
                value="The winter menu is here. Three new cups, one very old recipe."
                hint="Shown under the video."
            />
            <div class="row">
                <Counter used=214 limit=300 />
                <Counter used=285 limit=300 of="TikTok" />
                <Counter used=314 limit=300 />
            </div>
            <TextArea
                label="With an error"
                name="caption-wrong"
                id=id("caption-wrong")
                error="Shorten it by 14 characters. The text stays as it is until then."
            />
            <CopyField label="Request id" text="req_01HZX7M3Q8" />
            <Divider word="or" />
            <Strength strength=Some(PasswordStrength { score: 1, advice: "This is a common phrase.".to_owned() }) />
            <Strength strength={None::<PasswordStrength>} />
        </Card>
    }
}

#[component]
pub(super) fn Choices(theme: &'static str) -> impl IntoView {
    let views = || {
        vec![
            Choice::new("month", "Month"),
            Choice::new("week", "Week"),
            Choice::new("list", "List").disabled(true),
        ]
    };
    let privacy = vec![
        Choice::new("everyone", "Everyone").hint("Anyone on TikTok can watch it."),
        Choice::new("friends", "Friends").hint("People you follow who follow you."),
        Choice::new("me", "Only me").hint("Not possible for branded content.").disabled(true),
    ];
    let when = vec![Choice::new("now", "Publish now"), Choice::new("at", "At a time")];
    view! {
        <Card title="Choices">
            <Checkbox label="Allow comments" name="comment" id=format!("comment-{theme}") checked=true />
            <Checkbox
                label="Made with AI"
                name="ai"
                id=format!("ai-{theme}")
                hint="TikTok labels the video."
            />
            <Checkbox label="Not possible here" name="duet" id=format!("duet-{theme}") disabled=true />
            <Checkbox
                label="I agree to the music terms"
                name="music"
                id=format!("music-{theme}")
                error="Tick this to publish."
            />
            <RadioGroup legend="When" name=format!("when-{theme}") options=when value="now" />
            <RadioGroup
                legend="Who can watch"
                name=format!("privacy-{theme}")
                options=privacy
                value="everyone"
            />
            <Segmented legend="View" name=format!("view-{theme}") options=views() value="month" />
        </Card>
    }
}
