//! `tongbao serve`: the bank for real use. No demo data, no default passwords.

use crate::bank::{Bank, Parts};
use crate::chores::Chores;
use crate::cli::ServeOptions;
use crate::config::Config;
use crate::data_dir::{DataDir, Purpose};
use crate::listener::{self, Entrance};
use crate::observe;
use crate::server::{Doors, StopSignal, application};
use crate::trouble::Trouble;
use std::process::ExitCode;
use std::sync::Arc;

pub(crate) async fn run(options: ServeOptions) -> Result<ExitCode, Trouble> {
    let mut config = Config::read(&options.config)?;
    if let Some(data) = options.data {
        config.data = data;
    }
    if options.partitions.is_some() {
        config.ledger.partitions = options.partitions;
    }
    if let Some(listen) = options.listen {
        config.listen.address = listen;
    }
    observe::log(&config.log)?;
    let stop = StopSignal::try_new()?;
    if !config.listen.is_secure() && !listener::is_loopback(&config.listen.address).await {
        return Err(in_the_clear(&config.listen.address));
    }
    let listeners = listener::listen(&config.listen.address).await?;
    let operations = listener::listen(&config.operations.listen).await?;
    let held = DataDir::take(&config.data, &Purpose::Serve)?;
    let metrics = observe::metrics()?;
    let parts = Parts::configured(&config)?;
    held.partitions(parts.partitions)?;
    let bank = Bank::open(parts).await?;
    let chores = Chores::start(&bank, held.path(), config.accounts.dormant_after_days);
    let doors = Doors {
        demo: None,
        tokens: Vec::new(),
        staff: Vec::new(),
        terminal: None,
        secure: config.listen.is_secure(),
        rates: config.listen.rates.rates(),
    };
    let public = Arc::new(Entrance::try_new(application(&bank, doors)?, &config.listen)?);
    let private = Arc::new(Entrance::plain(observe::routes(&bank, Some(metrics)))?);
    for listener in &listeners {
        println!("Listening on {}://{}", public.scheme(), listener.local_addr()?);
    }
    for listener in &operations {
        println!("Operations on http://{}", listener.local_addr()?);
    }
    let doors = listeners.into_iter().map(|listener| (listener, public.clone()));
    let doors = doors.chain(operations.into_iter().map(|listener| (listener, private.clone())));
    listener::serve(doors.collect(), stop).await;
    chores.stop().await;
    bank.close().await?;
    Ok(ExitCode::SUCCESS)
}

fn in_the_clear(address: &str) -> Trouble {
    Trouble::new(format!("Passwords and payments would come to {address} in the clear.")).remedy(
        "Give [listen.tls] a certificate and its key, say behind_tls = true if a proxy in front speaks TLS with browsers, or listen \
         on localhost.",
    )
}
