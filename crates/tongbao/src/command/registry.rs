//! `tongbao registry`: the counterpart of a registry of citizens, as a process of its own.

use crate::cli::RegistryOptions;
use crate::listener::{self, Entrance};
use crate::observe;
use crate::server::StopSignal;
use crate::trouble::Trouble;
use passport::registry::Counterpart;
use std::process::ExitCode;
use std::sync::Arc;

pub(crate) async fn run(options: RegistryOptions) -> Result<ExitCode, Trouble> {
    observe::log_quietly();
    let stop = StopSignal::try_new()?;
    let listeners = listener::listen(&options.listen).await?;
    let counterpart = Counterpart::new(options.mode, &options.api_key);
    let entrance = Arc::new(Entrance::plain(counterpart.router())?);
    println!("A registry of citizens that knows nobody; it answers: {}", options.mode.word());
    for listener in &listeners {
        println!("Listening on http://{}", listener.local_addr()?);
    }
    println!("For the bank: [registry] url = \"http://{}/check\"", first_address(&listeners)?);
    listener::serve(listeners.into_iter().map(|listener| (listener, entrance.clone())).collect(), stop).await;
    Ok(ExitCode::SUCCESS)
}

fn first_address(listeners: &[tokio::net::TcpListener]) -> Result<String, Trouble> {
    let first = listeners.first().map(|listener| listener.local_addr()).transpose()?;
    Ok(first.map(|address| address.to_string()).unwrap_or_default())
}
