//! The window in which a session may change what protects the account.

use super::factor::Tier;
use kit::{Refusal, Timestamp};

/// A window is open for so long, in milliseconds.
pub const WINDOW_MS: i64 = 10 * 60_000;

/// A window that is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepUpWindow {
    /// The worth of what opened it.
    pub tier: Tier,
    /// It is shut from then.
    pub until: Timestamp,
}

/// Whether an open window is worth enough. Refuses with `passport.step_up_needed` and the `least_tier`.
pub(crate) fn check(window: Option<StepUpWindow>, least: Tier) -> Result<(), Refusal> {
    match window {
        Some(window) if window.tier >= least => Ok(()),
        _ => Err(Refusal::new("passport.step_up_needed", 403).with("least_tier", least.code())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_worth_what_opened_it() {
        let open = |tier| Some(StepUpWindow { tier, until: Timestamp(1) });
        for (window, least, passes) in [
            (None, Tier::One, false),
            (open(Tier::One), Tier::One, true),
            (open(Tier::One), Tier::Two, false),
            (open(Tier::Two), Tier::Two, true),
            (open(Tier::Three), Tier::One, true),
        ] {
            assert_eq!(check(window, least).is_ok(), passes, "{window:?} {least:?}");
        }
    }
}
