//! `tongbao serve`: the bank for real use. No demo data, no default passwords.

use crate::bank::{Bank, Parts};
use crate::cli::ServeOptions;
use crate::config::Config;
use crate::data_dir::{DataDir, Purpose};
use crate::observe;
use crate::server::{self, Doors, StopSignal, application};
use crate::trouble::Trouble;
use std::process::ExitCode;

pub(crate) async fn run(options: ServeOptions) -> Result<ExitCode, Trouble> {
    let mut config = Config::read(&options.config)?;
    if let Some(data) = options.data {
        config.data = data;
    }
    if let Some(listen) = options.listen {
        config.listen = listen;
    }
    observe::log(&config.log)?;
    let stop = StopSignal::try_new()?;
    let listeners = server::listen(&config.listen).await?;
    let operations = server::listen(&config.operations.listen).await?;
    let _held = DataDir::take(&config.data, &Purpose::Serve)?;
    let metrics = observe::metrics()?;
    let bank = Bank::open(Parts::configured(&config)).await?;
    bank.start_chores();
    let public = application(&bank, Doors { demo: None, secure: config.behind_tls })?;
    let private = observe::routes(&bank, Some(metrics));
    for listener in &listeners {
        println!("Listening on http://{}", listener.local_addr()?);
    }
    for listener in &operations {
        println!("Operations on http://{}", listener.local_addr()?);
    }
    let doors = listeners.into_iter().map(|listener| (listener, public.clone()));
    let doors = doors.chain(operations.into_iter().map(|listener| (listener, private.clone())));
    server::serve(doors.collect(), stop).await;
    bank.close().await?;
    Ok(ExitCode::SUCCESS)
}
