//! What crosses the wire: ids, form inputs with their checks, views, states, rules and errors.
//!
//! A crate of its own because browser and server both compile it and must mean the same by it;
//! so it knows no clock, no randomness, no I/O and no framework.

mod access;
mod accounts;
mod brands;
mod channels;
mod delivery;
mod error;
mod ids;
mod input;
mod media;
mod planning;
mod posts;
pub mod rules;

pub use access::{Action, Role, can};
pub use accounts::{
    Me, PASSWORD_MAX_CHARS, PASSWORD_MIN_CHARS, PasswordStrength, SignIn, SignUp, Verify, WorkspaceLink,
};
pub use brands::{BrandView, FirstBrand};
pub use channels::{ChannelHealth, ChannelView, ConnectRefusal, CreatorView, DisconnectChannel, Privacy};
pub use delivery::{DeliveryState, Evidence, ShownState, StepOutcome};
pub use error::{AppError, ErrorKind, FieldError, FieldErrors};
pub use ids::{AssetId, BrandId, ChannelId, DeliveryId, PostId, SessionId, StepId, UserId, WorkspaceId};
pub use input::{Check, SafeReturn};
pub use media::{AssetKind, AssetView, MediaLimits};
pub use planning::{CalendarDay, CalendarMonth, Chip, HomeView, NextUp, Onboarding};
pub use posts::{
    AttemptView, CancelDelivery, ComposeView, DeliveryView, PostView, SchedulePost, StateChangeView, When,
};
pub use rules::Platform;
