//! Who may do what: the only table.

use serde::{Deserialize, Serialize};

/// A user's place in a workspace, most powerful first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Owner,
    Admin,
    Editor,
    Contributor,
    Viewer,
}

impl Role {
    pub const ALL: [Self; 5] = [Self::Owner, Self::Admin, Self::Editor, Self::Contributor, Self::Viewer];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Editor => "editor",
            Self::Contributor => "contributor",
            Self::Viewer => "viewer",
        }
    }
}

/// Everything a person can ask of a workspace. Every entry point names one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// See brands, calendar, posts, media, history.
    View,
    /// Upload media, write drafts.
    Write,
    /// Schedule, publish, move, cancel, decide parked.
    Publish,
    /// Connect, reconnect and disconnect channels; edit brands.
    ManageBrand,
}

impl Action {
    pub const ALL: [Self; 4] = [Self::View, Self::Write, Self::Publish, Self::ManageBrand];
}

/// Whether `role` may do `action`.
pub fn can(role: Role, action: Action) -> bool {
    match action {
        Action::View => true,
        Action::Write => role <= Role::Contributor,
        Action::Publish | Action::ManageBrand => role <= Role::Editor,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contributor_writes_but_does_not_publish() {
        assert!(can(Role::Contributor, Action::Write));
        assert!(!can(Role::Contributor, Action::Publish));
        assert!(can(Role::Editor, Action::Publish));
    }

    #[test]
    fn a_viewer_only_looks() {
        for action in Action::ALL {
            assert_eq!(can(Role::Viewer, action), action == Action::View);
        }
    }
}
