//! One at a time for what must be decided by looking at all of a customer's accounts first.
//!
//! The ledger belongs to this process alone, so doors inside the process are enough.

use passport::CustomerId;
use tokio::sync::{Mutex, MutexGuard};

const DOORS: usize = 64;

/// A few doors that all customers share. Nobody goes through two of them at once.
pub(crate) struct Doors([Mutex<()>; DOORS]);

impl Default for Doors {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Mutex::new(())))
    }
}

impl Doors {
    /// Waits until nobody else changes this customer's accounts.
    pub(crate) async fn enter(&self, customer: CustomerId) -> MutexGuard<'_, ()> {
        self.0[customer.0.unsigned_abs() as usize % DOORS].lock().await
    }
}
