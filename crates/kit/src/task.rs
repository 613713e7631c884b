//! Background work that does not die in silence.

use std::future::Future;
use tokio::task::JoinHandle;

/// Spawns a task on the running runtime; a panic inside is logged under `name`.
#[allow(clippy::disallowed_methods, reason = "this is the one place that spawns")]
pub fn spawn<F>(name: &'static str, future: F) -> JoinHandle<Option<F::Output>>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    tokio::spawn(async move {
        match tokio::spawn(future).await {
            Ok(output) => Some(output),
            Err(error) => {
                if error.is_panic() {
                    tracing::error!(task = name, "a background task panicked");
                }
                None
            }
        }
    })
}
