//! Legal transitions (README §3): the same table is in the database as trigger `guard`.

use model::DeliveryState::{
    self, Blocked, Canceled, Committing, Confirming, Failed, Missed, Parked, Preparing, Published, Scheduled,
    Staged, Verifying,
};

/// Whether a delivery may go from one state to another. Staying is no transition and always allowed.
pub fn may_go(from: DeliveryState, to: DeliveryState) -> bool {
    match from {
        Scheduled => matches!(to, Preparing | Blocked | Missed | Canceled),
        Preparing => matches!(to, Scheduled | Staged | Failed | Blocked | Missed | Canceled),
        Staged => matches!(to, Scheduled | Committing | Blocked | Missed | Canceled),
        Committing => matches!(to, Published | Confirming | Staged | Failed | Blocked | Verifying),
        Confirming => matches!(to, Published | Failed | Scheduled | Blocked | Verifying),
        // A look may also show that the platform has it and works on (confirming), that it failed for
        // good, or that all has to be prepared anew; in each case the step is closed in the same transaction.
        Verifying => matches!(to, Published | Confirming | Staged | Scheduled | Failed | Parked),
        Blocked => matches!(to, Scheduled | Missed | Canceled),
        Parked => matches!(to, Published | Staged | Failed | Canceled),
        Missed => matches!(to, Scheduled | Canceled),
        Failed => to == Scheduled,
        Published | Canceled => false,
    }
}

/// States from which another irreversible call could follow, or in which a delivery is given up:
/// none may be entered while an irreversible step is open (guard PC002).
pub fn needs_closed_steps(state: DeliveryState) -> bool {
    matches!(state, Scheduled | Preparing | Staged | Blocked | Missed | Failed | Canceled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_irreversible_call_is_reached_from_staged_alone() {
        for from in DeliveryState::ALL {
            assert_eq!(may_go(from, Committing), from == Staged, "{from:?}");
        }
    }

    #[test]
    fn what_is_final_stays() {
        for to in DeliveryState::ALL {
            assert!(!may_go(Published, to) && !may_go(Canceled, to));
        }
    }

    #[test]
    fn nothing_in_flight_can_be_canceled() {
        for from in [Committing, Confirming, Verifying] {
            assert!(!may_go(from, Canceled) && !may_go(from, Missed));
        }
    }
}
