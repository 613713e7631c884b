//! Pure decisions of the counter.

pub mod act;
pub(crate) mod done;
pub(crate) mod paper;
pub(crate) mod work;
