//! How states look (DESIGN §4): code, tone and icon in one table.

use icondata::Icon;
use model::ShownState;

/// The hue of a badge, banner or timeline mark.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Tone {
    #[default]
    Neutral,
    Info,
    /// Only for work that is going on right now.
    Primary,
    Success,
    Warning,
    Destructive,
}

impl Tone {
    /// The ending of class names: `badge-info`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Neutral => "neutral",
            Self::Info => "info",
            Self::Primary => "primary",
            Self::Success => "success",
            Self::Warning => "warning",
            Self::Destructive => "destructive",
        }
    }
}

/// What stands for a state besides its words.
#[derive(Clone, Copy)]
pub struct StateLook {
    /// The value of `data-state` in the style sheet.
    pub code: &'static str,
    pub tone: Tone,
    pub icon: Icon,
}

/// The look of a state.
pub fn look(state: ShownState) -> StateLook {
    let (code, tone, icon) = match state {
        ShownState::Draft => ("draft", Tone::Neutral, icondata::LuPencil),
        ShownState::NeedsReview => ("needs-review", Tone::Warning, icondata::LuEye),
        ShownState::Scheduled => ("scheduled", Tone::Info, icondata::LuClock),
        ShownState::Publishing => ("publishing", Tone::Primary, icondata::LuLoader),
        ShownState::Checking => ("checking", Tone::Info, icondata::LuSearch),
        ShownState::Published => ("published", Tone::Success, icondata::LuCheck),
        ShownState::Partly { .. } => ("partly", Tone::Warning, icondata::LuSplit),
        ShownState::Failed => ("failed", Tone::Destructive, icondata::LuTriangleAlert),
        ShownState::OnHold => ("on-hold", Tone::Warning, icondata::LuPlug),
        ShownState::Missed => ("missed", Tone::Warning, icondata::LuClockAlert),
        ShownState::NeedsYou => ("needs-you", Tone::Destructive, icondata::LuHand),
        ShownState::Canceled => ("canceled", Tone::Neutral, icondata::LuMinus),
    };
    StateLook { code, tone, icon }
}
