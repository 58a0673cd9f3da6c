//! The components of DESIGN §5, one file each, and the `/design` gallery that shows them all.
//!
//! Components get values and callbacks; they know no server function and no address. Every form made of
//! them can be submitted before the wasm has arrived: what needs script is not shown until it runs.

mod avatar;
mod badge;
mod banner;
mod bind;
mod brand;
mod button;
mod card;
mod checkbox;
mod copy_field;
mod counter;
mod empty_state;
mod file_drop;
mod form;
mod gallery;
mod icon;
mod kbd;
mod menu;
mod platform_tile;
mod post_chip;
mod progress;
mod radio;
mod select;
mod sheet;
mod skeleton;
mod state;
mod strength;
mod table;
mod text_area;
mod text_field;
mod timeline;

pub use avatar::{Avatar, ChannelAvatar, WorkspaceAvatar};
pub use badge::{Badge, StateBadge};
pub use banner::Banner;
pub use brand::Logo;
pub use button::{Button, IconButton, LinkButton, Size, Variant};
pub use card::Card;
pub use checkbox::Checkbox;
pub use copy_field::CopyField;
pub use counter::Counter;
pub use empty_state::EmptyState;
pub use file_drop::{FileCard, FileDrop, FileState};
pub use form::{Divider, ErrorSummary, FieldNote, FormCard, field_id};
pub use gallery::Gallery;
pub use icon::Icon;
pub use kbd::Kbd;
pub use menu::{Menu, MenuChoice, MenuItem, MenuLabel, MenuLink, MenuSeparator};
pub use platform_tile::{PlatformTile, TileSize};
pub use post_chip::PostChip;
pub use progress::{ProgressBar, Step, StepState, Steps};
pub use radio::{Choice, RadioGroup, Segmented};
pub use select::Select;
pub use sheet::Sheet;
pub use skeleton::{Skeleton, SkeletonRows};
pub use state::{StateLook, Tone, look};
pub use strength::Strength;
pub use table::{Column, Table};
pub use text_area::{TextArea, escape_html};
pub use text_field::{FieldKind, TextField};
pub use timeline::{Timeline, TimelineItem};

/// The glyphs of Lucide, named as in `icondata`: `ui::icons::LuCheck`.
pub use icondata as icons;
