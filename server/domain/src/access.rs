//! May they? The first line of every use case: `let place = actor.may(Action::Publish)?;`

use model::{Action, AppError, ErrorKind};

use crate::{Actor, Place};

/// Why not. Every feature error has the variant `#[error(transparent)] Denied(#[from] Denied)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// Signed in, but the first brand is not made yet.
    #[error("the person is in no workspace")]
    NoWorkspace,
    /// The role does not allow it.
    #[error("the role does not allow this")]
    NotAllowed,
}

impl Actor {
    /// The place to act in, if the person's role there allows `action`.
    pub fn may(&self, action: Action) -> Result<Place, Denied> {
        let place = self.place.ok_or(Denied::NoWorkspace)?;
        if model::can(place.role, action) { Ok(place) } else { Err(Denied::NotAllowed) }
    }
}

impl From<&Denied> for AppError {
    fn from(denied: &Denied) -> Self {
        match denied {
            Denied::NoWorkspace => {
                Self::new(ErrorKind::Conflict, "Name your first brand before you go on. Nothing was changed.")
            }
            Denied::NotAllowed => Self::new(
                ErrorKind::Forbidden,
                "Your role in this workspace does not allow this. Nothing was changed. An owner can give you \
                 another role.",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use model::{BrandId, Role, SessionId, UserId, WorkspaceId};
    use uuid::Uuid;

    use super::*;

    fn actor(role: Option<Role>) -> Actor {
        Actor {
            user: UserId(Uuid::from_u128(1)),
            session: SessionId(Uuid::from_u128(2)),
            place: role.map(|role| Place {
                workspace: WorkspaceId(Uuid::from_u128(3)),
                role,
                brand: BrandId(Uuid::from_u128(4)),
            }),
        }
    }

    #[test]
    fn the_role_decides_and_without_a_workspace_nothing_is_allowed() {
        assert_eq!(actor(None).may(Action::View), Err(Denied::NoWorkspace));
        assert_eq!(actor(Some(Role::Contributor)).may(Action::Publish), Err(Denied::NotAllowed));
        assert!(actor(Some(Role::Editor)).may(Action::Publish).is_ok());
    }
}
