//! From evidence to an outcome (README §2): what was seen of an irreversible call, and what it proves.

use model::{Evidence, StepOutcome};

use crate::platform::Capabilities;

/// What the evidence of one irreversible call proves. The kind of exception never decides.
pub(crate) fn of_commit(evidence: Evidence, can: &Capabilities) -> StepOutcome {
    match evidence {
        Evidence::E2 if can.partly_sent_is_unknown => StepOutcome::Unknown,
        Evidence::E0 | Evidence::E1 | Evidence::E2 | Evidence::E5 | Evidence::E6 => StepOutcome::Refuted,
        Evidence::E3 | Evidence::E4 | Evidence::E7 | Evidence::E9 => StepOutcome::Unknown,
        Evidence::E8 => StepOutcome::Confirmed,
    }
}
