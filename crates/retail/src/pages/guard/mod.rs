//! What guards the account: proving oneself for settings, limits of one's own, what happened, and stopping everything.

mod activity;
mod limits;
mod stop;
mod verify;

pub(crate) use activity::{activity, not_me};
pub(crate) use limits::{limits, set_limit};
pub(crate) use stop::{stop, stop_now};
pub(crate) use verify::{ask, proof_first, prove, verify};

use web::{Bar, Page};

/// A page below the one for safety.
fn below(page: Page, title: &str) -> Page {
    let bar = Bar { title: page.t(title), back: "/me/security".to_owned(), is_heading: true };
    page.task("me", bar)
}
